"""Trains the sample model again: `models/sample`, its card beside it, and the scores that a test holds it to.

    python scripts/make_sample_model.py

The same data, seed and versions give the same bytes. Kept models are read for ever: a new format comes beside this one,
and the test then loads both.
"""

from __future__ import annotations

from pathlib import Path

import inadimplencia_ml as iml
from inadimplencia_ml.ledger.importing import import_ledger
from inadimplencia_ml.ledger.mapping import read_mapping

HOUSE = Path(__file__).resolve().parents[1]
SAMPLE, MODEL = HOUSE / "data" / "sample", HOUSE / "models" / "sample"
CARD, SCORES = HOUSE / "models" / "sample.md", HOUSE / "tests" / "sample_scores.csv"
CUT, AS_OF = "2025-03-31", "2025-06-30"  # nothing that is scored as of the second date was seen in training
SETTINGS = iml.TrainingSettings(candidates=("scorecard",), random_state=0)
KEPT = ["client_id", "state", "probability", "score", "rating", "segment"]

TEXT = """# The sample model

`models/sample` scores the sample book before anything was trained:

```sh
inadimplencia score out/ledger --model models/sample --as-of {as_of} --out out/first
```

| | |
|---|---|
| predicts | a client with an invoice {dpd} days past due within {horizon} days |
| kind | scorecard, {columns} of {features} features on the card |
| trained on | `data/sample`, an invented book, as known at {cut} |
| judged on | {judged}, by a model fitted without these months |
| version | `{version}` |
| size | {size} kB of JSON; nothing in it is run |

For: trying the library, examples, tests. Not for: deciding about anybody. The book is invented, so are its bad ones;
train a model on your own ledger before you use a score.

Personal data: none. The folder holds bins, slopes, medians of good payers and figures over many.

Made by `scripts/make_sample_model.py`. How it did, in the words of the library:

```
{judgement}
```
"""


def main() -> None:
    """Trains, keeps, and writes the card and the scores."""
    ledger = import_ledger(sorted(SAMPLE.glob("*.csv")), read_mapping(SAMPLE / "mapping.yaml"))
    model = iml.train(ledger, cut=CUT, settings=SETTINGS)
    model.save(MODEL)
    manifest, card = model.bundle.manifest, model.scorers["event"].classifier.card_
    text = TEXT.format(
        as_of=AS_OF,
        dpd=model.target.dpd,
        horizon=model.target.horizon_days,
        columns=len(card.features),
        features=len(manifest.features),
        cut=CUT,
        judged=manifest.judged_on.replace("/", " to "),
        version=model.version,
        size=sum(file.stat().st_size for file in MODEL.iterdir()) // 1000,
        judgement=model.judgement.text("en").strip(),
    )
    CARD.write_text(text, encoding="utf-8")
    scores = model.score(ledger, AS_OF)
    scores.groupby("state").head(12).sort_values("client_id")[KEPT].to_csv(SCORES, index=False)


if __name__ == "__main__":
    main()
