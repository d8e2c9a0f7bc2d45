"""The command line as a user meets it: output, exit status, one clear line for a mistake."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sample_folders import write_corpus, write_sample

from gapkit import cli

FACT_KEYS = [
    *("artifact", "dialect", "kind", "resource_type", "canonical_type", "resource_name"),
    *("property_path", "value", "line"),
]


@dataclass
class Result:
    status: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def gapkit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["gapkit", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        out, err = capsys.readouterr()
        return Result(int(stop.value.code or 0), out, err)

    return run


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    return write_sample(tmp_path / "cfn-yaml" / "queue")


def test_score_then_again(gapkit: Run, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus", 2)
    first = gapkit("score", corpus, "-o", tmp_path / "run", "--workers", 1)
    assert (first.status, first.out) == (0, "")
    assert "2 samples in" in first.err and "(2 scored, 0 reused)" in first.err
    assert (tmp_path / "run" / "requirements.parquet").exists()
    assert "(0 scored, 2 reused)" in gapkit("score", corpus, "-o", tmp_path / "run", "--workers", 1).err


def test_strict_tells_of_problems(gapkit: Run, tmp_path: Path) -> None:
    write_sample(tmp_path / "corpus" / "one", {"lib/IDEAL_RESPONSE.md": None})
    arguments = ("score", tmp_path / "corpus", "-o", tmp_path / "run", "--workers", 1)
    assert gapkit(*arguments).status == 0
    assert gapkit(*arguments, "--strict").status == 1


def test_facts_as_json(gapkit: Run, sample: Path) -> None:
    result = gapkit("facts", sample, "--side", "ideal", "--json")
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert result.status == 0
    assert [list(row) for row in rows] == [FACT_KEYS] * len(rows)
    key = next(row for row in rows if row["property_path"] == "KmsMasterKeyId")
    assert (key["value"], key["canonical_type"], key["resource_name"]) == ("alias/jobs", "AWS::SQS::Queue", "Jobs")
    assert key["line"] == 6


def test_diff_as_json(gapkit: Run, sample: Path) -> None:
    rows = [json.loads(line) for line in gapkit("diff", sample, "--json").out.splitlines()]
    changes = {row["property_path"]: row for row in rows}
    assert changes[""]["change"] == "same"
    assert (changes[""]["ideal_line"], changes[""]["model_line"]) == (3, 3)
    missing = changes["KmsMasterKeyId"]
    assert (missing["change"], missing["ideal_value"], missing["model_value"]) == ("missing", "alias/jobs", None)
    assert (missing["ideal_line"], missing["model_line"]) == (6, None)
    assert set(FACT_KEYS) < set(missing)


@pytest.mark.parametrize("command", ["facts", "diff"])
def test_tables_for_people(gapkit: Run, sample: Path, command: str) -> None:
    lines = gapkit(command, sample).out.splitlines()
    assert lines[0].split()[0] == "artifact"
    assert any("AWS::SQS::Queue" in line for line in lines)


def test_show_and_why(gapkit: Run, sample: Path) -> None:
    shown = gapkit("show", sample)
    assert shown.status == 0
    assert "cfn-yaml/queue" in shown.out and "R01" in shown.out and "R02" in shown.out
    why = gapkit("show", sample, "--why", "r02")
    assert "Encrypt the bucket" in why.out and "Steps" in why.out
    assert "Looked for" in why.out and "AWS::S3::Bucket" in why.out
    (row,) = map(json.loads, gapkit("show", sample, "--why", "R02", "--json").out.splitlines())
    assert row["requirement_id"] == "R02"
    assert len(gapkit("show", sample, "--json").out.splitlines()) == 2


def test_text_of_a_sample_cannot_steer_the_terminal(gapkit: Run, tmp_path: Path) -> None:
    prompt = (
        "1. Create [red]a bucket[/nope] \x1b[2J with a \u202e name.\n2. [link=file:///etc/passwd]Encrypt[/link] it.\n"
    )
    folder = write_sample(tmp_path / "one", {"lib/PROMPT.md": prompt})
    for arguments in (("show", folder), ("show", folder, "--why", "R01")):
        result = gapkit(*arguments)
        assert result.status == 0
        assert "\x1b[2J" not in result.out and "\u202e" not in result.out
        assert "[red]" in result.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["score", "{tmp}/nowhere", "-o", "{tmp}/run"], "nowhere does not exist"),
        (["score", "{tmp}/empty", "-o", "{tmp}/run"], "holds no samples"),
        (["score", "{corpus}"], "--output"),
        (["score", "{corpus}", "-o", "{tmp}/file"], "is a file"),
        (["score", "{corpus}", "-o", "{tmp}/run", "--workers", "0"], "workers"),
        (["score", "{corpus}", "-o", "{tmp}/run", "--engine", "spark"], "spark"),
        (["score", "{corpus}", "-o", "{tmp}/run", "--select", "zzz"], "zzz"),
        (["score", "{corpus}", "-o", "{tmp}/run", "--knowledge", "{tmp}/nowhere"], "nowhere"),
        (["score", "{tmp}/broken.zip", "-o", "{tmp}/run"], "broken.zip"),
        (["show", "{corpus}"], "holds 3 samples"),
        (["show", "{corpus}/cfn-yaml/s00", "--why", "R99"], "R99"),
        (["facts", "{corpus}/cfn-yaml/s00", "--side", "left"], "left"),
        (["diff", "{corpus}/nothing"], "does not exist"),
        (["audit", "{tmp}/nowhere"], "is not a run folder"),
        (["agree", "{tmp}/nowhere", "{tmp}/empty"], "is not a run folder"),
        (["compare", "{tmp}/nowhere", "{tmp}/nowhere"], "is not a run folder"),
        (["knowledge", "check", "{tmp}/nowhere"], "is no folder"),
        (["knowledge", "check", "{tmp}/empty"], "holds no .yaml file"),
        (["show", "{corpus}/cfn-yaml/s00", "--knowledge", "{tmp}/nowhere"], "is no folder"),
        (["frobnicate"], "frobnicate"),
        (["facts"], "CORPUS/SAMPLE"),
    ],
)
def test_a_mistake_is_one_line_and_exit_status_2(gapkit: Run, tmp_path: Path, arguments: list[str], said: str) -> None:
    corpus = write_corpus(tmp_path / "corpus", 3)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    (tmp_path / "broken.zip").write_text("x")
    result = gapkit(*(argument.format(tmp=tmp_path, corpus=corpus) for argument in arguments))
    assert (result.status, result.out) == (2, "")
    (line,) = result.err.splitlines()
    assert line.startswith("gapkit: ") and said in line


def test_columns_are_those_of_the_tables(gapkit: Run) -> None:
    text = gapkit("columns").out
    assert "| completeness | number, nullable |" in text and "**documented_gaps**" in text


def test_help_names_the_commands_quickly_and_imports_nothing_heavy() -> None:
    code = "import sys; sys.argv = ['gapkit', '--help']\nfrom gapkit.cli import main\n"
    code += "try: main()\nfinally: print(*sys.modules)"
    begun = time.perf_counter()
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    took = time.perf_counter() - begun
    for command in ("score", "report", "show", "facts", "diff", "columns"):
        assert f"  {command} " in result.stdout
    imported = set(result.stdout.splitlines()[-1].split())
    assert not imported & {"pandas", "pyarrow", "matplotlib", "tree_sitter", "yaml", "fsspec"}
    assert took < 3  # 0.1 s on an idle machine; the imports above are the real test


def test_python_dash_m() -> None:
    result = subprocess.run([sys.executable, "-m", "gapkit", "columns"], capture_output=True, text=True, check=False)
    assert result.returncode == 0 and "sample_id" in result.stdout


def test_audit_agree_and_compare_a_run(gapkit: Run, tmp_path: Path) -> None:
    corpus, run = write_corpus(tmp_path / "corpus", 2), tmp_path / "run"
    gapkit("score", corpus, "-o", run, "--workers", 1)
    audited = gapkit("audit", run)
    assert audited.status == 0 and "contradicted" in audited.out
    kinds = {json.loads(line)["kind"] for line in gapkit("audit", run, "--json").out.splitlines()}
    assert "note" in kinds
    labels = tmp_path / "labels"
    labels.mkdir()
    asked = {"lines": [1, 1], "status": "missing", "severity": "high", "category": "resilience"}
    (labels / "one.json").write_text(json.dumps({"sample": "archive/cfn-yaml/s00", "requirements": [asked]}))
    agreed = gapkit("agree", run, labels)
    assert agreed.status == 0 and "word overlap" in agreed.out
    figures = json.loads(gapkit("agree", run, labels, "--json").out)
    assert figures["samples"] == 1 and figures["figures"]["requirement recall"][0] == 1.0
    assert gapkit("report", run, "--labels", labels, "-o", tmp_path / "r.html").status == 0
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "How far can these numbers be trusted?" in page and "agreement with people" in page
    rows = [json.loads(line) for line in gapkit("compare", run, run, "--json").out.splitlines()]
    assert rows[0]["platform"] == "all" and rows[0]["difference"] == 0
