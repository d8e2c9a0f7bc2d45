"""Demands on the form of an answer: comments, one file, several."""

from __future__ import annotations

import pytest

from gapkit.concepts import find_mentions, load_knowledge
from gapkit.dialects import read_artifact
from gapkit.form import form_share
from gapkit.models import Artifact
from gapkit.words import phrase_words

QUEUE = 'resource "aws_sqs_queue" "{}" {{\n  name = "jobs"\n}}\n'


def share(form: str, *files: tuple[str, str]) -> float:
    sources = [Artifact("answer", name, "hcl", code, 1, code.count("\n") + 1) for name, code in files]
    return form_share(form, sources, [d for source in sources for d in read_artifact(source).declarations])


def test_one_file() -> None:
    assert share("one-file", ("main.tf", QUEUE.format("a"))) == 1.0
    assert share("one-file", ("main.tf", QUEUE.format("a")), ("more.tf", QUEUE.format("b"))) == 0.5
    assert share("one-file", ("", QUEUE.format("a")), ("", QUEUE.format("b"))) == 1.0, "pieces may belong together"
    assert share("one-file", ("main.tf", QUEUE.format("a")), ("provider.tf", 'provider "aws" {}')) == 1.0


def test_several_files() -> None:
    assert share("files", ("main.tf", QUEUE.format("a")), ("provider.tf", 'provider "aws" {}')) == 1.0
    assert share("files", ("main.tf", QUEUE.format("a"))) == 0.0


@pytest.mark.parametrize("mark", ["# why", "// why", "/* why */", "  # why"])
def test_comments(mark: str) -> None:
    assert share("comments", ("main.tf", f"{mark}\n" * 3 + QUEUE.format("a"))) == 1.0
    assert share("comments", ("main.tf", QUEUE.format("a"))) == 0.0


@pytest.mark.parametrize(
    ("wording", "ids"),
    [
        ("Explain your choices in inline comments", {"commented-code"}),
        ("No explanations, no comments, only code", set()),
        ("Deliver a single Terraform file (no provider or backend blocks)", {"one-file", "no-provider-block"}),
        ("Start with the provider block", set()),
        ("Put everything in two files", {"several-files"}),
        ("one file per environment", set()),
    ],
)
def test_wordings(wording: str, ids: set[str]) -> None:
    of_form = {"commented-code", "one-file", "several-files", "no-provider-block"}
    found = {m.concept.concept_id for m in find_mentions(phrase_words(wording), load_knowledge())}
    assert found & of_form == ids
