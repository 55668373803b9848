"""A time to payment as a folder: read, it forecasts to the bit as before; nothing else is taken for one."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import inadimplencia_ml as iml
from inadimplencia_ml.errors import BundleError

QUICK = dict(n_trees=15, n_bags=1, n_jobs=1)


@pytest.fixture(scope="module")
def ledger() -> iml.Ledger:
    book = iml.generate_book(90, random_state=8, start="2024-01-01", end="2025-03-31")
    return iml.Ledger(**book.tables, known_until="2025-03-31")


def fitted(ledger: iml.Ledger) -> iml.PaymentModel:
    return iml.train_time_to_payment(ledger, every_days=30, estimator=iml.TimeToPayment(**QUICK))


@pytest.fixture(scope="module")
def model(ledger: iml.Ledger) -> iml.PaymentModel:
    return fitted(ledger)


def test_a_model_that_is_read_forecasts_to_the_bit_as_before(tmp_path, ledger, model: iml.PaymentModel) -> None:
    read = iml.load_payment_model(model.save(tmp_path / "model"))

    for ask in (lambda m: m.forecast(ledger, "2025-03-31"), lambda m: m.cash(ledger, "2025-03-31", days=(7, 30))):
        pd.testing.assert_frame_equal(ask(read), ask(model))
    assert (read.version, read.digest, read.counts) == (model.version, model.digest, model.counts)


def test_the_same_data_give_the_same_bytes_and_say_what_they_are(ledger, model: iml.PaymentModel) -> None:
    manifest = model.bundle.manifest

    assert fitted(ledger).digest == model.digest
    assert manifest.settings["kind"] == "time_to_payment"
    assert manifest.fitted_to < manifest.cut == "2025-03-31"
    assert len(manifest.data_digest) == 64
    assert {file.rpartition(".")[2] for file in manifest.files} == {"json", "txt"}


def test_a_time_to_payment_and_a_risk_model_are_not_taken_for_one_another(tmp_path, model: iml.PaymentModel) -> None:
    from inadimplencia_ml.risk.bundle import write_bundle

    folder = model.save(tmp_path / "model")
    with pytest.raises(BundleError, match=r"holds a time to payment: read it with load_payment_model"):
        iml.load_model(folder)
    with pytest.raises(BundleError, match=r"but a time to payment: read it with load_payment_model\(folder\)"):
        iml.load_family(folder)
    write_bundle(tmp_path / "other", {}, model.bundle.manifest.model_copy(update={"settings": {}}))
    with pytest.raises(BundleError, match="holds a model of risk, not a time to payment"):
        iml.load_payment_model(tmp_path / "other")


def test_an_altered_file_is_found(tmp_path, model: iml.PaymentModel) -> None:
    file = model.save(tmp_path / "model") / "time_to_payment.ledger.json"
    told = json.loads(file.read_text())
    file.write_text(json.dumps(told | {"horizon_days": 9_999}))

    with pytest.raises(BundleError, match="was altered"):
        iml.load_payment_model(tmp_path / "model")
