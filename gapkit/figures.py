"""matplotlib figure -> SVG that stands inside an HTML page, takes its text colour, and shares no id with others."""

from __future__ import annotations

import io
import re

import matplotlib
from markupsafe import Markup
from matplotlib.figure import Figure

from gapkit.charts import INK

_PROLOGUE = re.compile(r"\A.*?(?=<svg\b)", re.DOTALL)
_SIZE = re.compile(r'<svg\b([^>]*?) width="[\d.]+pt"([^>]*?)>')
_HEIGHT = re.compile(r' height="[\d.]+pt"')
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_STYLE = re.compile(r"<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)  # a rule for `*`: it would style the page
_ID = re.compile(r'(\bid="|xlink:href="#|url\(#)')


def inline_svg(figure: Figure, prefix: str) -> Markup:
    """The figure as an `svg` element; `prefix` tells its ids apart from those of other figures on the page.

    The same figure gives the same text.  Text stays text, so that it can be searched, selected and read aloud.
    """
    title = figure.get_suptitle()
    drawing = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "gapkit"}):
        figure.savefig(drawing, format="svg", facecolor="none", metadata={"Date": None, "Creator": None})
    svg = _PROLOGUE.sub("", drawing.getvalue(), count=1)
    svg = _STYLE.sub("", _METADATA.sub("", svg, count=1), count=1)
    head, rest = svg.split(">", 1)
    head = _HEIGHT.sub("", _SIZE.sub(r"<svg\1\2>", f"{head}>"))
    label = Markup(' role="img" aria-label="{}">').format(title)
    svg = head[:-1] + str(label) + rest
    return Markup(_ID.sub(rf"\g<1>{prefix}-", svg).replace(INK, "currentColor"))
