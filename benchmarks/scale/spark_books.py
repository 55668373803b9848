"""Makes books that `spark_equal.py` is run on beside drawn ones: datarisk, and one that is nearly all of one client.

    python benchmarks/scale/spark_books.py datarisk out_benchmarks/datarisk --data FOLDER    # with its four files
    python benchmarks/scale/spark_books.py skewed out_benchmarks/skewed                      # a client of 1 M invoices

Writes a ledger and a model trained on it (of the second, on a smaller book of many clients) into the folder.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pandas as pd
from large_ledger import LAST_DAY, book_of

import inadimplencia_ml as iml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "features"))

from big_book import draw_book

MAPPING = Path(__file__).resolve().parents[2] / "examples" / "mappings" / "datarisk.yaml"
SETTINGS = iml.TrainingSettings(candidates=("boosted", "scorecard"), n_bootstrap=50)


def datarisk(folder: Path, data: Path) -> str:
    """The public invoices of datarisk, as the import takes them; looked at on the last day with payments."""
    ledger = iml.import_ledger(sorted(data.glob("*.csv")), iml.read_mapping(MAPPING))
    ledger.write(folder / "ledger")
    iml.train(ledger, iml.Target(dpd=30, horizon_days=90), cut="2021-06-30", settings=SETTINGS).save(folder / "model")
    return "2021-06-30"


def skewed(folder: Path, invoices: int, others: int) -> str:
    """One client with so many invoices, and other clients with 50 each."""
    large, small = (draw_book(n, k, random_state=s) for n, k, s in ((invoices, 1, 1), (others * 50, others, 2)))
    for frame in large:  # ids that the other book has not
        for column in {"client_id", "invoice_id"} & set(frame.columns):
            frame[column] = "L" + frame[column].astype(str)
    tables = [pd.concat(pair, ignore_index=True) for pair in zip(small, large, strict=True)]
    iml.Ledger(*tables, known_until=str(LAST_DAY)).write(folder / "ledger")
    iml.train(book_of(50_000, 1_000, 3), settings=SETTINGS).save(folder / "model")
    return str(LAST_DAY)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("book", choices=["datarisk", "skewed"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, help="folder with the files of datarisk")
    parser.add_argument("--invoices", type=int, default=1_000_000, help="of the large client")
    parser.add_argument("--others", type=int, default=4_000, help="further clients")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.book == "datarisk":
        if given.data is None:
            parser.error("datarisk needs --data")
        day = datarisk(given.folder, given.data)
    else:
        day = skewed(given.folder, given.invoices, given.others)
    sys.stdout.write(f"{given.folder / 'ledger'} {given.folder / 'model'} --as-of {day}\n")


if __name__ == "__main__":
    main()
