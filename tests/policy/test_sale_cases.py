"""Every case of a new sale is carried out: what is answered, and what is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from prose import MONDAY

from inadimplencia_ml.policy.credit_limit import decide_sales
from inadimplencia_ml.policy.policy import Policy

FILE = Path(__file__).parent / "cases" / "sales.yaml"
CASES: list[dict[str, Any]] = [case | {"file": FILE.stem} for case in yaml.safe_load(FILE.read_text("utf-8"))]
POLICY = Policy.default()
SALE = {"client_id": "A", "amount": 1000.0, "margin": 0.3, "term_days": 30}
CLIENT = {
    "client_id": "A",
    "credit_limit": 5000.0,
    "open_amount": 3000.0,
    "probability": 0.05,
    "no_new_sales": False,
}


@pytest.mark.parametrize("told", CASES, ids=[case["name"] for case in CASES])
def test_the_sale_is_answered_as_the_case_says(told: dict[str, Any]) -> None:
    sale, client = pd.DataFrame([SALE | told["sale"]]), pd.DataFrame([CLIENT | told.get("client", {})])
    got = decide_sales(POLICY, sale, client, MONDAY).iloc[0]
    assert [got["answer"], got["action"]] == told["answer"]
