"""Requirements of which nothing stands in the response: what the wording names, the ideal has and the response has not.

A statistical decision sees words that stand somewhere; this rule sees that none of what was named is there.
"""

from __future__ import annotations

from gapkit.signals import Check, Signals

MOST = 0.75


def nothing_of_it(own: Signals, ideal: Signals, leading: frozenset[str]) -> bool:
    """Whether the response has none of a requirement's capabilities that the ideal has.

    None of those that its title names (`leading`, concept ids), and either no capability at all, nor any literal at a
    place of its own, or not `MOST` of capabilities and literals.
    """
    had = {_key(c): c for c in own.checks}
    wanted = [c for c in ideal.checks if c.kind != "words" and c.share >= 0.5 and _key(c) in had]
    capabilities = [c for c in wanted if c.concept is not None and not c.concept.service]
    literals = [c for c in wanted if c.kind == "literal"]
    if not leading:
        return False
    led = [c for c in wanted if c.concept is not None and c.concept.concept_id in leading]
    if led and all(c.concept is not None and c.concept.violation for c in led):
        return False  # something bad stands somewhere; that says nothing of the rest
    if not led or any(had[_key(c)].share for c in led):
        return False
    none_of_them = bool(capabilities) and not any(had[_key(c)].share for c in capabilities)
    if none_of_them and not any(had[_key(c)].places for c in literals):
        return True
    counted = capabilities + literals
    absent = sum(not had[_key(c)].share for c in counted)
    return bool(counted) and absent >= MOST * len(counted)


def _key(check: Check) -> tuple[str, str, int]:
    return check.kind, check.label, check.part
