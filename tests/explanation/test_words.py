"""The words of explanations: both languages tell the same, grammar holds for one and many, the client's are kind."""

from __future__ import annotations

import datetime as dt
import re
from string import Formatter

import pytest

from inadimplencia_ml.explanation import client_words, words
from inadimplencia_ml.explanation.way_told import Audience, way_told
from inadimplencia_ml.explanation.way_up import OpenTitle, Standing, WayUp
from inadimplencia_ml.policy.messages.one_message import lint_text

DAY = dt.date(2025, 3, 31)
ALL = {
    f"{module.__name__.rpartition('.')[2]}.{name}": getattr(module, name)
    for module in (words, client_words)
    for name in module.__all__
    if name.isupper()
}
HIGH, MEDIUM, NONE = (
    Standing("scoreable", "high", 400),
    Standing("scoreable", "medium", 480),
    Standing("inactive", "none", None),
)
UNSCORED = Standing("already_bad", "high", None)
NOT_PORTUGUESE = re.compile(r"\bde os? |\bde as? |\bem os? |\b1 títulos|\b0 |\(s\)|None|\{|  |\.\.| ,")


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("name", ALL)
def test_both_languages_fill_the_same_gaps(name: str) -> None:
    off = {key: text for key, text in ALL[name].items() if gaps(text["pt"]) != gaps(text["en"])}
    assert off == {}
    assert all(text[lang].strip() for text in ALL[name].values() for lang in ("pt", "en"))


@pytest.mark.parametrize("name", [name for name in ALL if name.startswith("client_words")])
def test_what_the_client_may_read_is_kind(name: str) -> None:
    texts = {key: text["pt"].replace("LGPD", "") for key, text in ALL[name].items()}
    found = {key: finds for key, text in texts.items() if (finds := lint_text(text))}
    assert found == {}


def titles(n: int) -> tuple[OpenTitle, ...]:
    return tuple(OpenTitle(f"T{k}", DAY - dt.timedelta(days=k + 1), 100.0 + k, True) for k in range(n))


WAYS = [
    *(WayUp("pay_today", DAY, HIGH, MEDIUM, titles(n)) for n in (1, 2, 7)),
    WayUp("pay_today", DAY, UNSCORED, MEDIUM, titles(1)),
    *(WayUp("nothing_left", DAY, HIGH, NONE, titles(n)) for n in (1, 3)),
    *(WayUp("nothing_left", DAY, HIGH, NONE, titles(n), titles(m), waits=True) for n, m in ((0, 1), (2, 4), (1, 0))),
    *(
        WayUp("pay_on_time", DAY, HIGH, MEDIUM, titles(n), titles(m), waits=True, at_once=HIGH)
        for n, m in ((0, 0), (0, 1), (1, 2), (7, 9))
    ),
    *(WayUp("not_enough", DAY, before, after, titles(2)) for before in (HIGH, UNSCORED) for after in (HIGH, UNSCORED)),
    WayUp("not_enough", DAY, HIGH, HIGH),
    WayUp("safest", DAY, MEDIUM, MEDIUM),
    WayUp("unrated", DAY, NONE, NONE),
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way.kind}-{len(way.today)}-{len(way.later)}")
@pytest.mark.parametrize("audience", ["manager", "client"])
def test_each_way_is_told_in_sentences_that_can_be_read_aloud(way: WayUp, audience: Audience) -> None:
    told = way_told(way, audience, "pt")

    assert [line for line in told if NOT_PORTUGUESE.search(line)] == []
    assert all(line[0].isupper() and line.endswith(".") for line in told)
    assert len(told) == len(way_told(way, audience, "en"))
    if audience == "client":
        assert "segmento" not in " ".join(told)
        assert lint_text(" ".join(told)) == []
    elif way.kind == "pay_today":
        assert "segmento médio" in told[0]
