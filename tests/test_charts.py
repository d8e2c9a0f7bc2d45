"""Figures: titles that ask, labelled axes, hostile labels, nothing to draw, no global state."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from xml.etree import ElementTree

import pandas as pd
import pytest
from matplotlib.figure import Figure
from synthetic_run import HOSTILE, Tables, empty_tables, tables

from gapkit import charts, summary
from gapkit.figures import inline_svg

DRAW: dict[str, Callable[[Tables], Figure]] = {
    "distribution": lambda t: charts.completeness_distribution(t["samples"]),
    "coverage": lambda t: charts.coverage_by_category(summary.status_counts(t["requirements"], "category")),
    "severity": lambda t: charts.severity_by_category(summary.gaps_by_category_and_severity(t["gaps"])),
    "patterns": lambda t: charts.failure_patterns(summary.failure_patterns(t["samples"], t["requirements"], t["gaps"])),
    "platform": lambda t: charts.completeness_by_group(summary.completeness_by(t["samples"], "platform")),
    "notes": lambda t: charts.documented_against_detected(summary.documented_against_detected(t["documented_gaps"])),
    "problems": lambda t: charts.problems_by_code(summary.problems_by_code(t["problems"])),
}


@pytest.fixture(scope="module")
def made() -> Tables:
    return tables(30)


@pytest.mark.parametrize("name", DRAW)
@pytest.mark.filterwarnings("error")
def test_a_figure_asks_a_question_and_names_its_axis_with_a_unit(name: str, made: Tables):
    figure = DRAW[name](made)
    assert figure.get_suptitle().endswith("?")
    assert re.search(r"%|count", figure.axes[0].get_xlabel())
    ElementTree.fromstring(inline_svg(figure, "x"))  # well-formed


@pytest.mark.parametrize("name", DRAW)
@pytest.mark.filterwarnings("error")
def test_without_rows_the_figure_says_so(name: str):
    svg = inline_svg(DRAW[name](empty_tables()), "x")
    assert "Nothing to draw" in svg


@pytest.mark.parametrize("label", HOSTILE)
@pytest.mark.filterwarnings("error")
def test_hostile_labels_are_drawn_as_plain_text(label: str):
    table = pd.DataFrame(
        {"platform": [label], "samples": [9], "scored": [9], "mean": [0.5], "low": [0.4], "high": [0.6]}
    )
    svg = inline_svg(charts.completeness_by_group(table), "x")
    ElementTree.fromstring(svg)
    assert "<script" not in svg
    assert "<img" not in svg


def test_a_long_label_keeps_its_end():
    table = pd.DataFrame([("a", "B" * 500, 3, 2, "m")], columns=["stage", "code", "problems", "samples", "message"])
    label = charts.problems_by_code(table).axes[0].get_yticklabels()[0].get_text()
    assert len(label) <= charts.LONGEST_LABEL
    assert label.endswith("(3 in 2)")


def test_the_same_figure_gives_the_same_svg_and_ids_do_not_clash(made: Tables):
    one, again, other = (inline_svg(DRAW["platform"](made), prefix) for prefix in ("a", "a", "b"))
    assert one == again
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in (one, other)]
    assert ids[0] and not ids[0] & ids[1]
    for svg in (one, other):
        assert set(re.findall(r'href="#([^"]+)"', svg)) <= set(re.findall(r'\bid="([^"]+)"', svg))


def test_text_takes_the_colour_of_the_page(made: Tables):
    svg = inline_svg(DRAW["distribution"](made), "a")
    assert "currentColor" in svg
    assert charts.INK not in svg


def test_no_global_state_of_pyplot_is_used(made: Tables):
    DRAW["distribution"](made)
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()
