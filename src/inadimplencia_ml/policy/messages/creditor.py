"""Who is owed: what every message must say of the creditor (CDC, art. 42-A), and where the client reaches a person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from inadimplencia_ml.policy.messages.safe_text import clean, is_link
from inadimplencia_ml.settings_file import settings_of

__all__ = ["Creditor", "written_document"]

_CPF, _CNPJ = 11, 14


def _bare(value: Any) -> Any:
    """Without points, dashes and strokes; a number from YAML gets its zeros back."""
    if isinstance(value, int) and not isinstance(value, bool):
        digits = str(value)
        return digits.zfill(_CPF if len(digits) <= _CPF else _CNPJ)
    return "".join(c for c in value if c.isalnum()).upper() if isinstance(value, str) else value


def _checked(value: str) -> str:
    """The check digits: weights from the right 2, 3, ... (a CNPJ begins again after 9), modulo 11."""
    width = len(value)
    if width not in (_CPF, _CNPJ) or not value[-2:].isdigit() or (width == _CPF and not value.isdigit()):
        raise ValueError("a CPF has 11 digits, a CNPJ 14 signs")
    signs, highest = [ord(c) - 48 for c in value], 11 if width == _CPF else 9
    for end in (width - 2, width - 1):
        weights = [2 + i % (highest - 1) for i in range(end)][::-1]
        rest = sum(s * w for s, w in zip(signs, weights, strict=False)) % 11
        if signs[end] != (0 if rest < 2 else 11 - rest):
            raise ValueError("the check digits are wrong; a CPF or CNPJ is expected")
    if len(set(value)) == 1:
        raise ValueError("a CPF or CNPJ of one digit repeated belongs to nobody")
    return value


def _one_line(value: str) -> str:
    text = clean(value)
    if not text:
        raise ValueError("is empty")
    return text


def _link(value: str | None) -> str | None:
    if value is not None and not is_link(value):
        raise ValueError("is no address such as https://example.com/contato")
    return value


OneLine = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]


class Creditor(BaseModel):
    """The company in whose name a message speaks.

    Attributes
    ----------
    name, address : str
        As the client knows them.
    document : str
        CPF or CNPJ, checked; points and dashes may be left out.
    service : str
        Where a person answers: a telephone, an address, a chat.
    preferences : str, optional
        Link by which the client changes channel and hours; ``service`` where there is none.

    Examples
    --------
    >>> Creditor(name="Loja Boa", document="11.222.333/0001-81", address="Rua A, 1, Recife", service="0800 000 0000")
    Creditor(name='Loja Boa', document='11222333000181', address='Rua A, 1, Recife', service='0800 000 0000',
             preferences=None)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: OneLine
    document: Annotated[str, BeforeValidator(_bare), AfterValidator(_checked)]
    address: OneLine
    service: OneLine
    preferences: Annotated[str | None, AfterValidator(_link)] = None

    @classmethod
    def read(cls, path: str | Path) -> Creditor:
        """The creditor of a YAML file; CallError names the key that is wrong."""
        return settings_of(Path(path), cls)

    def values(self) -> dict[str, str]:
        """What stands in the place of the creditor's placeholders."""
        return {
            "credor_nome": self.name,
            "credor_documento": written_document(self.document),
            "credor_endereco": self.address,
            "canal_atendimento": self.service,
            "link_preferencias": self.preferences or self.service,
        }


def written_document(document: str) -> str:
    """A bare CPF or CNPJ as it is written, with its name before it.

    >>> written_document("12345678909"), written_document("11222333000181")
    ('CPF 123.456.789-09', 'CNPJ 11.222.333/0001-81')
    """
    d = document
    if len(d) == _CPF:
        return f"CPF {d[:3]}.{d[3:6]}.{d[6:9]}-{d[9:]}"
    return f"CNPJ {d[:2]}.{d[2:5]}.{d[5:8]}/{d[8:12]}-{d[12:]}"
