from gapkit.models import SEVERITIES
from gapkit.scales import FAULT_WEIGHT, scaled


def test_a_worse_fault_breaks_more() -> None:
    weights = [FAULT_WEIGHT[severity] for severity in SEVERITIES]
    assert weights[0] == 0.0 and weights[-1] == 1.0 and weights == sorted(set(weights))


def test_counts_grow_up_to_one() -> None:
    for name in ("faults", "unparsed", "lacking", "parts", "length", "several"):
        shares = [scaled(name, count) for count in range(100)]
        assert shares[0] == 0.0 < shares[1] and shares[-1] == 1.0 and shares == sorted(shares)
