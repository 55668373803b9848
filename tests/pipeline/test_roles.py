"""Roles are enforced: what protects a person or follows from a right enters no model, our own action only if told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.catalog import FEATURES, feature, role_of
from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.features.wanted import Wanted
from inadimplencia_ml.risk.bundle import Bundle, FeatureColumn, make_bundle, write_bundle
from inadimplencia_ml.training.samples import gather, model_columns

QUICK: dict[str, Any] = {"n_bootstrap": 50, "judge_bads": 20, "months": 15}
NEVER = [
    ("client_vulnerable", "protected"),
    ("client_uf", "protected"),
    ("bureau_sexo", "protected"),
    ("client_consent_whatsapp", "rights"),
    ("complaints_procon_count", "rights"),
]


def listing(bundle: Bundle, *names: str, **training: Any) -> Bundle:
    """The bundle with columns added to its manifest, and what was chosen in training."""
    manifest = bundle.manifest
    added = tuple(FeatureColumn(name=name, dtype="float64") for name in names)
    chosen = manifest.settings | {"training": manifest.settings["training"] | training}
    return make_bundle(
        bundle.parts, manifest.model_copy(update={"features": manifest.features + added, "settings": chosen})
    )


def reading(bundle: Bundle, old: str, new: str) -> Bundle:
    """The bundle whose scorers read another column, of which its manifest says nothing."""

    def renamed(part: Any) -> Any:
        if isinstance(part, dict):
            return {new if k == old else k: renamed(v) for k, v in part.items()}
        if isinstance(part, list):
            return [renamed(v) for v in part]
        if isinstance(part, bytes):
            return part.replace(old.encode(), new.encode())
        return new if part == old else part

    return make_bundle({name: renamed(part) for name, part in bundle.parts.items()}, bundle.manifest)


@pytest.mark.parametrize(("name", "role"), NEVER)
def test_a_model_of_a_protected_column_is_refused_when_made(model: iml.Model, name: str, role: str) -> None:
    with pytest.raises(BundleError, match=f"the model reads '{name}', of role {role}: .*never enters a model"):
        iml.Model.of(listing(model.bundle, name))


@pytest.mark.parametrize(("name", "role"), NEVER[1:4:2])
def test_and_when_read_from_disk_though_every_digest_is_right(
    model: iml.Model, tmp_path: Path, name: str, role: str
) -> None:
    wrong = listing(model.bundle, name)
    write_bundle(tmp_path / "model", wrong.parts, wrong.manifest)

    with pytest.raises(BundleError, match=f"the model reads '{name}', of role {role}"):
        iml.load_model(tmp_path / "model")


@pytest.mark.parametrize("name", ["client_uf", "contact_count_90d"])
def test_a_column_that_the_manifest_hides_is_refused_too(model: iml.Model, name: str) -> None:
    hidden = reading(model.bundle, model.scorers["event"].columns[0], name)

    with pytest.raises(BundleError, match=f"the model reads '{name}', of role (protected|treatment)"):
        iml.Model.of(hidden)


def test_treatment_enters_only_a_model_that_says_so(model: iml.Model) -> None:
    with pytest.raises(BundleError, match=r"'promise_broken_last', of role treatment: .*with the setting treatment"):
        iml.Model.of(listing(model.bundle, "promise_broken_last"))
    for nearly in (1, "true", None):
        with pytest.raises(BundleError, match="of role treatment"):
            iml.Model.of(listing(model.bundle, "promise_broken_last", treatment=nearly))

    assert iml.Model.of(listing(model.bundle, "promise_broken_last", treatment=True)).target == model.target


def test_a_model_that_says_treatment_may_still_not_read_what_protects(model: iml.Model) -> None:
    with pytest.raises(BundleError, match="'client_hardship', of role protected"):
        iml.Model.of(listing(model.bundle, "client_hardship", treatment=True))


NOSY = ("bureau_sexo", "bureau_reclamacoes")


@pytest.fixture(scope="session")
def nosy_ledger(ledger: iml.Ledger) -> iml.Ledger:
    """The book with an attribute table that knows more than a model may read."""
    tables = {name: ledger.frame(name) for name in ledger.tables}
    clients = tables["clients"]["client_id"].drop_duplicates().to_numpy()
    number = np.arange(len(clients), dtype=float)
    told = {"client_id": clients, "known_on": "2023-01-01", "sexo": number % 2, "reclamacoes": number, "points": number}
    return iml.Ledger(**tables, attributes={"bureau": pd.DataFrame(told)}, known_until=ledger.known_until)


def test_training_takes_treatment_only_if_told_and_never_what_protects_or_is_a_right(nosy_ledger: iml.Ledger) -> None:
    plain, told = iml.TrainingSettings(**QUICK), iml.TrainingSettings(treatment=True, **QUICK)
    samples = gather(nosy_ledger, iml.Target(), nosy_ledger.known_until, plain, Wanted())
    one, two = (model_columns(samples.features, samples.decided, s, nosy_ledger, Wanted()) for s in (plain, told))

    assert {"bureau_sexo", "bureau_reclamacoes", "bureau_points"} <= set(samples.features.columns)
    assert {role_of(name) for name in one} == {"risk"}
    assert {role_of(name) for name in set(two) - set(one)} == {"treatment"}
    assert set(one) < set(two)
    assert "bureau_points" in one


def test_a_model_trained_with_treatment_is_made_and_can_be_read_again(nosy_ledger: iml.Ledger, tmp_path: Path) -> None:
    trained = iml.train(nosy_ledger, settings=iml.TrainingSettings(treatment=True, exclude=NOSY, **QUICK))

    assert {role_of(name) for name in trained.scorers["event"].columns} == {"risk", "treatment"}
    assert iml.load_model(trained.save(tmp_path / "model")).digest == trained.digest


def test_the_role_of_a_name_is_that_of_its_feature() -> None:
    assert {f.name: role_of(f.name) for f in FEATURES} == {f.name: f.role for f in FEATURES}
    for table in ("client", "bureau", "bairro"):
        for column in ("score", "uf", "sexo", "opt_out", "since_days", "consent_sms", "kind"):
            name = f"{table}_{column}"
            assert role_of(name) == feature(name, attributes=["bureau", "bairro"]).role, name
    assert role_of("macro_selic_change_90d") == feature("macro_selic_change_90d").role == "risk"
    assert role_of("my_own_column") == "risk"
