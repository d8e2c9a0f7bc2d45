"""Python front end: values, statements, and the declarations of readable cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from markdown_cases import Case, cases, differences

from gapkit.dialects import python
from gapkit.dialects.host import Array, Call, Closure, Entry, Fallback, Import, Object, Ref, Text
from gapkit.models import Artifact

CASES = list(cases(Path(__file__).parent / "dialects" / "py"))


def value_of(code: str) -> object:
    return python.parse(f"x = {code}\n").assignments[0].value


def artifact(text: str, language: str = "python", name: str = "") -> Artifact:
    return Artifact("RESPONSE.md", name, language, text, 1, text.count("\n") + 1)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("5", 5),
        ("-1.5", -1.5),
        ("1_000 * 60", 60_000),
        ("True", True),
        ("None", None),
        ("'plain'", "plain"),
        ('"""a\nb"""', "a\nb"),
        (r"'a\tb\'c'", "a\tb'c"),
        (r"r'\d'", r"\d"),
        ("'Größe' 'n'", "Größen"),
        ("table.arn", Ref("table.arn")),
        ("f'{{a}}-{table.name!r:>3}'", Text("{a}-${table.name}")),
        ("f'plain'", "plain"),
        ("'a-' + env + '-' + str(5)", Text("a-${env}-5")),
        ("'%s-%d%%' % (a.b, 3)", Text("${a.b}-3%")),
        ("'%(env)s' % {'env': stage}", Text("${stage}")),
        ("'{}-{1}-{env}'.format(a, b, env='x')", Text("${a}-${b}-x")),
        ("[1, *more]", Array((1, Ref("...more")), 1)),
        ("{'a': 1, **rest}", Object((Entry("a", 1, 1), Entry("...", Ref("rest"), 1)), 1)),
        ("[f'a{i}' for i in range(3)]", Array((Text("a${i}"),), 1)),
        ("a or 'dev'", Fallback(Ref("a"), "dev")),
        ("y if c else 2", Ref("y if c else 2", (Ref("y"), 2))),
        ("lambda v: v.arn", Closure(Ref("v.arn"), 1)),
        ("json.dumps({'a': [1]})", Object((Entry("a", Array((1,), 1), 1),), 1)),
        ("pulumi.Output.concat('arn:', b.arn, '/*')", Text("arn:${b.arn}/*")),
        ("b.arn.apply(lambda arn: f'{arn}/*')", Text("${b.arn}/*")),
        ("Output.all(b.arn, q.url).apply(lambda a: [a[0], f'{a[1]}!'])", Array((Ref("b.arn"), Text("${q.url}!")), 1)),
        ("Output.all(b=b.arn).apply(lambda a: f\"{a['b']}/*\")", Text("${b.arn}/*")),
        ("b.arn.apply(make)", Call("b.arn.apply", (Ref("make"),), 1, 1)),
        ("dict(a=1)", Object((Entry("a", 1, 1),), 1)),
        ("os.getenv('X', 'dev')", Fallback(Call("os.getenv", ("X", "dev"), 1, 1), "dev")),
        (
            "s3.Bucket(self, 'B', versioned=True, **common)",
            Call(
                "s3.Bucket",
                (Ref("self"), "B", Object((Entry("versioned", True, 1), Entry("...", Ref("common"), 1)), 1)),
                1,
                1,
                True,
            ),
        ),
        ("Tags.of(self).add('k')", Call("add", ("k",), 1, 1, receiver=Call("Tags.of", (Ref("self"),), 1, 1))),
    ],
)
def test_value(code: str, expected: object) -> None:
    assert value_of(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import boto3", Import("boto3", "boto3", "", 1)),
        ("import pulumi_aws as aws", Import("aws", "pulumi_aws", "", 1)),
        ("from aws_cdk import aws_lambda as fn", Import("fn", "aws_cdk", "aws_lambda", 1)),
        ("from .stacks import Web", Import("Web", ".stacks", "Web", 1)),
        ("from imports.aws import *", Import("*", "imports.aws", "*", 1)),
    ],
)
def test_import(code: str, expected: Import) -> None:
    assert python.parse(code).imports == (expected,)


def test_targets_lose_self_and_are_paired() -> None:
    program = python.parse("self.a: int = 1\nb, c = 2, 3\nd = e = 4\nf, g = make()\n")
    assert [(each.target, each.value) for each in program.assignments[:-1]] == [
        ("a", 1), ("b", 2), ("c", 3), ("e", 4), ("d", 4),
    ]  # fmt: skip
    assert program.assignments[-1].target == "f, g"


def test_calls_are_the_outermost_that_are_not_assigned() -> None:
    code = "x = a(b())\nif c(d()):\n    e()\nreturn [f(i) for i in j]\nwith g() as h: pass\nk(self, 'S').tags = 1\n"
    assert [call.name for call in python.parse(code).calls] == ["c", "e", "f", "g", "k"]


def test_definitions_tell_methods_from_functions() -> None:
    program = python.parse(
        "class A(Stack, metaclass=M):\n    @p\n    def b(self):\n        def c(): pass\n\ndef d(): pass\n"
    )
    assert [(each.kind, each.name, each.bases) for each in program.definitions] == [
        ("class", "A", ("Stack",)), ("method", "b", ()), ("function", "c", ()), ("function", "d", ()),
    ]  # fmt: skip


def test_lines_span_a_call_and_its_entries() -> None:
    call = python.parse("# é\n\nq = sqs.Queue(\n    self, 'Q',\n    fifo=True,\n)\n").assignments[0].value
    assert isinstance(call, Call)
    assert (call.line, call.line_end, call.args[-1]) == (3, 6, Object((Entry("fifo", True, 5),), 5))


def test_broken_and_elided_lines_are_told() -> None:
    program = python.parse("a = 1\nb = = 2\n# ... rest of the stack unchanged\nc = 3\n# Creating things...\n")
    assert program.broken_lines == (2,)
    assert program.elided_lines == (3,)
    assert {"a", "c"} <= {each.target for each in program.assignments}


@pytest.mark.parametrize(
    "text", ["(" * 5000, "x = " + "[" * 3000 + "]" * 3000, "x = a" + "+ a" * 5000, "f(" * 900, "a = b =\n", "\0\udcff"]
)
def test_hostile_text_is_read(text: str) -> None:
    python.parse(text)


@pytest.mark.parametrize("ending", ["cidr='10.0.0.0", "tags={'a': 1, 'b", "rules=[Rule(", "# and", 'text="""10'])
def test_an_answer_that_was_cut_off_is_read_to_its_end(ending: str) -> None:
    program = python.parse(
        f"class A(Stack):\n    def f(self):\n        self.vpc = ec2.Vpc(\n            self, 'V', {ending}"
    )
    assert [(each.target, type(each.value)) for each in program.assignments] == [("vpc", Call)]
    assert program.broken_lines


@pytest.mark.parametrize(
    ("text", "language", "name", "expected"),
    [
        ("import pulumi\n", "python", "", True),
        ("import pulumi\n", "", "infra/main.py", True),
        ("import pulumi\n", "", "", True),
        ("bucket = s3.Bucket(self, 'B')\n", "python", "", True),
        ("import boto3\n", "python", "", False),
        ("import pulumi\n", "bash", "", False),
        ("import aws_cdk\nimport pytest\n\ndef test_a():\n    pass\n", "python", "", False),
        ("x = lambda_.Function(self, 'F', code='''\nimport json\n''')\n", "python", "", True),
        ("import pulumi\ndef test_secret(arn):\n    pass\n", "python", "", True),
        ("import pulumi\ndef test_a():\n    assert x\n", "python", "", False),
        ("import pytest\nimport aws_cdk\nclass A(cdk.Stack):\n    pass\n", "python", "", True),
        ("import aws_cdk\n", "python", "tests/test_stack.py", False),
    ],
)
def test_accepts_infrastructure_only(text: str, language: str, name: str, expected: bool) -> None:
    assert python.accepts(artifact(text, language, name)) is expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    assert python.accepts(case.artifact)
    assert differences(case, python.read(case.artifact).declarations) == []
