"""Go front end: values, statements, and the declarations of readable cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from markdown_cases import Case, cases, differences

from gapkit.dialects import go
from gapkit.dialects.host import Array, Call, Closure, Entry, Import, Object, Ref, Text
from gapkit.models import Artifact

CASES = list(cases(Path(__file__).parent / "dialects" / "go"))
LINE = 3  # of the value in `value_of`


def program_of(statements: str) -> go.Program:
    return go.parse("package a\nfunc b() {\n" + statements + "\n}\n")


def value_of(code: str) -> object:
    return program_of(f"x := {code}").assignments[0].value


def entries(**pairs: object) -> Object:
    return Object(tuple(Entry(key, value, LINE) for key, value in pairs.items()), LINE)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("0x10", 16),
        ("60 * 5", 300),
        ("nil", None),
        ("`raw\\n`", "raw\\n"),
        ('"Größe\\t"', "Größe\t"),
        ('jsii.String("a")', "a"),
        ("jsii.Number(5)", 5),
        ("pulumi.Bool(true)", True),
        ('jsii.Strings("a", "b")', Array(("a", "b"), LINE)),
        ("pulumi.StringArray{a.ID(), b}", Array((Ref("a.ID()"), Ref("b")), LINE)),
        ('pulumi.StringMap{"A": pulumi.String("b")}', entries(A="b")),
        ("&[]*string{}", Array((), LINE)),
        ("&s3.BucketArgs{}", Object((), LINE)),
        ('map[string]interface{}{"a": []string{"b"}}', entries(a=Array(("b",), LINE))),
        ('fmt.Sprintf("%s-%d-%[1]v", env, 5)', Text("${env}-5-${env}")),
        ('"a-" + env', Text("a-${env}")),
        ("awss3.BucketEncryption_S3_MANAGED", Ref("awss3.BucketEncryption.S3_MANAGED")),
        ("awslambda.Runtime_PYTHON_3_12()", Ref("awslambda.Runtime.PYTHON_3_12")),
        ("awscdk.Duration_Minutes(jsii.Number(5))", Call("awscdk.Duration.minutes", (5,), LINE, LINE)),
        ("*props.Env", Ref("props.Env")),
        ("string(text)", Ref("text")),
        ('json.Marshal(map[string]int{"a": 1})', entries(a=1)),
        (
            'awss3.NewBucket(stack, jsii.String("B"), &awss3.BucketProps{Versioned: jsii.Bool(true)})',
            Call("awss3.Bucket", (Ref("stack"), "B", entries(Versioned=True)), LINE, LINE, True),
        ),
        (
            "a.ApplyT(func(v string) (string, error) { return v, nil }).(pulumi.StringOutput)",
            Call("a.ApplyT", (Closure(Ref("v"), LINE),), LINE, LINE),
        ),
    ],
)
def test_value(code: str, expected: object) -> None:
    assert value_of(code) == expected


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("github.com/aws/aws-cdk-go/awscdk/v2", "awscdk"),
        ("github.com/aws/jsii-runtime-go", "jsii"),
        ("github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpc", "vpc"),
        ("github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3", "s3"),
        ("gopkg.in/yaml.v3", "yaml"),
        ("fmt", "fmt"),
    ],
)
def test_package_name(path: str, name: str) -> None:
    assert go.package_name(path) == name


def test_imports_take_aliases() -> None:
    imports = go.parse('package a\nimport (\n\tb "c/d"\n\t. "e"\n)\n').imports
    assert imports == (Import("b", "c/d", "", 3), Import("*", "e", "*", 4))


def test_results_belong_to_the_first_named_target() -> None:
    program = program_of(
        'bucket, err := s3.NewBucket(ctx, "b", nil)\n_, err = s3.NewPolicy(ctx, "p", nil)\na, b := 1, 2'
    )
    assert [each.target for each in program.assignments] == ["bucket", "a", "b"]
    assert [call.name for call in program.calls] == ["s3.Policy"]


def test_bodies_of_function_literals_are_walked() -> None:
    program = program_of("pulumi.Run(func(ctx *pulumi.Context) error {\n k := make(ctx)\n use(k)\n return nil\n})")
    assert [each.target for each in program.assignments] == ["k"]
    assert [call.name for call in program.calls] == ["pulumi.Run", "use"]


def test_a_struct_is_a_class_of_what_it_embeds() -> None:
    program = go.parse("package a\ntype S struct {\n\tawscdk.Stack\n\tname string\n}\nfunc (s *S) M() {}\n")
    assert [(each.kind, each.name, each.bases) for each in program.definitions] == [
        ("class", "S", ("awscdk.Stack",)), ("method", "M", ()),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["{" * 3000, "package a\nvar x = " + "(" * 3000, 'package a\nvar x = "a"' + '+"b"' * 4000, "\0"]
)
def test_hostile_text_is_read(text: str) -> None:
    go.parse(text)


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ('import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"', "", True),
        ('b := awss3.NewBucket(stack, jsii.String("B"), nil)', "", True),
        ('package main\nimport "fmt"', "", False),
        ('import "github.com/aws/jsii-runtime-go"', "stack_test.go", False),
    ],
)
def test_accepts_infrastructure_only(text: str, name: str, expected: bool) -> None:
    assert go.accepts(Artifact("R.md", name, "go", text, 1, 2)) is expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    assert go.accepts(case.artifact)
    assert differences(case, go.read(case.artifact).declarations) == []
