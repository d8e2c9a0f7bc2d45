"""Concept files are checked, and mistakes told by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from gapkit.concepts import load_knowledge
from gapkit.corpus import read_sample
from gapkit.knowledge_check import check_knowledge, concept_paths
from gapkit.models import GapkitError
from gapkit.pipeline import assess

GOOD = """\
concepts:
  - id: house-queue
    title: House queue
    wordings: [house queue]
    category: resilience
    severity: high
    because: work is lost
    impact: {deployment: none, operational: high}
    harm: Work is lost.
    fix: Add the queue.
    detect:
      - {type: "AWS::SQS::Queue", path: queuename, value: "~^house-"}
    examples:
      - dialect: cloudformation
        fires: |
          Resources:
            Q: {Type: AWS::SQS::Queue, Properties: {QueueName: house-1}}
        near_miss: |
          Resources:
            Q: {Type: AWS::SQS::Queue, Properties: {QueueName: other}}
"""


def check(folder: Path, text: str) -> list[str]:
    (folder / "own.yaml").write_text(text, encoding="utf-8")
    return [complaint.replace(f"{folder}/", "") for complaint in check_knowledge(folder)]


def test_a_good_file(tmp_path: Path) -> None:
    assert check(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("category: resilience", "category: comfort", 5, "it has to be one of monitoring"),
        ("severity: high\n", "severity: severe\n", 6, "severity is 'severe'"),
        ("    harm: Work is lost.\n", "", 2, "lacks harm"),
        ("    title: House queue\n", "", 2, "lacks title"),
        ("wordings: [house queue]", "wordings: house queue", 4, "has to be array, not text"),
        ("wordings: [house queue]", "wordings: [force: true]", 4, "has to be string, not a mapping"),
        ("wordings: [house queue]", "wordings: [of the]", 4, "holds no word"),
        ("    category", "    except: [garden queue]\n    category", 5, "holds none of the wordings"),
        ("id: house-queue", "id: House Queue", 2, "concepts.0.id"),
        ("    fix: Add", "    fixes: Add", 10, "has fixes, which is no key here"),
        ('value: "~^house-"', 'value: "~(house"', 12, "cannot be read"),
        ('value: "~^house-"', 'value: "~(a+)+$"', 12, "repeats what repeats"),
        ('value: "~^house-"', 'where: {tags: "absent ~(a+)+$"}', 12, "repeats what repeats"),
        ('value: "~^house-"', 'unnamed: {path: tags, value: "~(a+)+$"}', 12, "repeats what repeats"),
        ("path: queuename, value", "value", 12, "value needs path beside it"),
        ('value: "~^house-"', 'value: ">=many"', 12, "cannot be read"),
        ("path: queuename, value", "paths: queuename, value", 12, "has paths, which is no key here"),
        ("QueueName: house-1", "QueueName: no-house", 15, "the example `fires` is not detected"),
        ("QueueName: other", "QueueName: house-2", 18, "the example `near_miss` is detected"),
        ("dialect: cloudformation", "dialect: bicep", 14, "cloudformation, terraform"),
        ("concepts:\n", "concepts: [\n", 2, "no YAML"),
        ("    detect:\n      - {type", "    detecting:\n      - {type", 2, "`detect`, `across` or `form`"),
    ],
)
def test_mistakes(tmp_path: Path, old: str, new: str, line: int, said: str) -> None:
    assert old in GOOD
    complaints = check(tmp_path, GOOD.replace(old, new, 1))
    assert any(said in complaint for complaint in complaints), complaints
    places = [int(complaint.split(":")[1]) for complaint in complaints if said in complaint]
    assert places[0] == line, complaints


def test_all_mistakes_are_told_and_files_with_any_are_not_run(tmp_path: Path) -> None:
    text = (
        GOOD.replace("resilience", "comfort").replace("severity: high", "severity: severe").replace("other", "house-2")
    )
    assert len(check(tmp_path, text)) == 2


def test_an_id_that_stands_twice(tmp_path: Path) -> None:
    (tmp_path / "first.yaml").write_text(GOOD, encoding="utf-8")
    (complaint,) = check(tmp_path, GOOD)
    assert complaint == "own.yaml:2: id 'house-queue' stands already in first.yaml:2; give another"


@pytest.mark.parametrize("text", ["", "[]", "null", "concepts: 3", "- a\n- b\n", "\x00", "a: &a [*a]", "{[: 1}"])
def test_what_is_no_concept_file(tmp_path: Path, text: str) -> None:
    assert check(tmp_path, text)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_bytes(b"\xff\xfe\x00bad")
    (complaint,) = check_knowledge(tmp_path)
    assert "cannot be read" in complaint


def test_no_folder_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(GapkitError, match="is no folder"):
        check_knowledge(tmp_path / "nowhere")
    with pytest.raises(GapkitError, match=r"holds no \.yaml file"):
        check_knowledge(tmp_path)


def test_gapkits_own_files_are_as_they_should_be() -> None:
    assert concept_paths()
    assert check_knowledge(examples=False) == []


def test_own_concepts_are_used(tmp_path: Path) -> None:
    knowledge = tmp_path / "knowledge"
    knowledge.mkdir()
    (knowledge / "own.yaml").write_text(GOOD, encoding="utf-8")
    assert "house-queue" in load_knowledge(knowledge).concepts
    sample = tmp_path / "cfn-yaml" / "one"
    (sample / "lib").mkdir(parents=True)
    (sample / "lib" / "PROMPT.md").write_text("1. Create the house queue.\n")
    code = "```yaml\nResources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      QueueName: house-1\n```\n"
    for name in ("MODEL_RESPONSE", "IDEAL_RESPONSE"):
        (sample / "lib" / f"{name}.md").write_text(code)
    (coverage,) = assess(read_sample(str(sample)), knowledge, explaining=True).coverages
    assert any("House queue" in step for step in coverage.chain)
