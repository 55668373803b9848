"""LightGBM's text with a number changed is refused before LightGBM, which believes all of them, reads it."""

from __future__ import annotations

import re

import lightgbm as lgb
import numpy as np
import pytest

from inadimplencia_ml.errors import BundleError
from inadimplencia_ml.risk.boosting import booster_text, load_booster
from inadimplencia_ml.risk.tree_text import check_tree_text


@pytest.fixture(scope="module")
def text() -> str:
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.normal(size=400), rng.integers(0, 5, 400), rng.normal(size=400)])
    y = (0.2 * x[:, 0] + 3 * (x[:, 1] == 2) + rng.normal(size=400) > 0.5).astype(float)
    how = {"objective": "binary", "num_leaves": 6, "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 5}
    how |= {"min_data_per_group": 1, "cat_smooth": 0.0, "cat_l2": 0.0}
    made = lgb.train(how, lgb.Dataset(x, y, categorical_feature=[1], params=how), num_boost_round=4)
    return booster_text(made).decode()


def line(name: str, text: str) -> str:
    found = re.search(rf"^{name}=(.*)$", text, re.MULTILINE)
    assert found is not None
    return found[1]


def sized(text: str) -> str:
    """The lengths of the trees made right again, as one would who means harm."""
    blocks = re.split(r"^(?=Tree=\d+$)", text, flags=re.MULTILINE)[1:]
    sizes = " ".join(str(len(block.partition("end of trees")[0].encode())) for block in blocks)
    return re.sub(r"^tree_sizes=.*$", f"tree_sizes={sizes}", text, flags=re.MULTILINE)


def test_what_lightgbm_wrote_passes(text: str) -> None:
    assert "cat_boundaries=" in text
    check_tree_text(text)
    assert load_booster(text.encode()).num_trees() == 4


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("split_feature", lambda v: "99999 " + v.split(" ", 1)[1], "splits by a column that the model has not"),
        ("split_feature", lambda v: "-1 " + v.split(" ", 1)[1], "splits by a column that the model has not"),
        ("left_child", lambda v: "0 " + v.split(" ", 1)[1], "its nodes do not make a tree"),
        ("right_child", lambda v: " ".join(["2147483647"] * len(v.split())), "its nodes do not make a tree"),
        ("num_leaves", lambda v: "2147483647", "num_leaves is '2147483647'"),
        ("num_leaves", lambda v: "5", r"has 6 numbers; expected 5"),
        ("leaf_value", lambda v: "nan " + v.split(" ", 1)[1], "leaf_value holds a number that is not finite"),
        ("leaf_value", lambda v: v + " 1", "leaf_value has 7 numbers; expected 6"),
        ("threshold", lambda v: "x " + v.split(" ", 1)[1], "threshold holds what is no number"),
        ("decision_type", lambda v: "99 " + v.split(" ", 1)[1], "a node decides in an unknown way"),
        ("num_class", lambda v: "1000", "num_class is '1000'"),
        ("max_feature_idx", lambda v: "7", "feature_names are not 8"),
        ("feature_names", lambda v: " " + v.partition(" ")[2], "feature_names are not"),
        ("feature_names", lambda v: "\0" + v[1:], "a sign at which LightGBM stops to read"),
        ("objective", lambda v: "binary sigmoid:0", "the objective has no slope"),
        ("objective", lambda v: "evil", "the objective 'evil' is unknown"),
        ("cat_boundaries", lambda v: "0 9", "cat_"),
        ("Tree", lambda v: "7", "is not in its place"),
    ],
)
def test_a_changed_number_is_refused_with_its_place(text: str, name: str, change, message: str) -> None:
    old = line(name, text)
    bad = sized(text.replace(f"\n{name}={old}\n", f"\n{name}={change(old)}\n", 1))
    with pytest.raises(BundleError, match=message):
        load_booster(bad.encode())


def test_a_child_that_leads_back_is_a_circle() -> None:
    parts = {"left_child": "1 -1", "right_child": "-2 -3"}
    good = "tree\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\nmax_feature_idx=0\n"
    good += "feature_names=a\nfeature_infos=none\n"
    tree = "Tree=0\nnum_leaves=3\nnum_cat=0\nsplit_feature=0 0\nthreshold=1 2\ndecision_type=2 2\n{left}\n{right}\n"
    tree += "leaf_value=1 2 3\nleaf_weight=1 1 1\nleaf_count=1 1 1\ninternal_count=3 2\nshrinkage=1\n\n\n"
    whole = good + "tree_sizes=0\n\n" + tree + "end of trees\n"
    right = {"left": f"left_child={parts['left_child']}", "right": f"right_child={parts['right_child']}"}
    check_tree_text(sized(whole.format(**right)))
    with pytest.raises(BundleError, match="nodes"):
        check_tree_text(sized(whole.format(left="left_child=-1 1", right="right_child=-2 -3")))


def test_a_tree_without_a_line_that_lightgbm_needs_is_refused(text: str) -> None:
    for name in ("threshold", "split_feature", "left_child", "leaf_value", "decision_type", "num_cat"):
        with pytest.raises(BundleError, match=f"{name} is missing"):
            check_tree_text(sized(text.replace(f"\n{name}={line(name, text)}\n", "\n", 1)))


def test_lengths_that_are_not_the_trees_and_categories_that_are_no_json_are_refused(text: str) -> None:
    with pytest.raises(BundleError, match="is not of the length that tree_sizes tells"):
        check_tree_text(re.sub(r"^tree_sizes=\d+", "tree_sizes=99999", text, flags=re.MULTILINE))
    for end in ("[", "[" * 100_000):
        with pytest.raises(BundleError, match="cannot be read"):
            check_tree_text(text.rstrip("\n") + f"\npandas_categorical:{end}\n")
    with pytest.raises(BundleError, match="it is no model of LightGBM"):
        check_tree_text("")
