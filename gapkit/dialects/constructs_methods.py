"""Which method calls change a construct, and which only work on plain data."""

from __future__ import annotations

import re

from gapkit.dialects.constructs_names import Names, framework_of_module
from gapkit.dialects.host import Array, Call, Object, Text


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CONFIG_READ = re.compile(
    r"^(?:get|require|Get|Require|Try)_?(?:Secret|Number|Boolean|Bool|Object|Int|Float64|Integer)?"
    r"(?:_?(?:secret|int|float|bool|object|number|boolean))?$"
)
# Methods whose result is assigned but that change the infrastructure all the same.
_CHANGES = re.compile(
    r"^(?:add|grant|allow|attach|auto_?[sS]cale|scale|apply|configure|connect|enable|schedule|create|associate|set|log"
    r"|on|bind|import|use|with|deny|default|expose|register|Add|Grant|Allow|Apply|Set|Scale|Configure)(?![a-z])"
)
# Functions of the program's own that are called to make something.
_MAKES = re.compile(
    r"^_*(?:create|add|make|build|set_?[uU]p|configure|define|provision|apply|attach|deploy|new|enable|tag|register)"
    r"(?![a-z])",
)
# Arguments that say something of their own when a function of the program is called with them.
_TELLING = (str, int, Object, Array, Text)
PLAIN_METHODS = _words(
    """
    __init__ all append apply catch charAt close collect concat copy cwd debug endswith endsWith entries error
    every exec exists exit extend fail filter finally find flat flatMap forEach format freeze from_input
    fromEntries fromStack get getDate getDefault getOrDefault getTime hasOwnProperty includes indexOf info insert
    isArray isPresent items join keys log lower lstrip makedirs map match mkdir orElse output padStart parse pop
    print printf Printf println Println promise push put read reduce remove replace replaceAll resolve rstrip
    secret seek setDate size skip sleep slice some sort splice split Sprintf startswith startsWith stream
    stringify strip substr substring synth Synth test then toFixed toISOString toLowerCase toString toUpperCase
    trim update upper values warn with_suffix write writestr
    """
)
PLAIN_ROOTS = _words(
    """
    Array Buffer console crypto Date datetime expect fmt fs json JSON log logger logging Math Number Object os path
    process Promise re String strings super sys System time uuid
    """
)


def is_change(call: Call, method: str, is_statement: bool, variable: str, names: Names, functions: set[str]) -> bool:
    """Whether a method call changes a construct, rather than working on plain data.

    `functions` are those that the program defines: a call of one of them counts where it makes something out of
    arguments that say something.
    """
    if method in PLAIN_METHODS or not method:
        return False
    name = call.name
    if type(call.receiver) is Call:
        if call.receiver.name == "super":
            return False
    else:
        if call.receiver is not None:
            return False
        root = name.partition(".")[0]
        if name == "super":  # the settings of a stack that its own constructor gives
            return any(type(arg) is Object and any(each.key != "..." for each in arg.entries) for arg in call.args)
        if root in PLAIN_ROOTS:
            return False
        if "." not in name or (root in ("this", "self") and name.count(".") == 1):
            return (
                (is_statement or bool(variable))
                and method in functions
                and _MAKES.match(method) is not None
                and any(type(arg) in _TELLING for arg in call.args)
            )
        imported = names.imports.get(root)
        if imported is not None and not framework_of_module(imported.module):
            return False
    # In Go, where methods have capitals, so have the fields that hold constructs: `stack.Vpc.AddFlowLog`.
    of_class = (
        call.receiver is None and name[: -len(method) - 1].rpartition(".")[2][:1].isupper() and not method[:1].isupper()
    )
    if is_statement and call.args and not of_class:
        return True
    return _CHANGES.match(method) is not None and (is_statement or not of_class)


def is_script_call(call: Call, method: str) -> bool:
    """Whether a plain program's call is worth naming: a client's or a library's, not the language's own."""
    name = call.name
    if "." not in name and type(call.receiver) is not Call:
        return False
    return method not in PLAIN_METHODS and name.partition(".")[0] not in PLAIN_ROOTS
