"""Agreement with labels: the figures hold against scikit-learn, scipy and the script that measures runs."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn import metrics
from synthetic_run import tables, write_run

from gapkit import agreement
from gapkit.label_counts import match_notes, match_requirements, part_of, same_deviation
from gapkit.labels import Deviation, JudgedRequirement, Judgement, Note, read_judgements, read_labels, sample_key
from gapkit.models import GapkitError
from gapkit.run_tables import read_run

SHARED = Path(__file__).parents[2] / "shared"
needs_shared = pytest.mark.skipif(not (SHARED / "evaluate.py").is_file(), reason="../shared/evaluate.py is absent")
STATUSES = ["missing", "partial", "complete"]


def requirement(line: int, status: str, severity: str = "none", category: str = "data", end: int | None = None) -> Any:
    return JudgedRequirement((line, end or line), status, severity, category, 0.9)


# ---------------------------------------------------------------- figures


@pytest.mark.parametrize("seed", range(5))
def test_kappa_and_f1_are_those_of_scikit_learn(seed: int) -> None:
    chance = np.random.default_rng(seed)
    gold, found = chance.choice(3, 60), chance.choice(3, 60)
    counts = np.zeros((4, 5))
    np.add.at(counts, (gold, found), 1)
    kappa = metrics.cohen_kappa_score(gold, found, weights="quadratic")
    assert float(agreement.quadratic_kappa(counts[:3, :3])) == pytest.approx(kappa, abs=1e-12)
    counts[3, 1] += 2  # labelled unverifiable, judged partial
    counts[0, 4] += 3  # not found
    gold, found = np.append(gold, [3, 3, 0, 0, 0]), np.append(found, [1, 1, 4, 4, 4])
    f1 = metrics.f1_score(gold, found, labels=[0, 1, 2], average="macro")
    assert float(agreement.macro_f1(counts, 3)) == pytest.approx(f1, abs=1e-12)


def test_figures_that_cannot_be_told_are_nan() -> None:
    assert np.isnan(agreement.quadratic_kappa(np.zeros((3, 3))))
    only_one = np.diag([0.0, 0.0, 5.0])
    assert np.isnan(agreement.quadratic_kappa(only_one))
    assert np.isnan(agreement.macro_f1(np.zeros((3, 3)), 3))


def test_the_rank_correlation_is_scipys() -> None:
    chance = np.random.default_rng(3)
    gold, found = (
        {
            f"s{n}": Judgement(tuple(requirement(i, s) for i, s in enumerate(chance.choice(STATUSES, 6))))
            for n in range(9)
        }
        for _ in range(2)
    )
    result = agreement.agree(gold, found, resamples=20)
    scores = [
        [np.mean([agreement_score(r.status) for r in side[key].requirements]) for key in sorted(gold)]
        for side in (gold, found)
    ]
    assert result.value("completeness Spearman") == pytest.approx(stats.spearmanr(*scores).statistic, abs=1e-12)
    assert result.value("completeness MAE") == pytest.approx(np.abs(np.subtract(*scores)).mean(), abs=1e-12)


def agreement_score(status: str) -> float:
    return {"missing": 0.0, "partial": 0.5, "complete": 1.0}[status]


def test_a_perfect_run() -> None:
    gold = {
        name: Judgement(
            (requirement(1, "complete"), requirement(2, "missing", "high"), requirement(3, "partial", "low", "iam")),
            (Deviation("the queue has no key", "AWS::SQS::Queue", "KmsMasterKeyId", "high"),),
            (Note(5, "high", True), Note(9, "low", False)),
        )
        for name in ("a", "b", "c")
    }
    result = agreement.agree(gold, gold, {"a": "cfn", "b": "cfn"}, resamples=50)
    values = result.figures.set_index("figure")["value"]
    assert values.drop(["completeness MAE", "completeness Spearman"]).tolist() == [1.0] * 13
    assert values["completeness MAE"] == 0
    assert (result.samples, result.requirements, result.absent) == (3, 9, 0)
    assert result.by_platform.groupby("platform")["samples"].first().to_dict() == {"cfn": 2, "unknown": 1}
    assert result.by_category.groupby("category")["requirements"].first().to_dict() == {"data": 6, "iam": 3}
    assert result.reliability["judgements"].sum() == 9


def test_what_is_not_found_counts_against_status() -> None:
    gold = {"a": Judgement((requirement(1, "complete"), requirement(9, "complete")))}
    found = {"a": Judgement((requirement(1, "complete"), requirement(30, "missing")))}
    result = agreement.agree(gold, found, resamples=5)
    assert result.value("status accuracy") == 0.5
    assert result.value("requirement recall") == result.value("requirement precision") == 0.5
    assert agreement.agree({**gold, "b": gold["a"]}, found, resamples=5).absent == 1


@needs_shared
@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_numbers_as_the_measuring_script(tmp_path: Path, seed: int) -> None:
    """Made-up labels of a made-up run, intervals included."""
    folder = write_run(tmp_path / "run", made_run(seed))
    labels = write_labels(tmp_path / "labels", folder, seed)
    script: Any = load_script()
    gold, found = script.read_labels(labels), script.read_run(folder)
    keys = sorted(gold)
    expected = script.figures(keys, gold, found)
    chance = np.random.default_rng(0)
    boots = pd.DataFrame([script.figures(list(chance.choice(keys, len(keys))), gold, found) for _ in range(40)])
    result = agreement.agree(read_labels(labels), read_judgements(read_run(folder)), resamples=40)
    table = result.figures.set_index("figure")
    assert list(table.index) == list(expected)
    for name, value in expected.items():
        assert table.loc[name, "value"] == pytest.approx(value, abs=1e-9, nan_ok=True), name
        assert table.loc[name, "low"] == pytest.approx(boots[name].quantile(0.025), abs=1e-9, nan_ok=True), name
        assert table.loc[name, "high"] == pytest.approx(boots[name].quantile(0.975), abs=1e-9, nan_ok=True), name


@needs_shared
def test_the_real_labels_read_and_agree_with_themselves() -> None:
    script: Any = load_script()
    labels = read_labels(SHARED / "labels")
    raw = script.read_labels(SHARED / "labels")
    expected = script.figures(sorted(raw), raw, raw)
    table = agreement.agree(labels, labels, resamples=5).figures.set_index("figure")["value"]
    for name, value in expected.items():
        assert table[name] == pytest.approx(value, abs=1e-9, nan_ok=True), name


def load_script() -> Any:
    spec = importlib.util.spec_from_file_location("evaluate", SHARED / "evaluate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def made_run(seed: int) -> dict[str, pd.DataFrame]:
    made = tables(10, 8, 30, seed)
    made["requirements"]["source"] = "prompt"
    texts = ["resource_type", "canonical_type", "resource_name", "property_path", "expected", "found"]
    made["gaps"][texts] = made["gaps"][texts].fillna("")  # as a run writes them
    return made


def write_labels(folder: Path, run: Path, seed: int) -> Path:
    """Labels like what the run says, moved and changed here and there."""
    folder.mkdir()
    chance = np.random.default_rng(seed)
    found = read_run(run)
    for number, sample_id in enumerate(found.samples["sample_id"]):
        asked = found.requirements[found.requirements["sample_id"] == sample_id]
        gaps = found.gaps[found.gaps["sample_id"] == sample_id]
        notes = found.documented_gaps[found.documented_gaps["sample_id"] == sample_id]
        label = {
            "sample": f"archive/{sample_id}" if number % 2 else sample_id,
            "requirements": [
                {
                    "lines": [row.line_start + int(chance.integers(0, 3)), row.line_end + int(chance.integers(0, 3))],
                    "status": row.status if chance.random() < 0.6 else str(chance.choice([*STATUSES, "unverifiable"])),
                    "severity": str(chance.choice(["high", "low", "critical", row.severity])),
                    "category": row.category if chance.random() < 0.7 else "other",
                }
                for row in asked.itertuples()
            ],
            "deviations": [
                {
                    "what": row.title,
                    "resource": row.resource_type or None,
                    "property": row.property_path,
                    "severity": "high",
                }
                for row in gaps.head(6).itertuples()
            ]
            + [{"what": "no such thing anywhere", "resource": None, "property": None, "severity": "low"}],
            "documented_gaps": [
                {
                    "line": row.line + int(chance.integers(0, 4)),
                    "severity": row.severity,
                    "supported": None if chance.random() < 0.2 else bool(chance.random() < 0.5),
                }
                for row in notes.itertuples()
            ],
        }
        (folder / f"{number}.json").write_text(json.dumps(label))
    return folder


# --------------------------------------------------------------- matching


def test_requirements_match_one_to_one_by_lines() -> None:
    gold = [requirement(1, "complete", end=4), requirement(5, "complete", end=6)]
    found = [requirement(1, "complete", end=6), requirement(5, "complete"), requirement(40, "complete")]
    assert match_requirements(gold, found) == {0: 0, 1: 1}


def test_notes_match_within_two_lines() -> None:
    gold = [Note(5, "high", None), Note(20, "low", None)]
    assert match_notes(gold, [Note(7, "low", None), Note(23, "low", None)]) == {0: 0}


@pytest.mark.parametrize(
    ("found", "same"),
    [
        (Deviation("differs", "AWS::SQS::Queue", "KmsMasterKeyId", None), True),
        (Deviation("differs", "aws_sqs_queue", "kms_master_key_id", None), True),
        (Deviation("differs", "AWS::SNS::Topic", "KmsMasterKeyId", None), False),
        (Deviation("No encryption key on the queue", None, None, None), True),
        (Deviation("unrelated", None, None, None), False),
    ],
)
def test_same_deviation(found: Deviation, same: bool) -> None:
    gold = Deviation("queue lacks its encryption key", "AWS::SQS::Queue", "KmsMasterKeyId", "high")
    assert same_deviation(gold, found) is same


def test_samples_of_the_archive_are_the_same() -> None:
    assert sample_key("archive/cfn-yaml/Pr1/") == sample_key("cfn-yaml/Pr1") == "cfn-yaml/Pr1"


# ------------------------------------------------------------ reliability


def test_reliability_bins_hold_every_judgement_once() -> None:
    judgements = [(c / 100, c % 3 == 0) for c in range(101)]
    table = agreement.reliability(judgements)
    assert table["judgements"].sum() == 101
    last = table.iloc[-1]
    assert (last["from"], last["to"], last["judgements"]) == (0.9, 1.0, 11)
    assert last["right"] == pytest.approx(sum(c % 3 == 0 for c in range(90, 101)) / 11)
    assert table["low"].le(table["right"]).all() and table["high"].ge(table["right"]).all()


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", r"bad\.json:1: no JSON"),
        ('{"requirements": []}', "no 'sample'"),
        ('{"sample": "a", "requirements": [{"lines": [1], "status": "complete"}]}', "not as labels are"),
        ('{"sample": "a", "requirements": [{"status": "complete"}]}', "no 'lines'"),
        ("[]", "not as labels are"),
    ],
)
def test_bad_labels_are_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(GapkitError, match=said):
        read_labels(tmp_path)


def test_no_labels(tmp_path: Path) -> None:
    with pytest.raises(GapkitError, match="holds no labels"):
        read_labels(tmp_path / "nowhere")


def test_labels_of_other_samples() -> None:
    with pytest.raises(GapkitError, match="None of the 1 labelled samples"):
        agreement.agree({"a": Judgement()}, {"b": Judgement()})


def test_an_unknown_status_is_told() -> None:
    with pytest.raises(GapkitError, match="'done' is no status"):
        agreement.agree({"a": Judgement((requirement(1, "done"),))}, {"a": Judgement()})


def test_parts_of_counts_are_views() -> None:
    counts = np.zeros(200)
    part_of(counts, "category")[:] = 1, 2
    assert counts.sum() == 3
