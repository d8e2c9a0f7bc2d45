"""In a checkout, source that was edited since it was compiled (setup.py) is what runs."""

import os
import sys
from collections.abc import Sequence
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

__all__ = ["compiled_modules", "run_edited_source"]


class _SourceFinder:
    """Finds the source of modules that have a compiled twin beside it."""

    def __init__(self, sources: dict[str, Path]) -> None:
        self.sources = sources

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        source = self.sources.get(name)
        return spec_from_file_location(name, source) if source else None


def _name(package: Path, source: Path) -> str:
    return ".".join(source.relative_to(package.parent).with_suffix("").parts)


def compiled_modules(package: Path) -> dict[Path, Path]:
    """Source file → compiled file of each module in `package` (a folder) that has both."""
    suffix = EXTENSION_SUFFIXES[0]
    built = {p.with_name(p.name.removesuffix(suffix) + ".py"): p for p in package.rglob(f"*{suffix}")}
    return {source: file for source, file in built.items() if source.exists()}


def run_edited_source(package: Path) -> bool:
    """
    Passes over the compiled modules of a checkout's `package` where one is older than its source, or where the
    environment has GAPKIT_PURE=1; all of them, since they call each other directly. True if it did.
    """
    built = compiled_modules(package)
    forced = os.environ.get("GAPKIT_PURE", "0") not in ("", "0")
    if not built or not (forced or (package.parent / "setup.py").exists()):
        return False
    if not forced and all(source.stat().st_mtime <= file.stat().st_mtime for source, file in built.items()):
        return False
    sys.meta_path.insert(0, _SourceFinder({_name(package, source): source for source in built}))
    return True
