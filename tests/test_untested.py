"""Tests that the ideal tells of and the response does not."""

from __future__ import annotations

import pytest

from gapkit.untested import untested_gaps

SUITE = "\n".join(f"- `test/queue{n}.ts` holds unit tests" for n in range(4))


@pytest.mark.parametrize(
    ("response", "ideal", "told"),
    [
        ("A queue.", f"A queue.\n\n## Tests\n\n{SUITE}\n", True),
        ("A queue.", f"A queue.\n\n{SUITE.upper()}\n", True),
        ("A queue, with unit tests.", f"A queue.\n\n{SUITE}\n", False),
        ("A queue.", "A queue. Its unit tests stand elsewhere, see docs/latest/index.html.", False),
        ("", f"A queue.\n\n{SUITE}\n", False),
    ],
    ids=["a suite", "in capitals", "the response has tests", "a remark", "no response"],
)
def test_only_a_suite_that_the_response_lacks_is_told(response: str, ideal: str, told: bool) -> None:
    assert bool(untested_gaps(response, ideal)) is told


def test_the_gap_names_its_place() -> None:
    (gap,) = untested_gaps("A queue.", f"A queue.\n\n## Tests\n\n{SUITE}\n")
    assert (gap.kind, gap.severity, gap.ideal_line) == ("missing", "medium", 5)
