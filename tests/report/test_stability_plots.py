"""The pictures say what their tables say, in two languages, with nothing written over something else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from inadimplencia_ml.errors import CallError, MissingExtraError
from inadimplencia_ml.features.study.information import correlation_groups
from inadimplencia_ml.features.study.stability import psi_by_period
from inadimplencia_ml.features.study.trend import bad_rate_by_bin
from inadimplencia_ml.report.correlation_plots import plot_correlation_groups
from inadimplencia_ml.report.plot_style import Words, shortened
from inadimplencia_ml.report.stability_plots import plot_psi, plot_trend
from report.drawn_texts import outside, overlapping, texts


def drifting(count: int = 14, features: int = 6, per_month: int = 300) -> pd.DataFrame:
    """The PSI of features of which the first two move away after the middle."""
    rng = np.random.default_rng(1)
    month = np.repeat(np.arange(count), per_month)
    moved = np.maximum(month - count // 2, 0) / count
    table = pd.DataFrame({f"late_share_{i}": rng.normal(size=len(month)) for i in range(features)})
    table["late_share_0"] += 4 * moved
    table["late_share_1"] += 2 * moved
    dates = (np.datetime64("2024-01") + month.astype("timedelta64[M]")).astype("datetime64[D]")
    return psi_by_period(table, dates, reference=f"{np.datetime64('2024-01') + np.timedelta64(count // 2, 'M')}-01")


def rated(slope: float = 1.0, lang: Any = "pt") -> pd.DataFrame:
    rng = np.random.default_rng(2)
    x = np.where(rng.random(4000) < 0.1, np.nan, rng.normal(size=4000))
    y = (rng.random(4000) < 1 / (1 + np.exp(2 - slope * np.nan_to_num(x)))).astype(int)
    dates = np.repeat(["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"], 1000)
    table = pd.DataFrame({"dpd_weighted": x * 50 + 90, "client_kind": np.where(rng.random(4000) < 0.6, "PJ", "PF")})
    return bad_rate_by_bin(table, y, dates=dates, lang=lang)


def grouped(groups: int = 3, spread: float = 0.2) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    columns = {}
    for g in range(groups):
        base = rng.normal(size=500)
        columns |= {f"g{g}_{k}": (-1) ** k * base + spread * rng.normal(size=500) for k in range(2 + g)}
    return correlation_groups(pd.DataFrame(columns | {"alone": rng.normal(size=500)}))


PICTURES: dict[str, Callable[[], Any]] = {
    "psi of many features": lambda: plot_psi(drifting(features=30)),
    "psi of one feature": lambda: plot_psi(drifting(count=3, features=2).query("feature == 'late_share_1'")),
    "psi of a hundred months": lambda: plot_psi(drifting(count=100, per_month=30)),
    "psi of two years": lambda: plot_psi(drifting(count=24, per_month=100)),
    "psi of a year and a half": lambda: plot_psi(drifting(count=18, per_month=100).assign(psi=lambda t: t["psi"] + 10)),
    "psi in English": lambda: plot_psi(drifting(), lang="en"),
    "trend": lambda: plot_trend(rated(), "dpd_weighted"),
    "trend of categories": lambda: plot_trend(rated(lang="en"), "client_kind", lang="en"),
    "groups": lambda: plot_correlation_groups(grouped()),
    "many groups": lambda: plot_correlation_groups(grouped(9), top=5, lang="en"),
    "no group": lambda: plot_correlation_groups(grouped(1, spread=9.0)),
}


@pytest.fixture(autouse=True)
def _matplotlib(request: pytest.FixtureRequest) -> None:
    if "without" not in request.node.name:
        pytest.importorskip("matplotlib", reason="pictures need the extra `report`")


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_covers_another_or_leaves_the_page(name: str) -> None:
    figure = PICTURES[name]()
    assert overlapping(figure) == []
    assert outside(figure) == []


def test_an_overlap_is_seen() -> None:
    figure = plot_trend(rated(), "dpd_weighted")
    figure.axes[0].annotate("over it", (0.01, 0.98), xycoords="figure fraction", va="top")
    assert any("over it" in pair for pair in overlapping(figure))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_fits_a_page(name: str) -> None:
    assert PICTURES[name]().get_figwidth() <= 10


@pytest.mark.parametrize(("count", "figures"), [(18, True), (19, False), (100, False)])
def test_figures_stand_in_the_cells_while_there_is_room(count: int, figures: bool) -> None:
    table = drifting(count=count, per_month=50)
    worst = f"{table['psi'].max():.2f}".replace(".", ",")
    figure = plot_psi(table)
    assert (worst in texts(figure)) == figures
    assert len([t for t in figure.axes[0].get_xticklabels() if t.get_text()]) <= 18
    assert figure.get_figwidth() == 10


def test_a_notebook_shows_a_picture_without_pyplot_or_a_backend() -> None:
    code = (
        "import sys, pandas as pd\n"
        "from IPython.core.formatters import DisplayFormatter\n"
        "from inadimplencia_ml.report.correlation_plots import plot_correlation_groups\n"
        "t = dict(group=[1], size=[1], feature=['a'], representative=['a'], correlation=[1.0])\n"
        "shown, _ = DisplayFormatter().format(plot_correlation_groups(pd.DataFrame(t)))\n"
        "assert shown['image/png'].startswith(b'\\x89PNG'), shown\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    pytest.importorskip("IPython", reason="comes with Jupyter")
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_a_picture_shows_itself_in_its_own_size() -> None:
    figure = plot_trend(rated(), "dpd_weighted")
    page = figure._repr_png_()  # type: ignore[attr-defined]
    width, height = (int.from_bytes(page[at : at + 4], "big") for at in (16, 20))
    asked = [v * figure.dpi for v in figure.get_size_inches()]
    assert [width, height] == pytest.approx(asked, abs=1)  # matplotlib cuts or rounds


def test_the_psi_picture_counts_what_moved_and_names_the_worst() -> None:
    table = drifting()
    worst = table.loc[table["psi"].idxmax()]
    said = texts(plot_psi(table))
    assert "2 de 6 variáveis mudaram muito de distribuição (PSI acima de 0,25)" in said
    figure = f"{worst['psi']:.2f}".replace(".", ",")
    assert f"a maior mudança: late_share_0, {figure} em 2025-02" in said
    assert {
        "referência",
        "abaixo de 0,10, ou dentro do acaso (95 %, em itálico)",
        "0,10 a 0,25",
        "acima de 0,25",
    } <= set(said)
    assert said.count(figure) == 1


def test_the_psi_picture_puts_the_most_changed_on_top_and_says_what_it_leaves_out() -> None:
    figure = plot_psi(drifting(), top=2, lang="en")
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["late_share_0", "late_share_1"]
    assert any(t.endswith("the 2 that changed most, of 6") for t in texts(figure))


def test_a_calm_psi_picture_says_so() -> None:
    calm = drifting().query("feature == 'late_share_5'")
    assert plot_psi(calm, lang="en").get_suptitle().startswith("No feature changed its distribution a lot (highest PSI")


def test_a_high_psi_within_chance_is_not_counted() -> None:
    table = pd.DataFrame(
        {"feature": ["a", "b"], "period": "2025-01", "n": 9, "psi": [0.4, 0.4], "chance_95": [0.9, 0.1],
         "in_reference": False}
    )  # fmt: skip
    figure = plot_psi(table)
    assert figure.get_suptitle().startswith("Uma variável, de 2, mudou muito")
    assert figure.axes[0].collections[0].get_array().ravel().tolist() == [0, 2]


@pytest.mark.parametrize(
    ("slope", "title"),
    [
        (1.0, "dpd_weighted: quanto maior, maior a taxa de maus"),
        (-1.0, "dpd_weighted: quanto maior, menor a taxa de maus"),
    ],
)
def test_the_trend_picture_says_which_way_it_runs(slope: float, title: str) -> None:
    said = texts(plot_trend(rated(slope), "dpd_weighted"))
    assert title in said
    assert {"ausente", "taxa de maus", "casos", "cada um dos 4 períodos"} <= set(said)


def test_the_trend_picture_claims_no_order_where_there_is_none() -> None:
    zigzag = pd.DataFrame({"feature": "x", "period": None, "bin": range(4), "label": list("abcd"), "ordered": True,
                           "n": 100, "bads": [10, 30, 5, 20], "bad_rate": [0.1, 0.3, 0.05, 0.2]})  # fmt: skip
    assert plot_trend(zigzag).get_suptitle() == "x: a taxa de maus não segue a ordem"
    mostly = zigzag.assign(bads=[5, 20, 10, 30], bad_rate=[0.05, 0.2, 0.1, 0.3])
    assert plot_trend(mostly).get_suptitle() == "x: em geral, quanto maior, maior a taxa"


def test_the_line_and_the_bars_of_a_trend_are_the_numbers_of_the_table() -> None:
    rates = rated()
    whole = rates[(rates["feature"] == "dpd_weighted") & rates["period"].isna()]
    above, below = plot_trend(rates, "dpd_weighted").axes
    heights = [bar.get_height() for bar in below.patches]
    assert heights == whole["n"].tolist()
    lines = [list(line.get_ydata()) for line in above.lines]
    assert whole.loc[whole["ordered"], "bad_rate"].tolist() in lines


def test_the_picture_of_groups_counts_what_could_be_left_out() -> None:
    table = grouped()  # groups of 2, 3 and 4, and one alone
    figure = plot_correlation_groups(table)
    assert figure.get_suptitle() == "6 de 10 variáveis repetem o que outras 3 já dizem"
    bold = [t.get_text() for t in figure.axes[0].get_yticklabels() if t.get_fontweight() == "bold"]
    assert bold == ["g2_0", "g1_0", "g0_0"]
    assert "alone" not in texts(figure)
    assert plot_correlation_groups(table, top=1).get_suptitle() == figure.get_suptitle()
    none = plot_correlation_groups(grouped(1, spread=9.0), lang="en")
    assert none.get_suptitle() == "None of the 3 features repeats another"


def test_a_wrong_table_feature_or_language_is_told() -> None:
    with pytest.raises(CallError, match=r"no column 'psi'\. Expected one that psi_by_period returned"):
        plot_psi(pd.DataFrame({"feature": ["a"], "period": ["2025-01"]}))
    with pytest.raises(CallError, match="The table of bad_rate_by_bin has no rows"):
        plot_trend(rated().head(0))
    with pytest.raises(CallError, match=r"The table holds no feature 'dpd'\. Known: client_kind, dpd_weighted"):
        plot_trend(rated(), "dpd")
    with pytest.raises(CallError, match="no feature None"):
        plot_trend(rated())
    with pytest.raises(CallError, match="Expected one that correlation_groups returned"):
        plot_correlation_groups([1])  # type: ignore[arg-type]
    with pytest.raises(CallError, match=r"lang is 'fr'\. Texts exist in 'pt' and 'en'"):
        plot_psi(drifting(), lang="fr")  # type: ignore[arg-type]


def test_without_matplotlib_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("matplotlib", "matplotlib.figure"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'inadimplencia-ml\[report\]'"):
        plot_psi(drifting())


def test_without_a_picture_matplotlib_is_not_imported_and_pyplot_never() -> None:
    code = (
        "import sys, inadimplencia_ml.report.stability_plots as s, inadimplencia_ml.report.correlation_plots as c\n"
        "assert 'matplotlib' not in sys.modules\n"
        "import pandas as pd\n"
        "t = dict(group=[1], size=[1], feature=['a'], representative=['a'], correlation=[1.0])\n"
        "try: c.plot_correlation_groups(pd.DataFrame(t))\n"
        "except ImportError: pass\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_figures_and_names_fit_the_language_and_the_page() -> None:
    say = Words("pt", {})
    assert [say.number(v, 2) for v in (1234.5, np.inf, np.nan)] == ["1.234,50", "∞", "–"]
    assert (say.share(0.125, 1), Words("en", {}).share(0.125, 1)) == ("12,5 %", "12.5%")
    assert shortened("a" * 30 + "b" * 30, 20) == "a" * 12 + "…" + "b" * 7
    assert shortened("short") == "short"
