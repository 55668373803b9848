"""Where a model comes from: the digest of its ledger and the versions of the libraries that made it."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version

import pandas as pd

from inadimplencia_ml.ledger.ledger import Ledger

__all__ = ["data_digest", "versions_of"]

_LIBRARIES = ("inadimplencia-ml", "lightgbm", "numpy", "pandas", "scikit-learn")


def data_digest(ledger: Ledger) -> str:
    """SHA-256 over the values of all tables, in the order of names and rows."""
    total = hashlib.sha256()
    for name, table in sorted(ledger.all_tables().items()):
        total.update(f"{name}:{table.schema}:{table.num_rows}".encode())
        hashes = pd.util.hash_pandas_object(table.to_pandas(), index=False)
        total.update(hashes.to_numpy().tobytes())
    return total.hexdigest()


def versions_of(*others: str) -> dict[str, str]:
    """Versions of the libraries that every model is made with, and of others where they are installed under a name."""
    found = {name: version(name) for name in _LIBRARIES}
    for name in others:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue  # installed under another name, as xgboost-cpu is
    return found
