"""TypeScript and JavaScript front end: tokens, values, statements, and the declarations of readable cases."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from markdown_cases import Case, cases, differences

from gapkit.dialects import typescript
from gapkit.dialects.host import Array, Call, Closure, Definition, Entry, Fallback, Import, Object, Ref, Text
from gapkit.dialects.typescript_tokens import tokens
from gapkit.models import Artifact

CASES = list(cases(Path(__file__).parent / "dialects" / "ts"))


def value_of(code: str) -> object:
    return typescript.parse(f"const x = {code};\n").assignments[0].value


def artifact(text: str, language: str = "typescript", name: str = "") -> Artifact:
    return Artifact("RESPONSE.md", name, language, text, 1, text.count("\n") + 1)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cases(case: Case) -> None:
    assert differences(case, typescript.read(case.artifact).declarations) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("5", 5),
        ("-1.5", -1.5),
        ("1_000", 1000),
        ("0x1F", 31),
        ("60 * 60 * 24", 86_400),
        ("true", True),
        ("undefined as any", None),
        ("'plain'", "plain"),
        (r"'a\tb\'c é'", "a\tb'c é"),
        ("`one line`", "one line"),
        ("`a-${b.c}`", Text("a-${b.c}")),
        ("`${on ? `x-${y}` : ''}/${z}`", Text("${on ? `x-${y}` : ''}/${z}")),
        (r"\`a-\${b}\`", Text("a-${b}")),
        ("'a-' + env + '-' + n", Text("a-${env}-${n}")),
        ("table.arn", Ref("table.arn")),
        ("table!.arn as string", Ref("table!.arn")),
        ("<string>name", Ref("name")),
        ("zones[0]", Ref("zones[0]")),
        ("!open", Ref("!open")),
        ("a > b", Ref("a > b")),
        ("a >= b", Ref("a >= b")),
        ("a ?? 'dev'", Fallback(Ref("a"), "dev")),
        ("process.env.X || 'dev'", Fallback(Ref("process.env.X"), "dev")),
        ("prod ? 3 : { a: 1 }", Ref("prod ? 3 : {a : 1}", (Object((Entry("a", 1, 1),), 1),))),
        ("[1, ...more]", Array((1, Ref("...more")), 1)),
        ("{ a, 'b-c': 2, [k]: 3, ...d }", Object(
            (Entry("a", Ref("a"), 1), Entry("b-c", 2, 1), Entry("${k}", 3, 1), Entry("...", Ref("d"), 1)), 1)),
        ("v => v.arn", Closure(Ref("v.arn"), 1)),
        ("async (a: string, b = 2): Promise<void> => { return 4; }", Closure(4, 1)),
        ("Duration.minutes(5)", Call("Duration.minutes", (5,), 1, 1)),
        ("new a.B<Map<string, C>>(this, 'id')", Call("a.B", (Ref("this"), "id"), 1, 1, True)),
        ("new Error", Call("Error", (), 1, 1, True)),
        ("get<string>('k')", Call("get", ("k",), 1, 1)),
        ("Tags.of(this).add('k')", Call("add", ("k",), 1, 1, False, Call("Tags.of", (Ref("this"),), 1, 1))),
        ("new B(this).arn", Ref("new B(this).arn", (Call("B", (Ref("this"),), 1, 1, True),))),
        ("await load('f')", Call("load", ("f",), 1, 1)),
        ("pulumi.interpolate`x${y}`", Text("x${y}")),
        ("text.replace(/[\"'`{]/g, '')", Call("text.replace", (Ref("/[\"'`{]/g"), ""), 1, 1)),
        ("total / count / 2", Ref("total / count / 2")),
    ],
)  # fmt: skip
def test_values(code: str, expected: object) -> None:
    assert value_of(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import * as s3 from 'aws-cdk-lib/aws-s3';", [Import("s3", "aws-cdk-lib/aws-s3", "", 1)]),
        ("import App, { Stack as S, type Duration } from 'm'", [
            Import("App", "m", "", 1), Import("S", "m", "Stack", 1), Import("Duration", "m", "Duration", 1)]),
        ("import 'source-map-support/register';", [Import("", "source-map-support/register", "", 1)]),
        ("import cdk = require('aws-cdk-lib');", [Import("cdk", "aws-cdk-lib", "", 1)]),
        ("const { A, B } = require('m');", [Import("A", "m", "A", 1), Import("B", "m", "B", 1)]),
        ("const aws = require('@pulumi/aws')", [Import("aws", "@pulumi/aws", "", 1)]),
    ],
)  # fmt: skip
def test_imports(code: str, expected: list[Import]) -> None:
    assert list(typescript.parse(code).imports) == expected


STATEMENTS = """
export class Net<T extends Props> extends base.Stack implements Named {
  private readonly tags: Record<string, string> = { a: 'b' };
  static of(x: { y: number }): Net<Props> | undefined { return make(x); }
  constructor(private readonly scope: Construct, id: string) {
    super(scope, id);
    if (this.ready()) { this.vpc = new Vpc(this, 'V') } else { drop(1); }
    for (const zone of zones()) add(zone);
    try { risky() } catch (error) { log(error) }
  }
}
interface Props { run(): void; size?: number }
type Pick = { a: string } | (() => void);
enum Size { Small = 'small' }
export const handler = async (event: any) => { await send(event); };
export function build(name = 'x'): void { const inner = compute(name), other = 2; }
label: while (go()) { break label; }
"""


def test_statements_are_flattened() -> None:
    program = typescript.parse(STATEMENTS)
    assert {each.name for each in program.calls} == {
        "make", "super", "this.ready", "drop", "add", "risky", "log", "send", "go",
    }  # fmt: skip
    assert [(each.target, each.exported) for each in program.assignments] == [
        ("tags", False), ("vpc", False), ("zone", False), ("handler", True), ("inner", False), ("other", False),
    ]  # fmt: skip
    assert program.definitions == (
        Definition("class", "Net", 2, 11, ("base.Stack",)),
        Definition("function", "of", 4, 4),
        Definition("function", "constructor", 5, 10),
        Definition("function", "build", 16, 16),
    )
    assert program.broken_lines == ()


@pytest.mark.parametrize(
    ("code", "broken", "elided"),
    [
        ("const a = { b: 1 };\n", (), ()),
        ("#!/usr/bin/env node\nrun();\n", (), ()),
        ("x.y!.z = f()!.g;\nconst r = a.$meta.code;\n", (), ()),
        ("export * from './a';\nexport { b } from './b';\nexport default c;\n", (), ()),
        ("foo({ a: 1,\n", (1,), ()),
        ("foo(1));\nbar();\n", (1,), ()),
        ("const a = {\n  b: 1\n  c: 2,\n};\n", (3,), ()),
        ("run the thing\n", (1,), ()),
        ("const a = { ... };\n", (), (1,)),
        ("new X(this, 'x', {\n  // ... existing props\n  y: 1,\n});\n", (), (2,)),
        ("new X(...);\nnew Y(...args);\n", (), (1,)),
    ],
)
def test_broken_and_elided_lines(code: str, broken: tuple[int, ...], elided: tuple[int, ...]) -> None:
    program = typescript.parse(code)
    assert (program.broken_lines, program.elided_lines) == (broken, elided)


def test_lines_count_through_comments_strings_and_templates() -> None:
    source = tokens("/* a\nb */ one // two\n`x\n${y}\n` three\n'never\nfour")
    lines = dict(zip(source.texts, source.lines, strict=True))
    assert [lines[word] for word in ("one", "three", "four")] == [2, 5, 7]


def test_problems_give_the_line_of_the_document() -> None:
    broken = Artifact("RESPONSE.md", "app.ts", "ts", "const a = {\n  // ... rest unchanged\n", 41, 42)
    problems = typescript.read(broken).problems
    assert [(each.code, each.line) for each in problems] == [("broken_code", 41), ("elided_code", 42)]
    assert all(each.stage == "facts" and "app.ts" in each.message for each in problems)


@pytest.mark.parametrize(
    ("language", "name", "text", "accepted"),
    [
        ("typescript", "", "", True),
        ("js", "", "", True),
        ("", "lib/stack.ts", "", True),
        ("", "", "import * as cdk from 'aws-cdk-lib';", True),
        ("", "", "const x = require('y');", True),
        ("", "", "import boto3\n", False),
        ("json", "", "{}", False),
        ("python", "", "from a import b", False),
    ],
)
def test_accepts(language: str, name: str, text: str, accepted: bool) -> None:
    assert typescript.accepts(artifact(text, language, name)) is accepted


HOSTILE = {
    "open brackets": "(" * 60_000,
    "crossed brackets": "[(" * 30_000 + "}" * 30_000,
    "open templates": "`${" * 50_000,
    "open quotes in holes": "`${'{" * 40_000,
    "open comments": "/*" * 50_000,
    "open regular expressions": "=/[a" * 30_000,
    "signs": "x=" + "!" * 50_000,
    "alternatives": "x=" + "a||" * 50_000 + "1",
    "concatenation": "x=" + "'a'+" * 50_000 + "'b'",
    "chain": "f()" + ".a()" * 50_000,
    "arrows": "a=>" * 30_000,
    "nested functions": "f(function(){" * 5_000,
    "nested classes": "class A{" * 20_000,
    "angles": "a<" * 80_000,
    "questions": "a?b:" * 30_000,
    "nested objects": "const x={" + "a:{" * 50_000,
    "imports": "import " * 50_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_input_ends_soon(text: str) -> None:
    start = time.perf_counter()
    typescript.read(artifact(text))
    assert time.perf_counter() - start < 15
