"""Compiled modules: the same results as the source, and an edited source is what runs."""

import importlib
import os
import runpy
import shutil
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pandas as pd
import pytest

import gapkit
from gapkit.compiled import compiled_modules, run_edited_source

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path(gapkit.__file__).parent


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package in a checkout whose module has a compiled file beside it that cannot be loaded."""
    package = tmp_path / "parcel"
    package.mkdir()
    (tmp_path / "setup.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / "lid.py").write_text("WHO = 'source'\n")
    (package / f"lid{EXTENSION_SUFFIXES[0]}").write_bytes(b"not a library")
    os.utime(package / "lid.py", (1_000, 1_000))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.delenv("GAPKIT_PURE", raising=False)
    for name in ("parcel", "parcel.lid"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return package


def test_what_is_newer_than_its_compiled_twin_runs_as_source(checkout: Path) -> None:
    assert not run_edited_source(checkout)
    with pytest.raises(ImportError):
        importlib.import_module("parcel.lid")
    os.utime(checkout / "lid.py")
    os.utime(checkout / f"lid{EXTENSION_SUFFIXES[0]}", (1_000, 1_000))
    assert run_edited_source(checkout)
    assert importlib.import_module("parcel.lid").WHO == "source"


def test_the_environment_can_ask_for_the_source(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAPKIT_PURE", "1")
    assert run_edited_source(checkout)


def test_an_installed_package_is_what_was_installed(checkout: Path) -> None:
    (checkout.parent / "setup.py").unlink()
    os.utime(checkout / "lid.py")
    assert not run_edited_source(checkout)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What setup.py compiles."""
    monkeypatch.setenv("GAPKIT_PURE", "1")
    monkeypatch.setattr(sys, "argv", ["setup.py", "--quiet", "--name"])
    monkeypatch.chdir(ROOT)
    found: list[str] = runpy.run_path("setup.py")["COMPILED"]
    return found


def test_what_setup_compiles_exists(names: list[str]) -> None:
    assert len(names) == len(set(names)) > 10
    assert all((PACKAGE / f"{name}.py").exists() for name in names)


@pytest.mark.skipif(shutil.which("gcc") is None or "GAPKIT_PURE" in os.environ, reason="no C compiler, or GAPKIT_PURE")
def test_all_that_setup_compiles_is_compiled(names: list[str]) -> None:
    """mypyc fails on all modules where it fails on one, and the installation goes on without."""
    built = {source.relative_to(PACKAGE).with_suffix("").as_posix() for source in compiled_modules(PACKAGE)}
    assert built >= set(names)


@pytest.mark.skipif(not compiled_modules(PACKAGE), reason="nothing is compiled here: no C compiler, or GAPKIT_PURE")
def test_compiled_and_source_give_the_same_tables(tmp_path: Path) -> None:
    for pure in "01":
        command = [sys.executable, "-m", "gapkit", "score", "data", "-o", str(tmp_path / pure), "--workers", "1"]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env=os.environ | {"GAPKIT_PURE": pure})
    for table in ("samples", "requirements", "gaps", "documented_gaps", "problems"):
        frames = [pd.read_parquet(tmp_path / pure / f"{table}.parquet") for pure in "01"]
        left, right = (frame.drop(columns="seconds", errors="ignore").astype(str) for frame in frames)
        pd.testing.assert_frame_equal(left, right)
