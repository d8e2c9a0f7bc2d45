"""Reviewers' claims held against both responses."""

from __future__ import annotations

import time
from typing import cast

import pytest
from sides import fenced, sample_of

from gapkit.claims import ground, measure_claims, read_claim, read_texts
from gapkit.concepts import load_knowledge
from gapkit.coverage import Judge
from gapkit.documents import read_document
from gapkit.failures import read_failures
from gapkit.knowledge import load_yaml
from gapkit.models import DocumentedGap, Source
from gapkit.pipeline import assess, read_sides

IDEAL = """
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Enabled}
      BucketEncryption:
        ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: {SSEAlgorithm: aws:kms}}]
"""
MODEL = """
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: Enabled}
      AccessControl: PublicRead
"""
NOTES = """# Failures

## 1. Missing `BucketEncryption`

The bucket has no `BucketEncryption`.

## 2. Public bucket

The model wrote:

```yaml
AccessControl: PublicRead
```
"""
PROMPT = "## Requirements\n\n- An S3 bucket with versioning\n- Encryption at rest with KMS\n"


def note(text: str, title: str = "t") -> DocumentedGap:
    return DocumentedGap(None, 1, 1, title, "unstated", text=text)


def test_true_claims_are_supported_and_tied_to_gaps() -> None:
    checked = assess(sample_of(PROMPT, fenced(MODEL), fenced(IDEAL), NOTES)).documented_gaps
    assert [c.gap.line for c in checked] == [3, 7]
    assert [c.supported for c in checked] == [True, True]
    assert all(c.reason for c in checked)


def test_without_a_response_nothing_can_be_told() -> None:
    checked = assess(sample_of(PROMPT, "", fenced(IDEAL), NOTES)).documented_gaps
    assert {c.supported for c in checked} == {None}


def test_code_before_and_after_the_fix() -> None:
    claim = read_claim(
        note("Wrong code:\n\n```yaml\nAccessControl: Public\n```\n\nCorrect:\n\n```yaml\nAccessControl: Private\n```\n")
    )
    assert claim.before == ("AccessControl: Public",)
    assert claim.after == ("AccessControl: Private",)


def test_code_before_and_after_the_fix_in_one_block() -> None:
    code = "# Before\nAccessControl: Public\n# Should be\nAccessControl: Private\n"
    claim = read_claim(note(f"```yaml\n{code}```\n"))
    assert claim.before == ("AccessControl: Public",)
    assert claim.after == ("AccessControl: Private",)


def test_a_comment_without_such_a_word_changes_nothing() -> None:
    claim = read_claim(note("Correct:\n\n```yaml\n# the bucket\nAccessControl: Private\n```\n"))
    assert (claim.before, claim.after) == ((), ("AccessControl: Private",))


def test_the_marks_of_a_diff_tell_before_from_after() -> None:
    claim = read_claim(note("```diff\n-AccessControl: Public\n+AccessControl: Private\n```\n"))
    assert claim.before == ("AccessControl: Public",)
    assert claim.after == ("AccessControl: Private",)
    listed = read_claim(note("```yaml\n- AccessControl: Public\n```\n"))
    assert listed.before == ("- AccessControl: Public",)


def measured_of(notes: str) -> dict[str, float]:
    sample = sample_of(PROMPT, fenced(MODEL), fenced(IDEAL), notes)
    judge = Judge.of(read_sides(sample), load_knowledge(None))
    gaps, _ = read_failures(read_document(Source("MODEL_FAILURES.md", notes)))
    return measure_claims(gaps, ground((), judge, fenced(MODEL), fenced(IDEAL)))[0].features


def test_a_fix_that_only_the_ideal_has() -> None:
    lacking = measured_of("# Failures\n\n## 1. Plain bucket\n\n**Fix**: Add bucket encryption with a KMS key.\n")
    served = measured_of("# Failures\n\n## 1. Plain bucket\n\n**Fix**: Set the versioning configuration of it.\n")
    assert lacking["fix_unserved"] > served["fix_unserved"] == 0


def test_new_lines_of_the_fix_and_faulty_lines_that_stand_nowhere() -> None:
    code = "# Before\nOwnershipControls: none\n# After\nVersioningConfiguration: {Status: Enabled}\nSSEAlgorithm: aws:kms\n"
    found = measured_of(f"# Failures\n\n## 1. Wrong bucket\n\nWrong:\n\n```yaml\n{code}```\n")
    assert found["gone_elsewhere"] == 1
    assert found["new_in_model"] == found["new_in_ideal"] == 0.5


@pytest.mark.parametrize(
    ("title", "text", "leads"),
    [
        ("Missing key, wrong bucket", "", "lack"),
        ("Wrong bucket without a key", "", "wrong"),
        ("Using JSON instead of YAML", "", "wrong"),
        ("No lifecycle", "It uses defaults.", "lack"),
        ("Bucket key", "Bucket key The key is not given.", "lack"),
        ("Bucket key", "Bucket key Public reads of it.", ""),
        ("Misnamed bucket", "", "wrong"),
        ("Notable reuse", "", ""),
    ],
)
def test_what_a_claim_says_first(title: str, text: str, leads: str) -> None:
    assert read_claim(note(text, title)).leads == leads


@pytest.mark.parametrize(
    ("text", "generic"),
    [
        ("### Common Mistake\nStages are left out.", True),
        ("Common pitfalls: the stages are left out.", True),
        ("The response leaves stages out, a mistake.", False),
    ],
)
def test_mistakes_that_are_common_are_told_of_no_response(text: str, generic: bool) -> None:
    assert read_claim(note(text)).generic is generic


def test_nothing_is_wrong_in_a_response_without_code() -> None:
    notes = "# Failures\n\n- Missing bucket policy\n- Using JSON instead of YAML\n- Wildcards in policies\n"
    sample = sample_of(PROMPT, "The stack is done and holds a bucket.", fenced(IDEAL), notes)
    checked = assess(sample).documented_gaps
    assert [c.supported for c in checked] == [True, False, False]
    assert all("no code" in c.reason for c in checked[1:])
    prose = "The stack is done, `Wildcards` in all policies."
    quoted = assess(sample_of(PROMPT, prose, fenced(IDEAL), notes.replace("Wildcards", "`Wildcards`"))).documented_gaps
    assert quoted[2].reason != checked[2].reason


def test_notes_of_tests_and_of_what_is_not_there() -> None:
    assert measured_of("# Failures\n\n## 1. Missing unit tests\n\nNothing tests the bucket.\n")["tests_absent"] == 1
    assert measured_of("# Failures\n\n## 1. Missing policy\n\nNo unit test.\n")["tests_absent"] == 0
    wrong = measured_of("# Failures\n\n## 1. Incorrect KMS encryption of the bucket\n\nIt names a foreign key.\n")
    assert wrong["leads_wrong"] == wrong["wrong_absent"] == 1


def test_every_weight_is_measured() -> None:
    found = measured_of(NOTES)
    weights = cast("dict[str, float]", load_yaml("claims.yaml")["weights"])
    assert set(weights) == {"bias", *found}


def test_a_row_of_fences_is_read_in_time() -> None:
    start = time.perf_counter()
    assert not read_claim(note("missing " + "`" * 200_000)).before
    assert time.perf_counter() - start < 5


def test_texts_are_compared_without_blanks_and_case() -> None:
    assert read_texts("Foo :  bar").holds("foo: BAR")


def test_names_of_the_fault_and_of_the_fix_are_told_apart() -> None:
    gap = DocumentedGap(
        None, 1, 1, "Wrong `queueName`", "low", found="`queueName` is in CloudFormation", fix="use `topicName`",
        text="Wrong `queueName`\n**Issue**: `queueName` is in CloudFormation\n**Fix**: use `topicName`",
    )  # fmt: skip
    claim = read_claim(gap)
    assert (claim.issue_names, claim.fix_names) == (("queueName",), ("topicName",))


def test_comments_and_endings_of_code_lines_are_no_part_of_them() -> None:
    claim = read_claim(note("Wrong:\n\n```ts\n// WRONG\nretention: 7,  // too short\n```\n"))
    assert claim.before == ("retention: 7",)
