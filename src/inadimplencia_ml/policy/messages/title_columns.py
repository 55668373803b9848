"""The titles of each message as columns of text: sums, the earliest due date, the list with a line a title."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.policy.messages.filling import Filling
from inadimplencia_ml.policy.messages.rules import MessagesInForce
from inadimplencia_ml.policy.messages.safe_text import clean, dates, days_told, joined, money

__all__ = ["TitleColumns", "title_columns"]

I64 = npt.NDArray[np.int64]
MOST_NUMBERS = 3  # of titles named one by one; more make no sentence
PARTS = ("correction", "fine", "interest")


class TitleColumns:
    """Titles sorted by message, then by due date; and what follows for each message.

    Attributes
    ----------
    columns : dict of name to list of str or None
        A text a message, by placeholder.
    several : bool array
        Messages about more than one title.
    dpd : int array
        Days past due of the latest title.
    first, count : int array
        Where a message's titles begin in ``titles``, and how many there are.
    itemised : bool array
        Messages whose amounts are known part by part: what is outstanding and the parts make what is asked for.
    """

    def __init__(self, titles: pd.DataFrame, at: I64, n: int, rules: MessagesInForce) -> None:
        order = np.lexsort((titles["invoice_id"].astype(str), pd.to_datetime(titles["due_date"]), at))
        self.titles, self.at = titles.iloc[order].reset_index(drop=True), at[order]
        self.count = np.bincount(self.at, minlength=n)
        self.first = np.concatenate(([0], np.cumsum(self.count)))[:-1]
        self.several = self.count > 1
        self.due = pd.to_datetime(self.titles["due_date"]).to_numpy("datetime64[D]")
        self.cents = {name: _cents(self.titles, name) for name in ("amount_due", *PARTS, "discount")}
        self.cents["original"] = (
            self.cents["amount_due"] - sum(self.cents[name] for name in PARTS) + self.cents["discount"]
        )
        hidden = self.cents["original"] != _cents(self.titles, "open_amount")
        self.itemised = np.bincount(self.at, weights=hidden, minlength=n) == 0
        late = np.full(n, np.iinfo(np.int64).min)
        np.maximum.at(late, self.at, self.titles["dpd"].to_numpy(np.int64))
        self.dpd = late
        self.rules = rules
        self.numbers = [clean(one) for one in self.titles["invoice_id"].tolist()]
        self.columns: dict[str, list[str | None]] = {}

    @cached_property
    def itemised_list(self) -> list[str | None]:
        """The list of titles with original amount, fine and interest apart; few texts ask for it."""
        return _lists(self, self.rules.line_itemised)

    def sums(self, name: str) -> I64:
        """Cents a message; exact, since bincount adds floats below 2^53."""
        return np.rint(np.bincount(self.at, weights=self.cents[name], minlength=len(self.count))).astype(np.int64)


def title_columns(titles: pd.DataFrame, at: I64, n: int, rules: MessagesInForce) -> TitleColumns:
    """Columns for ``n`` messages; ``at`` holds the number of each title's message.

    Raises
    ------
    CallError
        A column is missing, or a title has no due date or amount.
    """
    for name in ("invoice_id", "due_date", "dpd", "open_amount", "amount_due"):
        if name not in titles:
            raise CallError(f"titles: column {name!r} is missing; a message must say what is due, and when.")
        if titles[name].isna().any():
            raise CallError(f"titles: {name} is missing in {int(titles[name].isna().sum())} rows.")
    out = TitleColumns(titles, at, n, rules)
    none = out.count == 0
    total = {name: _known(money(out.sums(name)), none) for name in out.cents}
    correction, discount = (_unless_zero(out.sums(name)) for name in ("correction", "discount"))
    parts = none | ~out.itemised
    earliest = out.due[out.first[~none]] if (~none).any() else out.due[:0]
    due = np.full(n, np.datetime64("NaT", "D"), "datetime64[D]")
    due[~none] = earliest
    spans = zip(out.first.tolist(), out.count.tolist(), strict=True)
    out.columns = {
        "quantidade": _known([f"{k:,}".replace(",", ".") for k in out.count.tolist()], none),
        "referencia": [_numbers(out.numbers[f : f + k]) for f, k in spans],
        "valor": total["amount_due"],
        "vencimento": dates(due),
        "dias_atraso": _known(days_told(np.maximum(out.dpd, 0)), none),
        "valor_original": _known(total["original"], parts),
        "valor_correcao": _known(correction, parts),
        "multa": _known(total["fine"], parts),
        "juros": _known(total["interest"], parts),
        "valor_desconto": _known(discount, parts),
    }
    out.columns["lista"] = _lists(out, rules.line)
    return out


def _cents(titles: pd.DataFrame, name: str) -> I64:
    if name not in titles:
        return np.zeros(len(titles), np.int64)
    values = titles[name].to_numpy(np.float64, na_value=np.nan)
    return np.asarray(np.rint(np.nan_to_num(values) * 100), np.int64)


def _known(texts: list[str] | list[str | None], missing: npt.NDArray[np.bool_]) -> list[str | None]:
    return [None if gone else text for text, gone in zip(texts, missing.tolist(), strict=True)]


def _unless_zero(cents: I64) -> list[str | None]:
    return [None if c == 0 else told for c, told in zip(cents.tolist(), money(cents), strict=True)]


def _numbers(mine: list[str]) -> str | None:
    """The numbers of some titles in a row; the further ones are counted."""
    if not mine:
        return None
    rest = len(mine) - MOST_NUMBERS
    return joined(mine) if rest <= 0 else joined([*mine[:MOST_NUMBERS], f"mais {rest}"])


def _lists(out: TitleColumns, line: str) -> list[str | None]:
    """A line for each title; those beyond the longest list share one."""
    cents, rules = out.cents, out.rules
    columns: dict[str, Sequence[str | None]] = {
        "referencia": out.numbers,
        "vencimento": dates(out.due),
        "valor": money(cents["amount_due"]),
        "valor_original": money(cents["original"]),
        "valor_correcao": _unless_zero(cents["correction"]),
        "multa": money(cents["fine"]),
        "juros": money(cents["interest"]),
        "valor_desconto": _unless_zero(cents["discount"]),
    }
    listed = np.flatnonzero(out.several[out.at])
    filled = Filling.of(line, rules.line_blocks, several=False).fill(columns, listed.tolist())
    told: list[str | None] = [None] * len(out.count)
    place = dict(zip(listed.tolist(), filled, strict=True))
    total = np.concatenate(([0], np.cumsum(cents["amount_due"])))
    for i in np.flatnonzero(out.several).tolist():
        first, count = int(out.first[i]), int(out.count[i])
        shown = min(count, rules.listed_max)
        lines = [place[k] for k in range(first, first + shown)]
        if shown < count:
            rest = int(total[first + count] - total[first + shown])
            lines.append(_rest(rules.line_rest, count - shown, rest))
        told[i] = "\n".join(lines)
    return told


def _rest(line: str, count: int, cents: int) -> str:
    columns = {"quantidade": [str(count)], "valor": money(np.array([cents]))}
    return Filling.of(line, {}, several=count > 1).fill(columns, [0])[0]
