"""Identifiers and prose give the same stems."""

from __future__ import annotations

import pytest

from gapkit.words import code_names, identifiers, phrase_words, text_words, token_words, word_set


@pytest.mark.parametrize("token", ["AutoScalingGroup", "auto_scaling_group", "auto-scaling-groups", "ASG"])
def test_spellings_of_one_thing_share_stems(token: str) -> None:
    assert {"auto", "scale"} <= set(token_words(token))


def test_plural_acronyms_stay_whole() -> None:
    assert token_words("ARNs") == token_words("arns")


def test_stop_words_are_left_out_of_words_but_not_of_phrases() -> None:
    assert "no" not in text_words("no public access")
    assert phrase_words("no public access")[0] == "no"


def test_a_long_token_is_passed_over() -> None:
    assert text_words("x" * 10_000) == []
    assert word_set("a" * 10_000 + " queue") == frozenset()


def test_names_take_linear_time() -> None:
    """A name of many capitals once took exponential time."""
    assert identifiers("Ab" + "A" * 5000 + "_x") == []
    assert identifiers("a_" * 2000 + "-") == []


def test_identifiers_and_code_names() -> None:
    text = "The BucketName of bucket_name and bucketName, AWS::S3::Bucket, S3 and a Plain word"
    assert identifiers(text) == ["BucketName", "bucket_name", "bucketName"]
    assert code_names(text) == ["BucketName", "bucket_name", "bucketName", "AWS::S3::Bucket"]
