"""Every case of the offers is carried out: who is offered what, in which order, and the terms to the cent."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from amounts_prose import Once
from prose import MONDAY, tables_of

from inadimplencia_ml.policy.offers.quotes import offer_menu
from inadimplencia_ml.policy.offers.rules import OffersRules
from inadimplencia_ml.policy.policy import Policy

FILES = sorted((Path(__file__).parent / "cases" / "offers").glob("*.yaml"))
CASES: list[dict[str, Any]] = [c | {"file": f.stem} for f in FILES for c in yaml.safe_load(f.read_text("utf-8"))]
POLICY = Policy.default()
PLAIN: Any = Once(POLICY)  # every case is of the same Monday


def with_campaign(told: dict[str, Any]) -> Policy:
    """The default policy with a campaign of 40 % for those half a year late."""
    assert POLICY.offers is not None
    terms = {"when": {"stage_dpd": {"ge": 181}}, "discount": 0.4, "waives": ["fine", "interest"], "methods": ["pix"]}
    entry = {
        "sentence": "Mutirão.",
        "unit": "-",
        "source": ["house choice"],
        "values": {dt.date(2000, 1, 1): terms | told},
    }
    offers = OffersRules.model_validate(POLICY.offers.model_dump() | {"campaigns": {"mutirao": entry}})
    return POLICY.model_copy(update={"offers": offers})


def menu_for(told: dict[str, Any]) -> pd.DataFrame:
    policy = with_campaign(told["campaign"]) if "campaign" in told else PLAIN
    history = [{"client_id": "C1"} | row for row in told.get("history", [])]
    approved = pd.DataFrame({"client_id": ["C1"], "campaign": ["mutirao"]}) if told.get("approved") else None
    return offer_menu(
        policy,
        *tables_of([told["case"]]),
        as_of=MONDAY,
        history=pd.DataFrame(history) if history else None,
        approved=approved,
    )


@pytest.mark.parametrize("told", CASES, ids=[f"{c['file']}: {c['name']}" for c in CASES])
def test_what_the_case_says_is_offered(told: dict[str, Any]) -> None:
    found = menu_for(told)
    codes = [
        row.offer if row.authority == "system" else f"{row.offer}/{row.authority}"
        for row in found.itertuples(index=False)
    ]
    assert codes == told["offered"]
    wanted = dict(told.get("quote", {}))
    if wanted:
        mine = found[
            (found["offer"] == wanted["offer"]) & (found["authority"] == wanted.get("authority", found["authority"]))
        ]
        row = mine.iloc[0].to_dict()
        row["valid_until"] = row["valid_until"].date()
        assert {name: row[name] for name in wanted} == wanted


def test_every_offer_has_a_case_where_it_is_made_and_one_where_it_just_is_not() -> None:
    assert POLICY.offers is not None
    told: dict[str, set[bool]] = {}
    for case in CASES:
        made = any(code.partition("/")[0] == case["about"] for code in case["offered"])
        told.setdefault(case["about"], set()).add(made)
    assert {code for code in POLICY.offers.menu if told.get(code) == {True, False}} == set(POLICY.offers.menu)


@pytest.mark.parametrize("code", list(POLICY.offers.menu if POLICY.offers else ()))
def test_without_the_offer_some_case_turns_red(code: str) -> None:
    assert POLICY.offers is not None
    less = POLICY.offers.model_copy(update={"menu": {k: v for k, v in POLICY.offers.menu.items() if k != code}})
    policy = POLICY.model_copy(update={"offers": less})
    told = next(c for c in CASES if c["about"] == code and code in c["offered"])
    assert code not in offer_menu(policy, *tables_of([told["case"]]), as_of=MONDAY)["offer"].tolist()
