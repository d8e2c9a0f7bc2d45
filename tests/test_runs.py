"""A run survives what happens to it, and its tables do not depend on how the work was done."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import scoring_doubles as doubles
from sample_folders import write_corpus, write_sample

from gapkit import journal, runs
from gapkit.models import GapkitError
from gapkit.runs import RunResult, score
from gapkit.tables import SCHEMAS

TABLES = tuple(SCHEMAS)


def tables_of(folder: Path) -> dict[str, pd.DataFrame]:
    tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in TABLES}
    tables["samples"] = tables["samples"].drop(columns="seconds")
    return tables


def assert_same_tables(one: Path, other: Path) -> None:
    for name, table in tables_of(one).items():
        pd.testing.assert_frame_equal(table, tables_of(other)[name])
    for name in TABLES[1:]:
        assert (one / f"{name}.parquet").read_bytes() == (other / f"{name}.parquet").read_bytes(), name


def problems_of(folder: Path) -> list[tuple[str, str]]:
    problems = pd.read_parquet(folder / "problems.parquet")
    return list(zip(problems["sample_id"], problems["code"], strict=True))


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `doubles.quick` notes each sample that it scores."""
    folder = tmp_path / "count"
    folder.mkdir()
    monkeypatch.setenv("COUNT_FOLDER", str(folder))
    return folder / "scored"


def scored(counted: Path) -> list[str]:
    found = sorted(counted.read_text().split()) if counted.exists() else []
    counted.unlink(missing_ok=True)
    return found


def test_a_run_folder_and_its_facts(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", 5)
    result = score(corpus, tmp_path / "run", workers=2, assess=doubles.quick)
    assert result == RunResult(tmp_path / "run", samples=5, scored=5, reused=0, problems=0)
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == sorted(
        ["run.json", *(f"{name}.parquet" for name in TABLES)]
    )
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    assert facts["counts"] == {
        "samples": 5,
        "requirements": 10,
        "gaps": 10,
        "documented_gaps": 0,
        "problems": 0,
        "scored": 5,
        "reused": 0,
    }
    assert {"gapkit", "knowledge", "options", "corpus", "corpus_fingerprint", "started", "finished"} <= facts.keys()
    samples = tables_of(tmp_path / "run")["samples"]
    assert list(samples["sample_id"]) == [f"cfn-yaml/s{n:02d}" for n in range(5)]


def test_the_number_of_workers_changes_nothing(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", 9)
    for workers in (1, 3):
        score(corpus, tmp_path / f"run{workers}", workers=workers, assess=doubles.quick)
    assert_same_tables(tmp_path / "run1", tmp_path / "run3")


def test_a_second_run_scores_only_what_changed(tmp_path: Path, counted: Path) -> None:
    corpus, run = write_corpus(tmp_path / "corpus", 4), tmp_path / "run"
    score(corpus, run, workers=1, assess=doubles.quick)
    assert len(scored(counted)) == 4
    before = tables_of(run)
    assert score(corpus, run, workers=1, assess=doubles.quick).reused == 4
    assert scored(counted) == []
    for name, table in tables_of(run).items():
        pd.testing.assert_frame_equal(table, before[name])
    write_sample(corpus / "cfn-yaml" / "s02", {"lib/PROMPT.md": "1. Something else.\n"})
    write_sample(corpus / "cfn-yaml" / "s01b")
    result = score(corpus, run, workers=1, assess=doubles.quick)
    assert (result.scored, result.reused) == (2, 3)
    assert scored(counted) == ["cfn-yaml/s01b", "cfn-yaml/s02"]
    score(corpus, tmp_path / "fresh", workers=1, assess=doubles.quick)
    assert_same_tables(run, tmp_path / "fresh")


@pytest.mark.parametrize("changed", ["gapkit", "knowledge", "code"])
def test_other_versions_score_all_again(
    tmp_path: Path, counted: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    corpus = write_corpus(tmp_path / "corpus", 2)
    score(corpus, tmp_path / "run", workers=1, assess=doubles.quick)
    scored(counted)
    versions = {**runs.made_with(doubles.quick), changed: "another"}
    monkeypatch.setattr(runs, "made_with", lambda *_: versions)
    assert score(corpus, tmp_path / "run", workers=1, assess=doubles.quick).reused == 0
    assert len(scored(counted)) == 2


def test_a_defect_costs_one_sample(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", 3)
    score(corpus, tmp_path / "run", workers=1, assess=doubles.fails_on_s01)
    tables = tables_of(tmp_path / "run")
    assert problems_of(tmp_path / "run") == [("cfn-yaml/s01", "internal_error")]
    message = tables["problems"]["message"].iloc[0]
    assert "ZeroDivisionError: a defect (scoring_doubles.py:" in message
    assert len(tables["samples"]) == 3
    assert tables["samples"]["platform"].tolist() == ["cfn"] * 3
    assert tables["requirements"]["sample_id"].nunique() == 2


@pytest.mark.parametrize(
    ("assess", "code"), [(doubles.dies_on_s01, "worker_died"), (doubles.hangs_on_s01, "time_limit")]
)
def test_a_worker_that_is_lost_costs_one_sample(tmp_path: Path, assess: runs.Assess, code: str) -> None:
    corpus = write_corpus(tmp_path / "corpus", 40)
    result = score(corpus, tmp_path / "run", workers=2, time_limit=1.0, assess=assess)
    assert problems_of(tmp_path / "run") == [("cfn-yaml/s01", code)]
    assert result.samples == len(tables_of(tmp_path / "run")["samples"]) == 40


def test_a_sample_that_was_only_beside_a_killed_process_is_scored(tmp_path: Path, counted: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", 3)
    score(corpus, tmp_path / "run", workers=1, assess=doubles.dies_once)
    assert problems_of(tmp_path / "run") == []
    assert len(tables_of(tmp_path / "run")["requirements"]) == 6


SCRIPT = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs the tests beside others has it ignored
sys.path.insert(0, {tests!r})
import scoring_doubles
from gapkit import runs
from gapkit.runs import score
runs._code_version = lambda: "as in the test"
if __name__ == "__main__":
    score({corpus!r}, {run!r}, workers=2, assess=scoring_doubles.slow)
"""


@pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_was_cut_off_goes_on(
    tmp_path: Path, counted: Path, signal_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "_code_version", lambda: "as in the test")
    corpus, run = write_corpus(tmp_path / "corpus", 40), tmp_path / "run"
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(tests=str(Path(__file__).parent), corpus=str(corpus), run=str(run)))
    process = subprocess.Popen([sys.executable, str(script)], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(list(run.glob(".parts/part-*.zip"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal_)
    process.wait(10)
    done = len(list(run.glob(".parts/part-*.zip")))
    assert done >= 3
    assert not (run / "samples.parquet").exists()
    (run / ".parts" / "part-000000.zip").write_bytes(b"cut off")
    time.sleep(0.3)
    scored(counted)
    result = score(corpus, run, workers=2, assess=doubles.slow)
    assert result.reused >= 2 * (done - 1)
    assert len(scored(counted)) == 40 - result.reused
    score(corpus, tmp_path / "whole", workers=2, assess=doubles.slow)
    assert_same_tables(run, tmp_path / "whole")
    assert not (run / ".parts").exists()


def test_select_keeps_matching_samples(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", 3)
    assert score(corpus, tmp_path / "run", workers=1, select="*/s0[02]", assess=doubles.quick).samples == 2
    with pytest.raises(GapkitError, match=r"No sample of .* matches"):
        score(corpus, tmp_path / "run", select="nothing*", assess=doubles.quick)


def test_what_cannot_be_written_leaves_the_old_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus, run = write_corpus(tmp_path / "corpus", 2), tmp_path / "run"
    score(corpus, run, workers=1, assess=doubles.quick)
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    write_sample(corpus / "cfn-yaml" / "s01", {"lib/PROMPT.md": "changed"})

    def full(file: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device", str(file))

    with monkeypatch.context() as patched:
        patched.setattr(journal, "_write", full)
        with pytest.raises(GapkitError, match="cannot be written: No space left on device"):
            score(corpus, run, workers=1, assess=doubles.quick)
    assert {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()} == before
    assert score(corpus, run, workers=1, assess=doubles.quick).reused == 1


def test_finished_tables_that_were_not_yet_in_place_are_moved(tmp_path: Path) -> None:
    corpus, run = write_corpus(tmp_path / "corpus", 2), tmp_path / "run"
    score(corpus, run, workers=1, assess=doubles.quick)
    ready = run / ".parts" / "ready"
    ready.mkdir(parents=True)
    for name in ("gaps.parquet", "problems.parquet", "run.json"):
        (run / name).replace(ready / name)
    assert score(corpus, run, workers=1, assess=doubles.quick).reused == 2


@pytest.mark.parametrize("damage", [b"", b"PAR1 no more"])
def test_a_damaged_table_is_scored_again(tmp_path: Path, damage: bytes) -> None:
    corpus, run = write_corpus(tmp_path / "corpus", 2), tmp_path / "run"
    score(corpus, run, workers=1, assess=doubles.quick)
    (run / "gaps.parquet").write_bytes(damage)
    assert score(corpus, run, workers=1, assess=doubles.quick).scored == 2


def test_places_that_cannot_be_a_run(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", 1)
    (tmp_path / "file").write_text("x")
    with pytest.raises(GapkitError, match="is a file"):
        score(corpus, tmp_path / "file")
    with pytest.raises(GapkitError, match="cannot be written"):
        score(corpus, tmp_path / "file" / "run")
    with pytest.raises(GapkitError, match="does not exist"):
        score(tmp_path / "nowhere", tmp_path / "run")
    (tmp_path / "empty").mkdir()
    with pytest.raises(GapkitError, match="holds no samples"):
        score(tmp_path / "empty", tmp_path / "run")
    with pytest.raises(GapkitError, match="no engine"):
        score(corpus, tmp_path / "run", engine="spark")
    assert not (tmp_path / "run" / "samples.parquet").exists()


def test_dask_gives_the_same_tables(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="pip install 'gapkit[dask]'")
    corpus = write_corpus(tmp_path / "corpus", 6)
    score(corpus, tmp_path / "local", workers=1, assess=doubles.quick)
    score(corpus, tmp_path / "dask", workers=1, engine="dask", assess=doubles.quick)
    assert_same_tables(tmp_path / "local", tmp_path / "dask")


def test_records_in_any_order_are_reused(tmp_path: Path) -> None:
    rows = [
        {"sample_id": f"s{n}", "prompt": "1. Queue.", "model_response": "x", "ideal_response": "y"} for n in range(3)
    ]
    path, run = tmp_path / "r.jsonl", tmp_path / "run"
    for order in (rows, rows[::-1]):
        path.write_text("\n".join(map(json.dumps, order)))
        result = score(path, run, workers=1, assess=doubles.quick)
    assert result.reused == 3
    assert list(tables_of(run)["samples"]["sample_id"]) == ["s2", "s1", "s0"]
