"""gapkit: compare an infrastructure-as-code answer with its reference, requirement by requirement."""

__version__ = "0.1.0"

from pathlib import Path
from typing import TYPE_CHECKING

from gapkit.compiled import run_edited_source

run_edited_source(Path(__file__).parent)

if TYPE_CHECKING:
    from gapkit.explain import explain as explain


def __getattr__(name: str) -> object:
    """`gapkit.explain(assessment)`, read when first asked for: importing gapkit stays quick."""
    if name == "explain":
        from importlib import import_module

        return import_module("gapkit.explain")
    raise AttributeError(f"module 'gapkit' has no attribute {name!r}")
