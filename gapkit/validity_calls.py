"""What packages refuse of a program (`Misuse`, from gapkit/dialects/constructs_calls.py and others) as faults.

A misuse belongs to the declaration that it stands in; one that stands in none, such as a policy that a variable holds,
is a fault of its own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from gapkit.models import Declaration, Misuse
from gapkit.types import plain_name
from gapkit.validity_properties import SHORTENED, Fault

_KINDS = frozenset({"resource", "data", "call", "output", "parameter", "provider"})
_SEPARATOR = re.compile(r"[ .]")


def call_faults(
    declarations: Sequence[Declaration], misuses: Iterable[Misuse], known: Iterable[Fault], unread: Sequence[int] = ()
) -> list[Fault]:
    """A fault per misuse in the artifacts of `declarations`, without those that `known` tells already."""
    by_artifact: dict[str, list[Declaration]] = defaultdict(list)
    for declaration in declarations:
        by_artifact[declaration.artifact].append(declaration)
    told = {_told(fault) for fault in known}
    found = []
    for misuse in misuses:
        if misuse.artifact not in by_artifact:
            continue
        if misuse.code == "missing_property" and len(unread) >= SHORTENED:
            continue
        declaration = _home(misuse, by_artifact[misuse.artifact])
        fault = Fault(
            declaration, misuse.path, misuse.line, misuse.code, misuse.message, misuse.expected, misuse.circumstance
        )
        key = _told(fault)
        if key not in told:
            told.add(key)
            found.append(fault)
    return found


def narrowest(declarations: Iterable[Declaration], line: int, kinds: Collection[str]) -> Declaration | None:
    """The shortest declaration of some kinds that a line stands in."""
    around = [d for d in declarations if d.line <= line <= d.line_end and d.kind in kinds]
    return min(around, key=lambda d: d.line_end - d.line, default=None)


def _told(fault: Fault) -> tuple[int, str, str]:
    """What makes two faults one: the line (of the declaration for what is missing), the code and the name.

    The schemas and the readers of programs find some of the same: unknown and missing properties, members, types.
    """
    missing = fault.code == "missing_property"
    name = fault.path if missing or (fault.path and fault.code == "wrong_value_type") else fault.message
    line = fault.declaration.line if missing else fault.line
    return line, fault.code, plain_name(_SEPARATOR.split(name)[-1])


def _home(misuse: Misuse, declarations: Sequence[Declaration]) -> Declaration:
    """The narrowest declaration around a line, else one that takes a value from there, else one made for it."""
    line = misuse.line
    around = narrowest(declarations, line, _KINDS)
    if around is not None:
        return around
    for declaration in declarations:
        if declaration.kind in _KINDS and any(fact.line == line for fact in declaration.properties):
            return declaration
    owner = misuse.owner
    return Declaration("call", owner, "", owner, line, line, (), misuse.artifact, declarations[0].dialect)
