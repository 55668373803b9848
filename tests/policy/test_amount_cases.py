"""Every worked case of the balances is reckoned again, and its arithmetic in words is held to what comes out."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from amounts_prose import POLICY, payments_of, policy_with, titles_of

from inadimplencia_ml.policy.amounts.accrual import BASES
from inadimplencia_ml.policy.amounts.balance import updated_balance
from inadimplencia_ml.policy.amounts.terms import NOTES
from inadimplencia_ml.policy.policy import Policy
from inadimplencia_ml.policy.summary import reais

FILES = sorted((Path(__file__).parent / "cases" / "amounts").glob("*.yaml"))
CASES: list[dict[str, Any]] = [c | {"file": f.stem} for f in FILES for c in yaml.safe_load(f.read_text("utf-8"))]


def reckoned(told: dict[str, Any], policy: Policy) -> dict[str, Any]:
    """The balance of a case under a policy."""
    found = updated_balance(
        titles_of([told["title"]]),
        policy,
        told["day"],
        consumer=told.get("consumer", True),
        payments=payments_of(told.get("payments")),
        rates=told.get("rates"),
        early=told.get("early", False),
    )
    return dict(found.iloc[0].to_dict())


@pytest.mark.parametrize("told", CASES, ids=[f"{c['file']}: {c['name']}" for c in CASES])
def test_the_balance_is_what_the_case_says(told: dict[str, Any]) -> None:
    row = reckoned(told, policy_with(told.get("policy")))
    assert {name: row[name] for name in told["owed"]} == told["owed"]
    parts = ("correction", "fine", "interest", "discount", "reduction", "total")
    written = [reais(row[name]).removeprefix("R$ ") for name in parts if row[name]]
    assert [amount for amount in written if amount not in told["conta"]] == []


def test_every_basis_and_every_note_is_told_in_some_case_and_absent_from_another() -> None:
    bases = {c["owed"]["basis"] for c in CASES if "basis" in c["owed"]}
    noted = {note for c in CASES for note in c["owed"].get("notes", [])}
    assert (bases, noted) == (set(BASES), set(NOTES))
    assert any(c["owed"].get("notes") == [] for c in CASES)


def without(name: str, kind: str | None = None) -> Policy:
    """The default policy with one entry of `amounts` switched off."""
    amounts = POLICY.amounts
    assert amounts is not None
    told = amounts.model_dump()
    entry = told[name] if kind is None else told[name][kind]
    entry["values"] = dict.fromkeys(entry["values"])
    return POLICY.model_copy(update={"amounts": type(amounts).model_validate(told)})


SWITCHES = [
    *((name, None) for name in ("fine_cap_consumer", "fine_cap_company", "interest_cap_consumer")),
    *((name, None) for name in ("interest_cap_company", "no_rate_agreed", "legal_rate", "punctuality_discount")),
    *(("indices", name) for name in ("ipca", "igpm")),
    *(("kinds", name) for name in ("boleto", "duplicata", "card")),
]


@pytest.mark.parametrize(("name", "kind"), SWITCHES, ids=lambda part: part or "-")
def test_without_the_rule_some_case_turns_red(name: str, kind: str | None) -> None:
    rules = without(name, kind).in_force(CASES[0]["day"])  # once, for it takes long
    once = SimpleNamespace(in_force=lambda _: rules)
    plain = [told for told in CASES if "policy" not in told]
    assert any({n: reckoned(told, once)[n] for n in told["owed"]} != told["owed"] for told in plain)  # type: ignore[arg-type]
