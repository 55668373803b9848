"""Damage to bytes and to text: what an error, a broken program or an enemy does to a file, drawn from a seed."""

# lists of bad values read best in few lines
from __future__ import annotations

import random
from collections.abc import Callable

__all__ = ["BAD_TEXTS", "bytes_damaged", "cell", "text_damaged"]

BAD_TEXTS = (
    *(
        "",
        " ",
        "\x00",
        "\x00\x00\x00",
        "\ufeff",
        "\u00a0",
        "\u202e",
        "é",
        "\ud7ff",
        "😀",
        "\x85",
        "\u2028",
        "\x1c",
        "\x7f",
    ),
    *('"', '""', '"""', "'", ";", ",", "\t", "|", "\n", "\r", "\r\n", "\\", "`", "${7*7}", "{{7*7}}", "%s%n%d", "%"),
    *(
        "NaN",
        "nan",
        "inf",
        "-inf",
        "Infinity",
        "1e309",
        "-1e309",
        "1e-400",
        "0x10",
        "1_000",
        "٣",
        "１２",
        "½",
        "--5",
        "+-1",
    ),
    *(
        "9" * 20,
        "9" * 400,
        "-" + "9" * 30,
        "0," + "0" * 300 + "1",
        "1.000.000.000.000,00",
        "999999999999,99",
        "0",
        "-0",
        "00",
    ),
    *("00/00/0000", "31/02/2025", "01/01/0001", "31/12/9999", "01/01/1899", "29/02/2023", "2025-13-45", "9999-12-31"),
    *("0000-00-00", "2025-06-30T25:61:61", "2025-06-30T00:00:00-99:99", "1/1/1", "12/2025", "20250630", "-1/1/2025"),
    *(
        "2025-06-30T10:00:00+14:00",
        "2025-06-30 23:59:60",
        "today",
        "now",
        "null",
        "None",
        "NULL",
        "true",
        "N/A",
        "#REF!",
    ),
    *(
        "=1+1",
        "=cmd|' /C calc'!A0",
        "@SUM(1)",
        "'; DROP TABLE invoices; --",
        "../../etc/passwd",
        "/dev/zero",
        "file:///etc",
    ),
    *("A" * 5_000, "A;" * 200, '"' + "x" * 300, "a\nb\nc", "__import__('os')", "!!python/object:os.system", "&a *a"),
)
"""What stands in a cell when things go wrong."""


def cell(rng: random.Random) -> str:
    """A bad cell."""
    if rng.random() < 0.1:
        return "".join(
            chr(rng.choice((rng.randrange(1, 128), rng.randrange(128, 0xD7FF)))) for _ in range(rng.randrange(30))
        )
    return rng.choice(BAD_TEXTS)


def bytes_damaged(data: bytes, rng: random.Random, times: int | None = None) -> bytes:
    """The bytes after one to eight damages."""
    out = bytearray(data)
    for _ in range(times or rng.choice((1, 1, 1, 2, 3, 8))):
        rng.choice(_BYTES)(out, rng)
    return bytes(out)


def text_damaged(text: str, rng: random.Random) -> str:
    """Text after one to six damages by signs, lines and words."""
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        text = rng.choice(_TEXT)(text, rng)
    return text


def _flip(out: bytearray, rng: random.Random) -> None:
    if out:
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)


def _set(out: bytearray, rng: random.Random) -> None:
    if out:
        out[rng.randrange(len(out))] = rng.choice((0, 1, 9, 10, 13, 34, 44, 59, 127, 128, 255, rng.randrange(256)))


def _cut(out: bytearray, rng: random.Random) -> None:
    begin = rng.randrange(len(out) + 1)
    del out[begin : begin + rng.choice((1, 2, 4, 16, 100, 1000))]


def _end(out: bytearray, rng: random.Random) -> None:
    del out[rng.randrange(len(out) + 1) :]


def _head(out: bytearray, rng: random.Random) -> None:
    del out[: rng.randrange(min(len(out), 64) + 1)]


def _double(out: bytearray, rng: random.Random) -> None:
    begin = rng.randrange(len(out) + 1)
    piece = out[begin : begin + rng.choice((1, 4, 32, 200, 2000))]
    place = rng.choice((begin, rng.randrange(len(out) + 1)))
    out[place:place] = piece * rng.choice((1, 1, 2, 20))


def _insert(out: bytearray, rng: random.Random) -> None:
    place = rng.randrange(len(out) + 1)
    out[place:place] = rng.choice(
        (b"\x00", b"\xff" * 8, b"\r", b"\n", b'"', b"\xc3", b"\xed\xa0\x80", rng.randbytes(5))
    )


def _number(out: bytearray, rng: random.Random) -> None:
    """An extreme number in the place of some bytes, as a length or an offset."""
    size = rng.choice((1, 2, 4, 8))
    value = rng.choice((0, 1, -1, 2 ** (8 * size - 1) - 1, -(2 ** (8 * size - 1)), 2 ** (8 * size - 2)))
    if len(out) > size:
        place = rng.randrange(len(out) - size)
        out[place : place + size] = value.to_bytes(size, rng.choice(("little", "big")), signed=True)


def _zeros(out: bytearray, rng: random.Random) -> None:
    begin = rng.randrange(len(out) + 1)
    end = min(len(out), begin + rng.choice((4, 64, 512)))
    out[begin:end] = bytes(end - begin)


def _swap(out: bytearray, rng: random.Random) -> None:
    if len(out) > 64:
        a, b = sorted(rng.randrange(len(out) - 16) for _ in range(2))
        out[a : a + 8], out[b : b + 8] = out[b : b + 8], out[a : a + 8]


_BYTES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    *(_flip, _flip, _set, _set, _cut, _end, _head, _double, _insert, _number, _zeros, _swap),
)


def _sign_gone(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + text[at + 1 :]


def _sign_in(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(":-{}[]&*!|>'\"%@`#,?\t\n \\\x00~<") + text[at:]


def _word_for_another(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    words[rng.randrange(len(words))] = rng.choice((cell(rng), rng.choice(words)))
    return " ".join(words)


def _line_gone(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    begin = rng.randrange(len(lines))
    del lines[begin : begin + rng.choice((1, 1, 3, 20))]
    return "\n".join(lines)


def _line_doubled(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    at = rng.randrange(len(lines))
    lines[at:at] = [lines[at]] * rng.choice((1, 1, 50))
    return "\n".join(lines)


def _lines_swapped(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return "\n".join(lines)


def _moved_in(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    at = rng.randrange(len(lines))
    lines[at] = rng.choice(("  ", " ", "\t", "- ", "? ", "")) + lines[at].lstrip(rng.choice((" ", "")))
    return "\n".join(lines)


_TEXT: tuple[Callable[[str, random.Random], str], ...] = (
    *(_sign_gone, _sign_in, _sign_in, _word_for_another, _line_gone, _line_doubled, _lines_swapped, _moved_in),
)
