"""Each notebook opens with its question, defines no logic, and runs on runs of any size."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import nbformat
import pytest
from synthetic_run import Tables, tables, write_run

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
RUNS = {"many": tables(30), "one": tables(1, 4, 3), "no gaps": tables(4, 3, 0), "nothing asked": tables(2, 0, 0)}
LOGIC = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def cells(path: Path, kind: str) -> list[str]:
    notebook: Any = nbformat.read(path, as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


@pytest.fixture(params=RUNS, scope="module")
def run_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Tables = RUNS[request.param]
    return write_run(tmp_path_factory.mktemp("runs") / "made", made)


def test_there_are_four_at_least():
    assert len(NOTEBOOKS) >= 4


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_opens_with_a_question_draws_a_chart_and_prints_a_sentence(path: Path):
    assert cells(path, "markdown")[0].splitlines()[0].endswith("?")
    code = "\n".join(cells(path, "code"))
    assert "charts." in code
    assert "print(" in code


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_defines_no_logic(path: Path):
    for source in cells(path, "code"):
        assert not any(isinstance(node, LOGIC) for node in ast.walk(ast.parse(source)))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path: Path, run_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """The cells run as a program: quicker than a kernel, and nbval runs them in one."""
    monkeypatch.setenv("GAPKIT_RUN", str(run_folder))
    names: dict[str, Any] = {}
    for place, source in enumerate(cells(path, "code")):
        exec(compile(source, f"{path.name}, code cell {place + 1}", "exec"), names)
    assert "Run made:" in capsys.readouterr().out
