"""The page of an explanation: whole in one file, safe with any id, and opened without a complaint by a browser."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from inadimplencia_ml.errors import MissingExtraError
from inadimplencia_ml.explanation import Explanation
from inadimplencia_ml.explanation.material import Beside, Decided, Points
from inadimplencia_ml.explanation.way_up import OpenTitle, Standing, WayUp
from inadimplencia_ml.report.explanation_page import _template, explanation_page

DAY = dt.date(2025, 3, 31)
TARGET = {"level": "client", "event": "default", "dpd": 30, "horizon_days": 90}
ROW = {
    "client_id": "<script>alert(1)</script>",
    "as_of": pd.Timestamp(DAY),
    "state": "scoreable",
    "probability": 0.31,
    "probability_low": 0.27,
    "probability_high": 0.36,
    "score_raw": 413.4,
    "score": 413,
    "rating": "H",
    "segment": "high",
    "cold_start": False,
    "model_version": "client_default_30d_in_90d@2025-02-28#0123456789ab",
}
VALUES = {
    "overdue_count": 2.0,
    "overdue_amount": 950.0,
    "dpd_max": 28.0,
    "late_count_365d": 4.0,
    "late_share_365d": 0.5,
}
POINTS = Points(
    520.0, {"R01": -80.0, "R02": -30.6, "R07": 9.5, "R09": -0.2}, {"R01": -1, "R02": -1, "R07": 1, "R09": 0}
)
TITLE = OpenTitle("T&1", DAY - dt.timedelta(days=28), 900.0, True)
WAY = WayUp("pay_today", DAY, Standing("scoreable", "high", 413), Standing("scoreable", "medium", 489), (TITLE,))
TITLES = pd.DataFrame(
    {
        "invoice_id": ["T&1", "T2", "T3"],
        "issue_date": pd.Timestamp("2025-02-01"),
        "due_date": pd.to_datetime(["2025-03-03", "2025-03-20", "2025-01-20"]),
        "amount": [900.0, 50.0, 1234.56],
        "status": ["open", "open", "settled"],
        "closed_on": pd.to_datetime([None, None, "2025-01-17"]),
        "days_late": [28, 11, -3],
        "open_amount": [900.0, 50.0, 0.0],
        "disputed": [False, True, False],
        "assigned": False,
    }
)
DECIDED = Decided(
    "Mensagem sobre o atraso.", "E5", "whatsapp", "T05",
    pd.Timestamp("2025-04-01 09:00"), pd.Timestamp("2025-04-01 18:00"),
    None, False, 1500.0, "keep", 969.0, ("E5: 28 dias de atraso.", "segmento: risco alto."), "regua/0.1", "0f" * 8,
)  # fmt: skip


def told(audience: str = "manager", lang: str = "pt", **row: object) -> Explanation:
    where = {"criteria": ("R01", "R02"), "sources": ("invoices", "payments"), "service": "0800", "creditor": "Loja Boa"}
    beside = Beside(TITLES, WAY, DECIDED, **where)  # type: ignore[arg-type]
    return Explanation.of(ROW | row, VALUES, POINTS, TARGET, beside=beside, audience=audience, lang=lang)  # type: ignore[arg-type]


class Read(HTMLParser):
    """The tags of a page and the words between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes what is not open"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data.strip().replace("\N{NO-BREAK SPACE}", " "))


@pytest.mark.parametrize("audience", ["manager", "client"])
@pytest.mark.parametrize("lang", ["pt", "en"])
def test_the_page_says_all_that_the_text_says_and_asks_for_nothing_else(audience: str, lang: str) -> None:
    one = told(audience, lang)
    page = explanation_page(one)
    read = Read(page)

    assert read.open == []
    shown = [part for section in one.sections for part in (section.title, *section.paragraphs, *sum(section.rows, ()))]
    assert [part for part in shown if part not in read.words and part] == []
    asked = [a[k] for _, a in read.tags for k in ("src", "href", "action", "data") if k in a]
    assert asked == ["data:,"]  # the icon: else a browser would ask for one
    assert not re.search(r"url\(|@import|<script|javascript:| on\w+=", page)
    assert ("html", {"lang": "pt-BR" if lang == "pt" else "en"}) in read.tags


def test_an_id_from_outside_stays_words() -> None:
    page = explanation_page(told())

    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "T&amp;1" in page


def test_a_client_without_a_score_has_a_page_without_a_scale() -> None:
    silent = {"probability": float("nan"), "score": None, "score_raw": float("nan"), "state": "inactive"}
    page = explanation_page(told(**silent, rating=None, segment="none"))

    assert 'class="scale"' not in page
    assert 'class="scale"' in explanation_page(told())


def test_without_the_extra_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    _template.cache_clear()
    with pytest.raises(MissingExtraError, match=r"jinja2 is not installed\..*inadimplencia-ml\[report\]"):
        explanation_page(told())


@pytest.fixture(scope="module")
def browser() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    if "CI" in os.environ:
        pytest.fail("CI opens the page in a browser, and finds none: install chromium")
    pytest.skip("needs chromium, to open the page as a person would")


@pytest.mark.parametrize("audience", ["manager", "client"])
def test_a_browser_opens_the_page_without_a_complaint(browser: str, audience: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(explanation_page(told(audience)), encoding="utf-8")
    words = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0", "--dump-dom"]
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    ran = subprocess.run([browser, *words, profile, page.as_uri()], capture_output=True, text=True, timeout=120)

    assert ran.returncode == 0, ran.stderr[-2000:]
    assert [line for line in ran.stderr.splitlines() if "CONSOLE" in line] == []
    assert "<h1>" in ran.stdout
    assert "413" in ran.stdout
