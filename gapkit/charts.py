"""Figures over the tables and aggregates of a run: each function takes a frame and returns a matplotlib `Figure`.

Titles state the question that the figure answers.  Colours are those of M. Okabe and K. Ito (*Color Universal Design*,
2008), which stay apart for readers with any colour vision; counts are also written out, so that nothing rests on
colour alone.  No global state of pyplot is touched: show a figure by returning it, save it with `savefig`.
"""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from gapkit.summary import SEVERITY_ORDER, STATUS_ORDER

INK = "#1b1f24"  # text and axes; a report replaces it by the colour of its own text
GRID = "#8c959f"
BLUE = "#0072B2"
STATUS_COLOURS = {"complete": "#009E73", "partial": "#E69F00", "missing": "#CC4400", "unverifiable": "#999999"}
HEAT = LinearSegmentedColormap.from_list("heat", ["#FFF7E6", "#F0A830", "#8A2D00"])
WIDTH = 7.6  # inches: the width of a report's column at 100 dots an inch
LONGEST_LABEL = 58


class Picture(Figure):
    """A figure that a notebook shows as it is, without pyplot."""

    def _repr_png_(self) -> bytes:
        image = BytesIO()
        self.savefig(image, format="png", dpi=100, metadata={"Software": None})
        return image.getvalue()


def completeness_distribution(samples: pd.DataFrame) -> Figure:
    """How complete are the responses?  A histogram over samples, ten bins of ten percent; `samples.completeness`."""
    values = pd.to_numeric(samples["completeness"], errors="coerce").dropna().to_numpy(dtype=float)
    title = "How complete are the responses?"
    if not len(values):
        return _nothing(title, "no sample has a score")
    figure, axes = _figure(title, 3.2)
    counts, edges, _ = axes.hist(values, bins=10, range=(0, 1), color=BLUE, edgecolor="white")
    for count, left in zip(np.atleast_1d(np.asarray(counts)), edges, strict=False):
        if count:
            axes.annotate(
                f"{int(count)}", (left + 0.05, count), (0, 2), textcoords="offset points", ha="center", color=INK
            )
    mean = float(values.mean())
    axes.axvline(mean, color=INK, linestyle="--", linewidth=1.2)
    axes.annotate(
        f"mean {mean:.0%}",
        (mean, 1),
        (-4 if mean > 0.5 else 4, -2),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="right" if mean > 0.5 else "left",
        va="top",
        color=INK,
    )
    axes.margins(y=0.16)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set(xlabel="completeness of the response (% of what can be verified)", ylabel="samples (count)", xlim=(0, 1))
    return figure


def coverage_by_category(counts: pd.DataFrame) -> Figure:
    """Which kinds of requirement are met?  Stacked shares; takes `summary.status_counts(requirements, by)`."""
    title = f"Which requirements are met, by {counts.index.name or 'group'}?"
    if counts.empty:
        return _nothing(title, "no requirements")
    figure, axes = _figure(title, 1.5 + 0.3 * len(counts))
    shares = counts[list(STATUS_ORDER)].div(counts["total"].replace(0, 1), axis=0)
    left = np.zeros(len(counts))
    places = np.arange(len(counts))
    for status in STATUS_ORDER:
        widths = shares[status].to_numpy(dtype=float)
        axes.barh(places, widths, left=left, color=STATUS_COLOURS[status], label=status, height=0.74)
        dark = status == "missing"
        for place, width, start, count in zip(places, widths, left, counts[status], strict=True):
            if width >= 0.05:
                colour = "white" if dark else "black"
                axes.text(
                    start + width / 2, float(place), f"{count}", ha="center", va="center", color=colour, fontsize=8
                )
        left = left + widths
    labels = [f"{label} ({total})" for label, total in zip(counts.index, counts["total"], strict=True)]
    _name_rows(axes, labels)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set(xlabel="requirements (% of the row; counts in the bars, total in brackets)", xlim=(0, 1))
    figure.legend(ncols=4, loc="outside lower center", frameon=False, labelcolor=INK)
    return figure


def coverage_by_turn(table: pd.DataFrame) -> Figure:
    """Do later turns close the gaps?  Stacked shares of status by turn; takes `turns.turn_summary(requirements)`."""
    title = "Do later turns close the gaps?"
    if table.empty:
        return _nothing(title, "no sample has more than one turn")
    figure, axes = _figure(title, 1.9 + 0.42 * len(table))
    left = np.zeros(len(table))
    totals = table["total"].replace(0, 1).to_numpy(dtype=float)
    for status in STATUS_ORDER:
        counts = table[status].to_numpy(dtype=float)
        axes.barh(
            np.arange(len(table)), counts / totals, left=left, color=STATUS_COLOURS[status], label=status, height=0.7
        )
        for place, (count, width, start) in enumerate(zip(counts, counts / totals, left, strict=True)):
            if width >= 0.05:
                colour = "white" if status == "missing" else "black"
                axes.text(start + width / 2, place, f"{count:.0f}", ha="center", va="center", color=colour, fontsize=8)
        left = left + counts / totals
    labels = [
        f"turn {row.Index}: {row.closed} closed, {row.came_back} came back, {row.broken} broken"
        if row.Index != 1
        else "turn 1"
        for row in table.itertuples()
    ]
    _name_rows(axes, labels)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set(xlabel="requirements of the first prompt (% of the turn; counts in the bars)", xlim=(0, 1))
    figure.legend(ncols=4, loc="outside lower center", frameon=False, labelcolor=INK)
    return figure


def severity_by_category(counts: pd.DataFrame) -> Figure:
    """Where are the serious gaps?  A heat map; takes `summary.gaps_by_category_and_severity(gaps)`."""
    title = "Where are the serious gaps?"
    if counts.empty:
        return _nothing(title, "no gaps")
    figure, axes = _figure(title, 1.4 + 0.28 * len(counts))
    cells = counts[list(SEVERITY_ORDER)].to_numpy(dtype=float)
    most = max(float(cells.max()), 1.0)
    axes.pcolormesh(np.sqrt(cells / most), cmap=HEAT, vmin=0, vmax=1, edgecolors="white", linewidth=1)
    for row, column in np.ndindex(*cells.shape):
        colour = "white" if np.sqrt(cells[row, column] / most) > 0.7 else "black"
        axes.text(
            column + 0.5, row + 0.5, f"{int(cells[row, column])}", ha="center", va="center", color=colour, fontsize=9
        )
    axes.set_xticks(np.arange(len(SEVERITY_ORDER)) + 0.5, list(SEVERITY_ORDER))
    _name_rows(axes, list(counts.index), offset=0.5)
    axes.set(xlabel="severity of the gap (cells: gaps, count)", ylabel="category")
    axes.grid(visible=False)
    axes.tick_params(length=0)
    return figure


def failure_patterns(patterns: pd.DataFrame, most: int = 15) -> Figure:
    """What fails in many samples?  The `most` widespread rows of `summary.failure_patterns(...)`."""
    title = "What fails in the same way in many samples?"
    if patterns.empty:
        return _nothing(title, "no failure is shared by two samples")
    shown = patterns.head(most)
    labels = [f"{row.pattern} ({row.samples} of {row.of_samples})" for row in shown.itertuples()]
    return _shares_with_intervals(title, labels, shown, "share", "samples that fail so (%; 95 % interval)", height=0.29)


def completeness_by_group(table: pd.DataFrame) -> Figure:
    """Does completeness differ between groups?  Means with intervals; takes `summary.completeness_by(samples, …)`."""
    column = str(table.columns[0])
    title = f"Does completeness differ by {column}?"
    shown = table[table["scored"] > 0]
    if shown.empty:
        return _nothing(title, "no sample has a score")
    shown = shown.head(20)
    labels = [f"{label} ({scored})" for label, scored in zip(shown[column], shown["scored"], strict=True)]
    return _shares_with_intervals(
        title, labels, shown, "mean", "mean completeness (%), bars: 95 % interval; samples in brackets", height=0.32
    )


def documented_against_detected(table: pd.DataFrame) -> Figure:
    """Does gapkit find what reviewers noted?  Takes `summary.documented_against_detected(documented_gaps)`."""
    title = "Are the gaps that reviewers noted found again?"
    if table.empty:
        return _nothing(title, "no reviewer's notes")
    figure, axes = _figure(title, 1.5 + 0.36 * len(table))
    places = np.arange(len(table))
    found, missed = table["found"].to_numpy(dtype=float), table["not_found"].to_numpy(dtype=float)
    axes.barh(places, found, color=BLUE, label="found", height=0.7)
    axes.barh(places, missed, left=found, color="#DDCC77", label="not found", height=0.7, hatch="//", edgecolor="white")
    labels = [f"{row.severity} ({row.found} of {row.notes})" for row in table.itertuples()]
    _name_rows(axes, labels)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="gaps in the reviewers' notes (count)", ylabel="severity in the notes")
    figure.legend(ncols=2, loc="outside lower center", frameon=False, labelcolor=INK)
    return figure


def problems_by_code(table: pd.DataFrame, most: int = 15) -> Figure:
    """What could not be read or judged?  Takes `summary.problems_by_code(problems)`."""
    title = "What could not be read or judged?"
    if table.empty:
        return _nothing(title, "no problems")
    shown = table.head(most)
    figure, axes = _figure(title, 1.3 + 0.29 * len(shown))
    counts = shown["problems"].to_numpy(dtype=float)
    axes.barh(np.arange(len(shown)), counts, color="#CC79A7", height=0.7)
    labels = [f"{row.stage}: {row.code} ({row.problems} in {row.samples})" for row in shown.itertuples()]
    _name_rows(axes, labels)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="problems (count; in brackets: problems in samples)")
    return figure


def _shares_with_intervals(
    title: str, labels: list[str], table: pd.DataFrame, value: str, x: str, height: float
) -> Figure:
    figure, axes = _figure(title, 1.3 + height * len(table))
    places = np.arange(len(table))
    values = table[value].to_numpy(dtype=float)
    low = values - table["low"].to_numpy(dtype=float)
    high = table["high"].to_numpy(dtype=float) - values
    told = np.isfinite(low) & np.isfinite(high)
    axes.barh(places, values, color="#56B4E9", height=0.66)
    whiskers = np.clip([low[told], high[told]], 0, 1)
    axes.errorbar(
        values[told], places[told], xerr=whiskers, fmt="none", ecolor=INK, elinewidth=1.3, capsize=3, capthick=1.3
    )
    high = np.nan_to_num(high)
    for place, share, reach in zip(places, values, high, strict=True):
        axes.annotate(
            f"{share:.0%}",
            (share + reach, place),
            (5, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=INK,
        )
    _name_rows(axes, labels)
    most = float(np.max(values + high, initial=0.01))
    axes.set(xlabel=x, xlim=(0, min(most * 1.14, 1.12) or 1))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.0%}" if share <= 1.001 else ""))
    return figure


def _figure(title: str, height: float) -> tuple[Figure, Axes]:
    figure = Picture(figsize=(WIDTH, height), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    axes.set_facecolor("none")
    figure.suptitle(_plain(title), x=0.01, ha="left", color=INK, fontsize=12, fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    for spine in axes.spines.values():
        spine.set_color(INK)
    axes.tick_params(colors=INK, labelsize=9)
    for axis in (axes.xaxis, axes.yaxis):
        axis.label.set(color=INK, fontsize=9.5)
    axes.grid(visible=True, axis="y" if "complete are" in title else "x", color=GRID, alpha=0.35, linewidth=0.7)
    axes.set_axisbelow(True)
    return figure, axes


def _nothing(title: str, why: str) -> Figure:
    """A figure that says that there is nothing to draw, and why."""
    figure, axes = _figure(title, 1.2)
    axes.set_axis_off()
    axes.text(0, 0.5, f"Nothing to draw: {why}.", color=INK, va="center", transform=axes.transAxes)
    return figure


def _name_rows(axes: Axes, labels: list[str], offset: float = 0.0) -> None:
    """Label horizontal rows from the top, so that the first row of a table is the first to be read."""
    axes.set_yticks(np.arange(len(labels)) + offset, [_plain(label) for label in labels])
    axes.set_ylim(len(labels) - 0.5 + offset, -0.5 + offset)


def _plain(label: object) -> str:
    """Text that matplotlib draws as it stands: no formula, no control character, no glyph that its font lacks.

    A long label loses its middle, because the counts stand at its end.
    """
    text = str(label)
    if len(text) > LONGEST_LABEL:
        text = f"{text[: LONGEST_LABEL // 2]}…{text[-LONGEST_LABEL // 2 + 1 :]}"
    drawn = (letter if letter in "…·–" or (letter.isprintable() and letter < "\u0250") else "?" for letter in text)
    return "".join(drawn).replace("$", r"\$")
