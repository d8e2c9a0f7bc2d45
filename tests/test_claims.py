"""Reviewers' claims held against both responses."""

from __future__ import annotations

import time

from sides import fenced, sample_of

from gapkit.claims import read_claim, read_texts
from gapkit.models import DocumentedGap
from gapkit.pipeline import assess

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
