"""What exports call their columns: Portuguese and English headers, folded to a few plain words, per ledger column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

__all__ = ["KNOWN_HEADERS", "assign", "folded"]

_SAME = {
    "codigo": "codigo cod cd code id ident identificador key chave",
    "numero": "numero num nr n no nro number",
    "data": "data dt date dia day on at",
    "valor": "valor vl vlr val value amount amt montante",
    "vencimento": "vencimento venc vencto vcto vencim due maturity",
    "emissao": "emissao emis emiss issue issued",
    "pagamento": "pagamento pgto pagto pag payment pay",
    "pago": "pago paga paid recebido recebida received",
    "documento": "documento doc docto document",
    "titulo": "titulo tit titulos",
    "cliente": "cliente cli client customer cust clientes sacado pagador devedor tomador buyer",
    "fatura": "fatura invoice inv fat",
    "baixa": "baixa settled settlement quitacao liquidacao liquidado liq clear clearing cleared",
    "parcela": "parcela parc prestacao installment instalment",
    "parcelas": "parcelas installments instalments",
    "cancelamento": "cancelamento cancelado canc cancelled canceled cancellation",
    "limite": "limite limit",
    "credito": "credito credit cred",
    "total": "total tot",
    "tipo": "tipo type tp kind",
    "contato": "contato contact contacted",
    "acordo": "acordo agreement renegociacao promessa",
    "resposta": "resposta replied reply answer",
}
_WORDS = {word: plain for plain, words in _SAME.items() for word in words.split()}
_FILLERS = {"de", "do", "da", "dos", "das", "the", "of", "em", "o", "a", "e", "rs", "brl"}

KNOWN_HEADERS: dict[str, dict[str, str]] = {
    "invoices": {
        "client_id": (
            "codigo cliente, cliente codigo, numero cliente, cliente numero, cliente, account codigo, cnpj "
            "cpf, cpf cnpj, cnpj, cpf"
        ),
        "invoice_id": (
            "codigo titulo, numero titulo, titulo, nosso numero, fatura codigo, fatura numero, numero fatura, "
            "codigo fatura, fatura, numero documento, documento numero, documento codigo, codigo documento, "
            "numero duplicata, duplicata, numero nota fiscal, nota fiscal, numero nf, nf, boleto, documento"
        ),
        "issue_date": (
            "data emissao, emissao data, emissao, fatura data, data fatura, data documento, documento data, "
            "data emissao documento, criacao data, data criacao, created data"
        ),
        "due_date": "data vencimento, vencimento data, vencimento, vencimento codigo data, data vencimento atual",
        "amount": (
            "valor titulo, titulo valor, valor documento, valor fatura, fatura valor, valor original, valor "
            "nominal, valor face, valor pagar, valor bruto, valor total, total open valor, valor, saldo "
            "original, total"
        ),
        "paid_date": (
            "data pagamento, pagamento data, data baixa, baixa data, data recebimento, data pago, pago data, "
            "pagamento, baixa, data credito"
        ),
        "paid_amount": "valor pago, pago valor, valor baixa, baixa valor, pagamento valor, valor pagamento",
        "contract_id": "numero contrato, codigo contrato, contrato, contract, contract codigo, contract numero",
        "installment": "numero parcela, parcela numero, parcela",
        "installments": "total parcelas, qtd parcelas, quantidade parcelas, numero parcelas, parcelas",
        "kind": "tipo documento, documento tipo, tipo titulo, especie, especie documento, tipo cobranca",
        "product": "produto, product, linha produto",
        "cancelled_date": "data cancelamento, cancelamento data, cancelamento",
        "interest_rate_month": "juros mes, taxa juros, taxa mes, taxa, interest rate, taxa mensal",
        "uf": "uf, estado, uf cliente, state",
        "currency": "moeda, currency, fatura currency",
        "cancelled_known_on": "registro cancelamento, cancelamento registro",
        "disputed_from": "contestado, contestacao, data contestacao, disputado, disputed from, disputed",
        "disputed_to": "contestado ate, disputed to, fim contestacao, disputado ate",
        "known_on": "known data, data registro, data inclusao, data contabil, data lancamento, booked data, registro",
    },
    "payments": {
        "payment_date": (
            "data pagamento, pagamento data, data baixa, baixa data, data recebimento, data pago, pago data, "
            "pagamento, baixa, recebimento, data"
        ),
        "amount": "valor pago, pago valor, valor pagamento, pagamento valor, valor baixa, valor recebimento, valor",
        "invoice_id": (
            "codigo titulo, numero titulo, titulo, nosso numero, fatura codigo, fatura numero, numero fatura, "
            "codigo fatura, fatura, numero documento, documento numero, duplicata, numero duplicata, "
            "documento, nota fiscal"
        ),
        "client_id": (
            "codigo cliente, cliente codigo, numero cliente, cliente numero, cliente, cnpj cpf, cpf cnpj, cnpj"
        ),
        "payment_id": (
            "codigo pagamento, pagamento codigo, numero recibo, recibo, numero pagamento, pagamento numero, "
            "codigo baixa, lancamento"
        ),
        "principal": "valor principal, principal",
        "fine": "valor multa, multa, fine",
        "interest": "valor juros, juros, interest",
        "credited_on": "data credito, credito data, data compensacao",
        "method": "forma pagamento, meio pagamento, pagamento method, method, forma, canal pagamento",
        "reversed_on": "data estorno, estorno, reversed data, reversal data",
        "known_on": "known data, data registro, data inclusao, data contabil, data lancamento, booked data, registro",
    },
    "agreements": {
        "client_id": "codigo cliente, cliente codigo, numero cliente, cliente",
        "agreement_id": "codigo acordo, acordo codigo, numero acordo, acordo numero, acordo",
        "created_at": "data acordo, acordo data, data criacao, created data, criacao, data",
        "kind": "tipo acordo, acordo tipo, tipo",
        "due_date": "data vencimento, vencimento data, vencimento",
        "amount": "valor acordo, acordo valor, valor parcela, valor",
        "replaces": "titulo substituidos, replaces, titulo originais",
        "origin_due_date": "vencimento original, origin vencimento data, vencimento origem",
        "entry_amount": "entrada, valor entrada, entry valor",
        "status": "situacao, status",
        "status_on": "data situacao, data status, status data",
        "known_on": "known data, data registro, data inclusao, registro",
    },
    "contacts": {
        "client_id": "codigo cliente, cliente codigo, numero cliente, cliente",
        "contacted_at": "data contato, contato data, data hora contato, data hora, data acionamento, acionamento, data",
        "channel": "canal, channel, canal contato, meio contato, meio",
        "contact_id": "codigo contato, contato codigo, numero contato, codigo acionamento",
        "invoice_id": "codigo titulo, numero titulo, titulo, fatura codigo, fatura, fatura numero",
        "replied_on": "data resposta, resposta data, respondido",
        "outcome": "resultado, outcome, result, ocorrencia",
        "known_on": "known data, data registro, data inclusao, registro",
    },
    "clients": {
        "client_id": (
            "codigo cliente, cliente codigo, numero cliente, cliente numero, cliente, codigo, cnpj cpf, cpf "
            "cnpj, cnpj, cpf"
        ),
        "kind": "tipo pessoa, pessoa, pf pj, pessoa fisica juridica, tipo cliente, tipo",
        "tax_id": "cnpj cpf, cpf cnpj, cnpj, cpf, numero cnpj, numero cpf, tax codigo, documento",
        "uf": "uf, estado, state, uf cliente",
        "city": "cidade, municipio, city",
        "since": "cliente desde, data cadastro, cadastro, desde, since, cliente since, data abertura",
        "business_segment": "segmento, ramo atividade, ramo, segmento industrial, segmento cliente, segment, setor",
        "income": "renda faturamento, renda, renda mensal, faturamento, faturamento mensal, income, revenue",
        "credit_limit": "limite credito, credito limite, limite",
        "preferred_channel": "canal preferido, canal preferencial, preferred channel",
        "vulnerable": "vulneravel, vulnerable",
        "hardship": "dificuldade, hardship",
        "do_not_contact": "nao contatar, nao perturbe, not contato",
        "known_on": "known data, data atualizacao, data referencia, registro",
    },
    "attributes": {
        "client_id": (
            "codigo cliente, cliente codigo, numero cliente, cliente numero, cliente, cnpj cpf, cpf cnpj, cnpj"
        ),
        "known_on": (
            "known data, data referencia, safra ref, safra, mes referencia, competencia, referencia, data "
            "consulta, data base, data atualizacao, consulta, registro"
        ),
    },
}
"""By table and ledger column the folded headers, the surest first."""


def folded(header: str) -> tuple[str, ...]:
    """A header as plain words: no accents, case, dots or fillers; short forms and English words as one Portuguese word.

    >>> folded("Dt. Vencto."), folded("InvoiceDate"), folded("Nº do Título"), folded("ID_CLIENTE")
    (('data', 'vencimento'), ('fatura', 'data'), ('numero', 'titulo'), ('codigo', 'cliente'))
    """
    text = re.sub(r"[º°ª]|R\$", " ", header)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    text = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", text)
    words = re.findall(r"[a-z]+|\d+", text.casefold())
    return tuple(_WORDS.get(word, word) for word in words if word not in _FILLERS)


def assign(headers: Sequence[str], table: str, fits: Iterable[tuple[str, str]]) -> dict[str, str]:
    """For each ledger column of a table the header that names it best, each header once.

    Parameters
    ----------
    headers
        As they stand in the file.
    table
        A key of ``KNOWN_HEADERS``.
    fits
        Pairs of ``table.column`` and header whose values can be read so; no other pair is considered.
    """
    allowed = set(fits)
    words = {header: folded(header) for header in headers}
    ranked = []
    for order, (column, known) in enumerate(KNOWN_HEADERS[table].items()):
        for rank, name in enumerate(known.split(",")):
            wanted = tuple(name.split())
            for place, header in enumerate(headers):
                if (f"{table}.{column}", header) in allowed and set(words[header]) == set(wanted):
                    ranked.append((rank, order, place, column, header))
    found: dict[str, str] = {}
    for *_, column, header in sorted(ranked):
        if column not in found and header not in found.values():
            found[column] = header
    return {column: found[column] for column in KNOWN_HEADERS[table] if column in found}
