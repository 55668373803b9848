"""An endpoint that scores one client at a time.

pip install fastapi uvicorn
MODEL=models/sample uvicorn --app-dir examples fastapi_app:app

curl localhost:8000/score -H 'Content-Type: application/json' -d '{"as_of": "2025-06-30", "records": {"invoices": [
  {"client_id": 1, "invoice_id": 1, "issue_date": "2025-06-02", "due_date": "2025-07-02", "amount": 950.0}]}}'
"""

import datetime as dt
import os
from typing import Any, Literal

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

import inadimplencia_ml as iml
from inadimplencia_ml.errors import InadimplenciaError

model = iml.load_model(os.environ.get("MODEL", "models/sample"))
app = FastAPI(title="Escore de inadimplência")


class Question(BaseModel):
    as_of: dt.date
    records: dict[str, Any]
    lang: Literal["pt", "en"] = "pt"


@app.post("/score")
def score(question: Question) -> dict[str, Any]:
    try:
        return model.score_one(question.records, question.as_of, lang=question.lang)
    except InadimplenciaError as error:  # says which table, row and column, and never a client's value
        raise HTTPException(422, str(error)) from None


@app.get("/health")
def health() -> dict[str, str]:
    return {"model_version": model.version}
