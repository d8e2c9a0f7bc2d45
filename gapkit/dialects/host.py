"""Host-language calls as data: what the CDK, CDKTF and Pulumi readers hand to the shared module.

A language front end (TypeScript, Python, Java, Go) turns its syntax tree into these records; `constructs.py`
turns them into declarations, whatever the language.
"""

from __future__ import annotations

from typing import NamedTuple

# A value is a scalar literal (str, int, float, bool, None) or one of the records below.


class Ref(NamedTuple):
    """A name or any expression that is not a literal: `table.tableArn`, `a ? b : c`; `text` as written.

    `parts` are the values that stand in it and are worth looking into: the call that a member is taken of
    (`new Bucket(…).bucketArn`), both branches of a condition, the operands of `&&`.  Text is cut at ~200 characters.
    """

    text: str
    parts: tuple[object, ...] = ()


class Text(NamedTuple):
    """A string with holes, already written with `${…}`: a template literal, f-string or concatenation.

    `parts` are the calls that stand in its holes.
    """

    text: str
    parts: tuple[object, ...] = ()


class Fallback(NamedTuple):
    """`props.x ?? 'dev'`, `a or b`, `os.getenv("X", "dev")`: a value, and what is used where it gives nothing."""

    value: object
    default: object


class Closure(NamedTuple):
    """A function literal or lambda given as a value; `result` is what its (last) return gives, None without one.

    Calls made as statements in its body stand in `Program.calls`, like any other.
    """

    result: object
    line: int


class Entry(NamedTuple):
    """One key of an object literal, keyword argument, builder setter or struct field; key `...` is a spread."""

    key: str
    value: object
    line: int


class Keywords(tuple[Entry, ...]):
    """The entries of an Object that Python's keyword arguments make, rather than a dictionary."""

    __slots__ = ()


class Object(NamedTuple):
    entries: tuple[Entry, ...]
    line: int


class Array(NamedTuple):
    items: tuple[object, ...]
    line: int


class Call(NamedTuple):
    """A call: `name` is the dotted callee as written (`lambda.Function`, `bucket.grantRead`, `Duration.minutes`).

    A builder chain (`Bucket.Builder.create(this, "B").versioned(true).build()`) is one Call of `Bucket` whose
    setters are an Object behind the positional arguments.  Keyword arguments are an Object behind them, too.
    A method of a call's result (`lambda.Function(...).addX(...)`) has that call as `receiver` and only what
    follows it as name (`addX`; `Tags.of(this).add("k", "v")` is `add` on a receiver `Tags.of`).
    """

    name: str
    args: tuple[object, ...]
    line: int
    line_end: int
    constructor: bool = False
    receiver: object = None


class Assignment(NamedTuple):
    """`const x = …`, `self.x = …`, `private final Bucket x = …`, `x := …`; target without `this.`/`self.`.

    `exported` is for `export const x = …`.
    """

    target: str
    value: object
    line: int
    exported: bool = False


class Definition(NamedTuple):
    """A function, method or class that the file defines; `bases` are the classes it extends."""

    kind: str
    name: str
    line: int
    line_end: int
    bases: tuple[str, ...] = ()


class Import(NamedTuple):
    """`import * as lambda from 'aws-cdk-lib/aws-lambda'`: name `lambda`, module as written, member or ``."""

    name: str
    module: str
    member: str
    line: int


class Program(NamedTuple):
    """What one host-language file says, each list in source order, function and method bodies flattened into them.

    `calls` are the outermost calls that are not the value of an assignment: statements, returned values, conditions.
    A call that is assigned stands in its Assignment only; a nested one in its call's `args`, `receiver` or a `parts`.
    `broken_lines` are lines that do not parse, `elided_lines` those that say that code was left out
    (`...`, `# rest unchanged`).
    """

    imports: tuple[Import, ...]
    assignments: tuple[Assignment, ...]
    calls: tuple[Call, ...]
    definitions: tuple[Definition, ...]
    broken_lines: tuple[int, ...] = ()
    elided_lines: tuple[int, ...] = ()
