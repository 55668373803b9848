"""The pictures of reasons say what their tables say, in two languages, with nothing written over something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from inadimplencia_ml.errors import CallError
from inadimplencia_ml.report.reason_plots import plot_beeswarm, plot_dependence, plot_family_importance
from inadimplencia_ml.report.reason_stability_plot import plot_reason_stability
from report.drawn_texts import outside, overlapping, texts

FAMILIES = {
    "R01": "Atraso atual",
    "R02": "Frequência de atrasos",
    "R12": "Cadastro, limite e informações complementares",
    "R14": "Calendário",
}


@pytest.fixture(autouse=True)
def _matplotlib() -> None:
    pytest.importorskip("matplotlib", reason="pictures need the extra `report`")


def importance() -> pd.DataFrame:
    points = np.array([31.5, 12.0, 3.25, 0.0])
    return pd.DataFrame(
        {
            "code": list(FAMILIES),
            "family": list(FAMILIES.values()),
            "mean_points": points,
            "share": points / points.sum(),
            "against": [0.34, 0.2, 0.1, 0.0],
            "for": [0.6, 0.4, 0.2, 0.0],
        }
    )


def points(rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    late, streak = np.where(rng.random(rows) < 0.1, np.nan, rng.beta(1, 4, rows)), rng.poisson(5, rows).astype(float)
    uf = rng.choice(["SP", "BA", "RS"], rows)
    told = {
        "late_share_365d": (1, late, -80 * np.nan_to_num(late)),
        "on_time_streak": (-1, streak, 3 * streak - 10),
        "noise": (0, rng.normal(size=rows), rng.normal(size=rows)),
    }
    parts = [
        pd.DataFrame({"feature": n, "code": "R02", "direction": d, "value": v, "level": None, "points": p})
        for n, (d, v, p) in told.items()
    ]
    parts.append(
        pd.DataFrame(
            {
                "feature": "client_uf",
                "code": "R12",
                "direction": 0,
                "value": np.nan,
                "level": uf,
                "points": np.where(uf == "BA", -6.0, 2.0),
            }
        )
    )
    return pd.concat(parts, ignore_index=True)


def months(count: int = 6) -> tuple[pd.DataFrame, pd.DataFrame]:
    days = pd.date_range("2025-01-31", periods=count, freq="ME")
    rows = [
        {
            "as_of": day,
            "code": code,
            "family": name,
            "share": [0.1 + 0.3 * i / count, 0.4 - 0.2 * i / count, 0.3 - 0.1 * i / count, 0.2][k],
        }
        for i, day in enumerate(days)
        for k, (code, name) in enumerate(FAMILIES.items())
    ]
    kept = pd.DataFrame({"as_of": days[1:], "kept": np.linspace(0.9, 0.6, count - 1)})
    return pd.DataFrame(rows), kept


PICTURES: dict[str, Callable[[], Any]] = {
    "importance": lambda: plot_family_importance(importance()),
    "importance in English": lambda: plot_family_importance(importance(), lang="en"),
    "beeswarm": lambda: plot_beeswarm(points()),
    "dependence, riskier": lambda: plot_dependence(points(), "late_share_365d"),
    "dependence, safer, in English": lambda: plot_dependence(points(), "on_time_streak", lang="en"),
    "dependence, free": lambda: plot_dependence(points(), "noise"),
    "dependence, categories": lambda: plot_dependence(points(), "client_uf"),
    "stability": lambda: plot_reason_stability(*months()),
    "stability of two years": lambda: plot_reason_stability(*months(24), lang="en"),
    "stability without kept": lambda: plot_reason_stability(months()[0]),
}


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_covers_another_or_leaves_the_page(name: str) -> None:
    figure = PICTURES[name]()
    assert overlapping(figure) == []
    assert outside(figure) == []
    assert figure.get_figwidth() <= 10


def test_the_weightiest_family_is_named_with_its_share_and_sides() -> None:
    figure = plot_family_importance(importance().iloc[::-1])
    assert figure.get_suptitle() == "Atraso atual é o que mais pesa: 67 % do total"
    assert any("31,5" in text and "contra 34 % · a favor 60 %" in text for text in texts(figure))


def test_a_swarm_has_a_line_a_feature_the_weightiest_on_top_and_grey_where_there_is_no_value() -> None:
    from matplotlib.colors import to_rgba

    from inadimplencia_ml.report.plot_style import GREY

    figure = plot_beeswarm(points(), top=3)
    drawn = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    weight = points().groupby("feature")["points"].apply(lambda p: p.abs().mean()).sort_values(ascending=False)
    assert drawn == weight.index[:3].tolist()
    colours = figure.axes[0].collections[drawn.index("late_share_365d")].get_facecolors()
    missing = points().query("feature == 'late_share_365d'")["value"].isna().sum()
    assert (np.abs(colours - np.array(to_rgba(GREY))).max(axis=1) < 1e-9).sum() == missing


@pytest.mark.parametrize(
    ("feature", "title", "held", "arrows"),
    [
        ("late_share_365d", "quanto maior, menor o escore", "direção imposta ao modelo: para baixo", 1),
        ("on_time_streak", "quanto maior, maior o escore", "direção imposta ao modelo: para cima", 1),
        ("noise", "o escore não segue a ordem", "sem direção imposta ao modelo", 0),
    ],
)
def test_the_direction_that_the_model_is_held_to_is_drawn(feature: str, title: str, held: str, arrows: int) -> None:
    figure = plot_dependence(points(), feature)
    assert figure.get_suptitle() == f"{feature}: {title}"
    assert held in texts(figure)
    drawn = [a.arrow_patch for a in figure.axes[0].texts if getattr(a, "arrow_patch", None) is not None]
    assert len(drawn) == arrows


def test_the_family_whose_weight_moved_most_is_named() -> None:
    table, kept = months()
    figure = plot_reason_stability(table, kept)
    assert figure.get_suptitle() == "Atraso atual: peso entre 10 % e 35 % do total"
    np.testing.assert_allclose(figure.axes[1].lines[0].get_ydata()[1:], kept["kept"])
    with pytest.raises(CallError, match="tell of different dates"):
        plot_reason_stability(table, kept.assign(as_of=kept["as_of"] + pd.Timedelta(days=1)))


def test_other_tables_and_unknown_features_are_told() -> None:
    with pytest.raises(CallError, match=r"no column 'code'\. Expected one that family_importance returned"):
        plot_family_importance(pd.DataFrame({"a": [1]}))
    with pytest.raises(CallError, match=r"no feature 'noisy'\. Did you mean 'noise'"):
        plot_dependence(points(), "noisy")
    with pytest.raises(CallError, match="has no rows: there is nothing to draw"):
        plot_beeswarm(points().iloc[:0])
