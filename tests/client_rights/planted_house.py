"""A ledger with a row of one client in every table, results, messages and a review, written to folders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from inadimplencia_ml.client_rights.reviews import Reviews
from inadimplencia_ml.ledger.ledger import Ledger
from inadimplencia_ml.storage import digest, write_json, write_parquet

WHO, OTHER = "CLI-777", "CLI-888"
TAX_ID = "52998224725"


@dataclass(frozen=True)
class House:
    ledger: Path
    scores: Path
    reviews: Path


def tables() -> dict[str, pd.DataFrame]:
    """Each table with rows of the client and of another; planted texts begin with 'sinal'."""
    invoices = pd.DataFrame(
        {
            "client_id": [WHO, WHO, OTHER, OTHER],
            "invoice_id": ["T1", "T2", "T3", "T4"],
            "contract_id": ["K1", "K1", "K2", "K2"],
            "issue_date": ["2025-01-02", "2025-02-03", "2025-01-10", "2025-02-10"],
            "due_date": ["2025-02-03", "2025-03-05", "2025-02-10", "2025-03-10"],
            "amount": [1200.0, 900.0, 350.0, 410.0],
            "product": ["sinal invoices", "café", "café", "café"],
        }
    )
    payments = pd.DataFrame(
        {
            "payment_date": ["2025-02-10", "2025-02-11", "2025-03-01", "2025-03-02"],
            "amount": [1200.0, 350.0, 50.0, 100.0],
            "invoice_id": ["T1", "T3", "T4", "T2"],
            "client_id": [WHO, OTHER, WHO, OTHER],  # each paid something of the other
            "payment_id": ["P1", "P2", "P3", "P4"],
            "method": ["sinal payments", "pix", "pix", "pix"],
        }
    )
    clients = pd.DataFrame(
        {
            "client_id": [WHO, OTHER],
            "kind": "PF",
            "tax_id": [TAX_ID, "11144477735"],
            "uf": "PE",
            "city": ["sinal clients", "Olinda"],
            "credit_limit": [500.0, 700.0],
            "vulnerable": [True, False],
            "email": ["maria@example.com", "jose@example.com"],
        }
    )
    two = {"client_id": [WHO, OTHER]}
    agreements = pd.DataFrame(two).assign(
        agreement_id=["A1", "A2"], created_at="2025-03-06", kind="promise", due_date="2025-03-20",
        amount=[900.0, 410.0], replaces=["T1,T2", "T4"], status=["sinal agreements", "aberta"],
    )  # fmt: skip
    contacts = pd.DataFrame(two).assign(
        contacted_at="2025-03-07 10:00", channel="phone", contact_id=["Z1", "Z2"], cost=[1.5, 2.5],
        outcome=["sinal contacts", f"disse conhecer {WHO}, e não a CLI-777-9"],
    )  # fmt: skip
    links = pd.DataFrame(two).assign(group_id=["G1", "G1"], kind="economic_group")
    escalations = pd.DataFrame(two).assign(
        invoice_id=["T2", "T4"], kind="protest", requested_at="2025-03-20", notice_proof=["sinal escalations", "AR"]
    )
    return {
        "invoices": invoices,
        "payments": payments,
        "clients": clients,
        "agreements": agreements,
        "contacts": contacts,
        "links": links,
        "escalations": escalations,
    }


def built(root: Path, *, linked: bool = True) -> House:
    """The folders, written below ``root``; the two clients of one group, or each of its own."""
    bureau = pd.DataFrame({"client_id": [WHO, OTHER, "CLI-999"], "known_on": "2025-01-05", "note": "sinal attributes"})
    given = tables()
    if not linked:
        given["links"]["group_id"] = ["G1", "G2"]
    given["invoices"] = pd.concat(
        [given["invoices"], given["invoices"].iloc[[0]].assign(amount=-3.0, invoice_id="T1")], ignore_index=True
    )  # rejected: its finding shows nothing of the client; the next is a double, whose id is shown
    given["payments"] = pd.concat([given["payments"], given["payments"].iloc[[0]]], ignore_index=True)
    ledger = Ledger(**given, attributes={"bureau": bureau}, known_until="2025-03-31")
    house = House(root / "ledger", root / "out", root / "reviews.parquet")
    ledger.write(house.ledger)
    two = pd.DataFrame({"client_id": [WHO, OTHER], "as_of": pd.to_datetime(["2025-03-31"] * 2).date})
    results = {
        "scores": two.assign(score=[512, 700], segment="medium", state="scoreable", reason_1="R02"),
        "decisions": two.assign(decision_id=["abcd0123", "ffff0123"], action="reminder", amount_due=[812.5, 410.0],
                                reasons=[[f"título de {WHO}", "sinal"], ["ok"]]),
        "decision_items": two[["client_id"]].assign(invoice_id=["T2", "T4"], amount_due=[812.5, 410.0]),
        "duties": two[["client_id"]].assign(invoice_id=["T1", "T3"], duty="letter", rule="R33"),
        "further": two.assign(kind="benefit", code="B1", sentence="sinal further"),
    }  # fmt: skip
    files = {}
    for name, frame in results.items():
        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata({"model": "m1"})
        place = f"{name}.parquet" if name != "duties" else "duties/part-00000.parquet"
        write_parquet(table, house.scores / place)
        files[place] = digest(house.scores / place)
    write_json({"kind": "inadimplencia_ml results", "format": 1, "files": files}, house.scores / "manifest.json")
    lines = [f'{{"client_id": "{who}", "text": "sinal messages"}}' for who in (WHO, OTHER)]
    (house.scores / "messages.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    log = Reviews(house.reviews)
    log.open(WHO, "sinal reviews: o boleto de março já estava pago.", on="2025-04-01")
    log.open(OTHER, "Outro pedido qualquer.", on="2025-04-02")
    return house


def everything(folder: Path) -> Iterator[tuple[str, Any]]:
    """Every value in the files of a folder, tables decoded, and the bytes of each file."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        yield str(path), path.read_bytes()
        if path.suffix == ".parquet":
            for row in pq.read_table(path).to_pylist():
                for value in row.values():
                    yield str(path), value
            yield str(path), str(pq.read_metadata(path).to_dict())


def contents(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}
