"""Host-language calls as data: what the CDK, CDKTF and Pulumi readers hand to the shared module.

A language front end (TypeScript, Python, Java, Go) turns its syntax tree into these records; `constructs.py`
turns them into declarations, whatever the language.
"""

from __future__ import annotations

from typing import NamedTuple


class Ref(NamedTuple):
    """A name or any expression that is not a literal: `table.tableArn`, `a ? b : c`; `text` as written."""

    text: str


class Text(NamedTuple):
    """A string with holes, already written with `${…}`: a template literal, f-string or concatenation."""

    text: str


class Entry(NamedTuple):
    """One key of an object literal, keyword argument, builder setter or struct field; key `...` is a spread."""

    key: str
    value: object
    line: int


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
    A method of a call's result (`lambda.Function(...).addX(...)`) has that call as `receiver`.
    """

    name: str
    args: tuple[object, ...]
    line: int
    line_end: int
    constructor: bool = False
    receiver: object = None


class Assignment(NamedTuple):
    """`const x = …`, `self.x = …`, `private final Bucket x = …`, `x := …`; target without `this.`/`self.`."""

    target: str
    value: object
    line: int


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
    """What one host-language file says, each list in source order; calls are those made as statements or values."""

    imports: tuple[Import, ...]
    assignments: tuple[Assignment, ...]
    calls: tuple[Call, ...]
    definitions: tuple[Definition, ...]
    broken_lines: tuple[int, ...] = ()
