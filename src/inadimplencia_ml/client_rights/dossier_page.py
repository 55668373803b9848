"""A dossier as one HTML page in Portuguese, for the person: no script, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from inadimplencia_ml.client_rights.dossier import Dossier, Part
from inadimplencia_ml.client_rights.wording import column_name, plain_value, rights

__all__ = ["dossier_page"]

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse;font-size:.85rem}th,td{border:1px solid #ccc;padding:.25rem .5rem;text-align:left;"
    "vertical-align:top}th{background:#f3f3f3}div{overflow-x:auto}p.about{color:#555}"
)


def dossier_page(told: Dossier) -> str:
    """The page.

    Examples
    --------
    >>> part = Part("invoices", "ledger/invoices.parquet", "Títulos", "Cobrar.", "LGPD, art. 7º, V", [{"amount": 10.0}])
    >>> "R$ 10,00" in dossier_page(Dossier("C1", (part,)))
    True
    """
    total = sum(len(part.rows) for part in told.parts)
    words = "registro" if total == 1 else "registros"
    return "\n".join(
        [
            '<!doctype html>\n<html lang="pt-BR">\n<head>\n<meta charset="utf-8">',
            f"<title>Dados que guardamos sobre você</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
            "<h1>Dados que guardamos sobre você</h1>",
            f"<p>Cliente {escape(str(told.client_id))}: {total} {words}. Cada tabela diz de onde vem, para que serve e "
            "com que base legal a guardamos.</p>",
            *(line for part in told.parts for line in _part(part)),
            "<h2>O que você pode pedir</h2>\n<ul>",
            *(f"<li>{escape(one)}</li>" for one in rights()),
            "</ul>\n</body>\n</html>\n",
        ]
    )


def _part(part: Part) -> Iterator[str]:
    yield f"<h2>{escape(part.name)}</h2>"
    yield (
        f'<p class="about">Origem: {escape(part.origin)}. Finalidade: {escape(part.purpose)} '
        f"Base legal: {escape(part.basis)}.</p>"
    )
    columns = list(dict.fromkeys(name for row in part.rows for name in row))
    yield "<div><table>\n<tr>" + "".join(f"<th>{escape(column_name(name))}</th>" for name in columns) + "</tr>"
    for row in part.rows:
        yield "<tr>" + "".join(f"<td>{escape(_cell(name, row.get(name)))}</td>" for name in columns) + "</tr>"
    yield "</table></div>"


def _cell(name: str, value: Any) -> str:
    return "; ".join(f"{k}: {v}" for k, v in value.items()) if isinstance(value, dict) else plain_value(name, value)
