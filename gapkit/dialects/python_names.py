"""Names that a Python file uses and neither declares nor imports.

The compiler's own symbol tables tell it (as pyflakes does with a syntax tree); they are built only where a name is in
use that the lists of imports, assignments and definitions do not have, for most files have none.
"""

from __future__ import annotations

import builtins
import keyword
import re
import symtable
import warnings
from collections.abc import Iterator

from gapkit.dialects.host import Program

_KNOWN = frozenset(dir(builtins)) | frozenset(keyword.kwlist) | frozenset(keyword.softkwlist) | frozenset(
    "__file__ __path__ __builtins__ __class__ __annotations__ self cls display get_ipython e console process handler".split()
)  # fmt: skip
# All but what names, members, calls, settings and strings are written with becomes a blank.
_KEPT = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.=('\""
_BLANKS = bytes(each if each in _KEPT else 32 for each in range(256))
_USED = re.compile(r"[ =(]([A-Za-z_]\w*+)(?=\.(?!(?:json|py|html|png|csv|txt|md|sh|ya?ml|tf|zip|com|amazonaws|\w*large|micro|small|medium)\b)[A-Za-z_]|\()")
_GIVEN = re.compile(r"[\w(]=([A-Za-z_]\w*+)(?= )")
# Each begins with plain letters, which are searched for many times faster than alternatives.
_BOUND = tuple(
    re.compile(pattern)
    for pattern in (r"def (\w+\([^)]*)\)", r"for ([\w, ()]+?) in ", r" as (\w+)", r"lambda ([\w, ]+):", r"import ([\w., ]+)",
                    r"from ([\w.]+)")
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z_]\w*")


def undeclared(text: str, program: Program) -> Iterator[tuple[str, int]]:
    """Each undeclared name with the lines on which it is used, in order; nothing where the file does not parse."""
    if not _suspected(text, program):
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            table = symtable.symtable(text, "file", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    names = _unbound(table)
    if not names:
        return
    pattern = re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, sorted(names)))})\b(?!\s*=[^=])")
    for number, line in enumerate(text.split("\n"), start=1):
        for found in pattern.finditer(line.partition("#")[0]):
            yield found[0], number


def _suspected(text: str, program: Program) -> set[str]:
    words = " " + " ".join(set(text.encode().translate(_BLANKS).decode("ascii").split())) + " "
    names = {*_USED.findall(words), *_GIVEN.findall(words)} - _KNOWN
    names.difference_update([each.name for each in program.imports])
    names.difference_update([each.target for each in program.assignments])
    names.difference_update([each.name for each in program.definitions])
    if names:
        for pattern in _BOUND:
            names.difference_update(_WORD.findall(" ".join(pattern.findall(text))))
        # Code in a string (a function's, a page's) has names of its own.
        names = {name for name in names if f" {name} = " not in text and f"\n{name} = " not in text}
    return names


def _unbound(module: symtable.SymbolTable) -> set[str]:
    """The names that are global wherever they are used, and bound nowhere."""
    bound: set[str] = set()
    used: set[str] = set()
    waiting = [module]
    while waiting:
        table = waiting.pop()
        waiting.extend(table.get_children())
        for symbol in table.get_symbols():
            name = symbol.get_name()
            if table is module:
                if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
                    bound.add(name)
                elif symbol.is_referenced():
                    used.add(name)
            elif symbol.is_global():
                if symbol.is_assigned():
                    bound.add(name)
                if symbol.is_referenced():
                    used.add(name)
    return used - bound - _KNOWN | ({"self"} & used - bound)
