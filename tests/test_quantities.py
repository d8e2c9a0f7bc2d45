"""Literals of wordings and quantities of values."""

from __future__ import annotations

import pytest

from gapkit.quantities import find_literals, spellings, value_number


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("a function with 3GB of memory", "size", 3 * 2**30),
        ("a 5-minute timeout", "duration", 300),
        ("retain messages 14 days", "duration", 1209600),
        ("CPU above 80%", "percent", 80),
        ("port 443", "number", 443),
        ("two public subnets", "count", 2),
        ("1,000 milliseconds", "duration", 1),
    ],
)
def test_quantities(text: str, kind: str, number: float) -> None:
    assert (kind, number) in {(x.kind, x.number) for x in find_literals(text)}


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("CIDR 10.0.0.0/16", "10.0.0.0/16"),
        ("in us-east-1", "us-east-1"),
        ("t3.micro instances", "t3.micro"),
        ("names include `environmentSuffix`", "environmentSuffix"),
        ("every rate(1 hour)", "rate(1 hour)"),
        ("Python 3.11", "3.11"),
    ],
)
def test_texts(text: str, literal: str) -> None:
    assert literal in {x.text for x in find_literals(text)}


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("We already have a `network.tf` with the variable `zone_count`", ["zone_count"]),
        ("- `network.tf` (already present)", []),
        ("All of it in `queue.tf`, since `network.tf` already exists", ["queue.tf"]),
        ("Write `queue.tf`; the bucket `ledger` already exists", ["queue.tf", "ledger"]),
    ],
)
def test_files_that_are_there_already_are_not_asked_for(text: str, asked: list[str]) -> None:
    assert [x.text for x in find_literals(text)] == asked


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("Duration.minutes(5)", 300),
        ("rate(1 hour)", 3600),
        ("RetentionDays.ONE_WEEK", 604800),
        ("30s", 30),
        ("plain", None),
        ("x" * 5000, None),
    ],
)
def test_value_number(value: str, seconds: float | None) -> None:
    assert value_number(value) == seconds


def test_years_may_have_leap_days() -> None:
    (seven,) = find_literals("kept for 7 years")
    assert {2555, 2557} <= set(spellings(seven))
    (week,) = find_literals("kept for 7 days")
    assert set(spellings(week)) == {604800, 604800000, 10080, 168, 7}


def test_two_counts_in_one_phrase() -> None:
    found = [x for x in find_literals("two public and three private subnets") if x.kind == "count"]
    assert [x.number for x in found] == [2, 3]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a hosted zone in Route 53", "count"),
        ("the latest Amazon Linux 2 image", "count"),
        ("one for each team", "count"),
        ("port 443 from the load balancer", "count"),
        ("retention: 7 days", "number"),
        ("alarms in CloudWatch on the DynamoDB table", "text"),
        ("names follow `{resource-type}-{environmentSuffix}`", "text"),
        ("AWS SDK v3 comes with Node.js 18", "version"),
        ("a template below 51,200 bytes", "count"),
        ("passes `terraform validate` and `cfn-lint`", "text"),
        ("days in a format like '2031-05-17'", "text"),
        ("attributes in snake_case", "text"),
    ],
)
def test_what_is_no_literal(text: str, kind: str) -> None:
    assert not [x for x in find_literals(text) if x.kind == kind and x.text != "environmentSuffix"]


def test_versions_that_may_be_higher() -> None:
    assert [x.kind for x in find_literals("Python 3.9+") if "version" in x.kind] == ["least version"]
    assert [x.kind for x in find_literals("Python 3.9 runtime") if "version" in x.kind] == ["version"]


def test_what_a_pattern_of_names_keeps_fixed() -> None:
    assert {x.text for x in find_literals("named `ledger-{resource}-<suffix>`")} == {"ledger"}
