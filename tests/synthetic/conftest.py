"""The book of the sample, and what it comes to on its last day."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from inadimplencia_ml.synthetic import Book, generate_book


@pytest.fixture(scope="session")
def book() -> Book:
    """The book of the sample."""
    return generate_book()


@pytest.fixture(scope="session")
def cents() -> Callable[[pd.Series], pd.Series]:
    """Amounts as whole cents."""
    return in_cents


@pytest.fixture(scope="session")
def at_the_end() -> Callable[[Book], pd.DataFrame]:
    """One row an invoice of a book: its first and last due date, its cancellation, and what settled it, in cents."""
    return invoices_at_the_end


def in_cents(amounts: pd.Series[float]) -> pd.Series[int]:
    return amounts.mul(100).round().astype("int64")


def invoices_at_the_end(book: Book) -> pd.DataFrame:
    """One row an invoice: its first and last due date, its cancellation, and what settled it, in cents."""
    rows = book.tables["invoices"].sort_values(["invoice_id", "known_on"]).groupby("invoice_id")
    titles = rows.first().assign(due_date_last=rows["due_date"].last())
    receipts = book.tables["payments"].loc[lambda p: p["reversed_on"].isna()]
    settling = in_cents(receipts["principal"].fillna(receipts["amount"]))
    paid = settling.groupby(receipts["invoice_id"]).sum().reindex(titles.index).fillna(0)
    return titles.assign(cents=in_cents(titles["amount"]), paid=paid.astype("int64"))
