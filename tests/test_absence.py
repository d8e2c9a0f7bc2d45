"""What none of stands in a response: the rule on made measurements."""

from __future__ import annotations

import pytest

from gapkit.absence import nothing_of_it
from gapkit.concepts import Concept, load_knowledge
from gapkit.signals import Check, Signals

CONCEPTS = load_knowledge().concepts
QUEUE, TRACING, SERVICE = (CONCEPTS[i] for i in ("sqs-dead-letter-queue", "xray-tracing", "service-dashboard"))
LED = frozenset({QUEUE.concept_id, SERVICE.concept_id})


def signals(*shares: tuple[Concept | str, float]) -> Signals:
    checks = [
        Check("literal", what, share, 0.8)
        if isinstance(what, str)
        else Check("concept", what.title, share, 1.0, (), what)
        for what, share in shares
    ]
    return Signals(checks, {})


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param([(QUEUE, 0.0), (TRACING, 0.0), ("14 days", 0.0)], True, id="nothing"),
        pytest.param([(QUEUE, 0.5), (TRACING, 0.0), ("14 days", 0.0)], False, id="half of what leads"),
        pytest.param([(QUEUE, 0.0), (TRACING, 1.0), ("14 days", 0.0), ("30 s", 0.0)], True, id="one of four"),
        pytest.param([(QUEUE, 0.0), (TRACING, 1.0), ("14 days", 1.0)], False, id="two of three"),
    ],
)
def test_what_stands_in_the_response(own: list[tuple[Concept | str, float]], expected: bool) -> None:
    ideal = signals(*((what, 1.0) for what, _ in own))
    assert nothing_of_it(signals(*own), ideal, LED) is expected


def test_what_the_ideal_lacks_too_is_not_told() -> None:
    assert not nothing_of_it(signals((QUEUE, 0.0)), signals((QUEUE, 0.0)), LED)


def test_a_title_that_names_nothing_is_not_told() -> None:
    assert not nothing_of_it(signals((QUEUE, 0.0)), signals((QUEUE, 1.0)), frozenset())
