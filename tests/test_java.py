"""Java front end: values, statements, and the declarations of readable cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from markdown_cases import Case, cases, differences

from gapkit.dialects import java
from gapkit.dialects.host import Array, Call, Closure, Entry, Fallback, Import, Object, Ref, Text
from gapkit.models import Artifact

CASES = list(cases(Path(__file__).parent / "dialects" / "java"))


def program_of(statements: str) -> java.Program:
    return java.parse("class A {\n  void b() {\n" + statements + "\n  }\n}\n")


def value_of(code: str) -> object:
    return program_of(f"var x = {code};").assignments[0].value


LINE = 3  # of the value in `value_of`


def entries(**pairs: object) -> Object:
    return Object(tuple(Entry(key, value, LINE) for key, value in pairs.items()), LINE)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("30L", 30),
        ("-1.5f", -1.5),
        ("60 * 60 * 24", 86_400),
        ("null", None),
        ('"Größe\\n"', "Größe\n"),
        ('"""\n      a\n        b"""', "a\n  b"),
        ('"a-" + env + "/*"', Text("a-${env}/*")),
        ('"arn:" + bucket.getBucketArn()', Text("arn:${bucket.getBucketArn()}")),
        ('String.format("%s-%2$s", a, "b")', Text("${a}-b")),
        ('"%s!".formatted(a.b)', Text("${a.b}!")),
        ("Runtime.PYTHON_3_12", Ref("Runtime.PYTHON_3_12")),
        ("role.arn()", Ref("role.arn()")),
        ("(String) name", Ref("name")),
        ("a ? 1 : 2", Ref("a ? 1 : 2", (1, 2))),
        ('List.of("a", b)', Array(("a", Ref("b")), LINE)),
        ("Arrays.asList(1)", Array((1,), LINE)),
        ("new int[]{1, 2}", Array((1, 2), LINE)),
        ('Map.of("a", 1, "b", 2)', entries(a=1, b=2)),
        ('Map.ofEntries(Map.entry("a", 1))', entries(a=1)),
        ('new HashMap<>(Map.of("a", 1))', entries(a=1)),
        ('new HashMap<String, String>() {{ put("a", "b"); }}', entries(a="b")),
        ('serializeJson(jsonObject(jsonProperty("a", jsonArray(1))))', entries(a=Array((1,), LINE))),
        ('Optional.ofNullable(find("X")).orElse("d")', Fallback(Call("find", ("X",), LINE, LINE), "d")),
        ("a -> a.b(1)", Closure(Call("a.b", (1,), LINE, LINE), LINE)),
        ("Props.builder().versioned(true).rules(1, 2).build()", entries(versioned=True, rules=Array((1, 2), LINE))),
        (
            'Bucket.Builder.create(this, "B").versioned(true).build()',
            Call("Bucket", (Ref("this"), "B", entries(versioned=True)), LINE, LINE, True),
        ),
        (
            'new Bucket("b", BucketArgs.builder().acl("private").build())',
            Call("Bucket", ("b", entries(acl="private")), LINE, LINE, True),
        ),
        ("Duration.days(5)", Call("Duration.days", (5,), LINE, LINE)),
        ("Tags.of(a).add(1)", Call("add", (1,), LINE, LINE, receiver=Call("Tags.of", (Ref("a"),), LINE, LINE))),
        ('arn.applyValue(v -> v + "/*")', Text("${v}/*")),
    ],
)  # fmt: skip
def test_value(code: str, expected: object) -> None:
    assert value_of(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import com.pulumi.aws.s3.Bucket;", Import("Bucket", "com.pulumi.aws.s3", "Bucket", 1)),
        ("import java.util.*;", Import("*", "java.util", "*", 1)),
        ("import static a.B.c;", Import("c", "a.B", "c", 1)),
    ],
)
def test_import(code: str, expected: Import) -> None:
    assert java.parse(code).imports == (expected,)


def test_blocks_of_lambdas_are_walked_and_their_last_return_is_given_once() -> None:
    program = program_of('run(ctx -> { var k = new Key("k"); log(k); return wrap(k); });')
    assert [each.target for each in program.assignments] == ["k"]
    assert [call.name for call in program.calls] == ["run", "log"]
    assert program.calls[0].args == (Closure(Call("wrap", (Ref("k"),), 3, 3), 3),)


def test_fields_constructors_and_bases_are_read() -> None:
    program = java.parse(
        "class A extends Stack implements B {\n  private final int n = 1;\n  A() { super(x); this.m = 2; }\n}\n"
    )
    assert [(each.target, each.value) for each in program.assignments] == [("n", 1), ("m", 2)]
    assert [(call.name, call.args) for call in program.calls] == [("super", (Ref("x"),))]
    assert [(each.kind, each.name, each.bases) for each in program.definitions] == [
        ("class", "A", ("Stack", "B")), ("method", "A", ()),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["{" * 3000, "class A { int a = " + "(" * 3000, 'class A { String a = "x"' + '+"y"' * 4000 + ";}", "\0"]
)
def test_hostile_text_is_read(text: str) -> None:
    java.parse(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import com.pulumi.Pulumi;", True),
        ('Bucket b = Bucket.Builder.create(this, "B").build();', True),
        ("import java.util.List;\nclass A {}", False),
        ("import software.amazon.awscdk.App;\nimport org.junit.jupiter.api.Test;\n", False),
    ],
)
def test_accepts_infrastructure_only(text: str, expected: bool) -> None:
    assert java.accepts(Artifact("R.md", "", "java", text, 1, 2)) is expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    assert java.accepts(case.artifact)
    assert differences(case, java.read(case.artifact).declarations) == []
