"""Names that a program uses and neither declares nor imports."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gapkit.dialects import read_artifact
from gapkit.dialects.undeclared import without_declared
from gapkit.models import Artifact
from gapkit.validity import invalid_facts

PY = (
    "from aws_cdk import Stack, aws_cloudwatch as cw, aws_sns as sns\nfrom constructs import Construct\n\n\n"
    "class Alarms(Stack):\n    def __init__(self, scope: Construct, id: str, *, stage: str) -> None:\n"
    "        super().__init__(scope, id)\n"
)
TS = (
    "import * as cdk from 'aws-cdk-lib';\nimport * as sns from 'aws-cdk-lib/aws-sns';\n"
    "import { Construct } from 'constructs';\n\nexport class Alarms extends cdk.Stack {\n"
    "  constructor(scope: Construct, id: string, stage: string) {\n    super(scope, id);\n"
)


def python(body: str, filling: int = 40) -> str:
    topics = "".join(f'        sns.Topic(self, "Topic{number}")\n' for number in range(filling))
    return PY + topics + "".join(f"        {line}\n" for line in body.split("\n"))


def typescript(body: str, filling: int = 40) -> str:
    topics = "".join(f"    new sns.Topic(this, 'Topic{number}');\n" for number in range(filling))
    return f"{TS}{topics}    {body}\n  }}\n}}\n"


def artifact_of(language: str, text: str, name: str = "alarms") -> Artifact:
    return Artifact("answer.md", name, language, text, 1, text.count("\n") + 1)


def undeclared(language: str, text: str, name: str = "alarms") -> list[tuple[str, int]]:
    reading = read_artifact(artifact_of(language, text, name))
    return [(each.owner, each.line) for each in reading.misuses if each.code == "undeclared_name"]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("alarm.add(actions.SnsAction(sns.Topic(self, 'T')))\nalarm = 1", "actions"),
        ("Output(self, 'Stage', value=stage)", "Output"),
        ("sns.Topic(self, 'T', display_name=json.dumps({'stage': stage}))", "json"),
    ],
)
def test_python_names_that_nothing_declares(body: str, name: str) -> None:
    assert undeclared("python", python(body)) == [(name, 48)]


@pytest.mark.parametrize(
    "body",
    [
        "import json\nsns.Topic(self, 'T', display_name=json.dumps({'stage': stage}))",
        "for each in (1, 2):\n    sns.Topic(self, each.name)",
        "with open('a') as read:\n    sns.Topic(self, read.name)",
        "names = [each.title() for each in ('a', 'b')]",
        "add = lambda what: what.name\nadd(self)",
        "try:\n    print()\nexcept ValueError as error:\n    print(error.args)",
        "if (found := self.node.try_get_context('a')):\n    found.strip()",
        "code = '''\nconst a = Tables.of(event.id)\n'''",
        "def later():\n    return helper()\ndef helper():\n    return later()",
        "sns.Topic(self, f'{stage.lower()}')  # see actions.SnsAction(topic)",
        "from helpers import *\nmake(self)",
        "try:\n    unicode('a')\nexcept NameError:\n    pass",
    ],
)
def test_python_names_that_something_declares(body: str) -> None:
    assert undeclared("python", python(body)) == []


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("alarm(new actions.SnsAction(new sns.Topic(this, 'T'))); function alarm(what: object) {}", "actions"),
        ("new CfnOutput(this, 'Stage', { value: stage });", "CfnOutput"),
        ("new sns.Topic(this, 'T', { displayName: settings.name });", "settings"),
    ],
)
def test_typescript_names_that_nothing_declares(body: str, name: str) -> None:
    assert undeclared("typescript", typescript(body)) == [(name, 48)]


@pytest.mark.parametrize(
    "body",
    [
        "new sns.Topic(this, 'T', { displayName: JSON.stringify({ Stage: stage }) });",
        "['a', 'b'].forEach((each, place) => new sns.Topic(this, each.trim() + place.toFixed()));",
        "const { first, second: [third] } = this.node.tryGetContext('a'); first.b(third.c);",
        "for (const each of Object.values({})) { each.toString(); }",
        "try { this.node.id; } catch (error) { console.log(error.message); }",
        "function later<Kind>(what: Kind, ...rest: string[]) { return rest.length ? what : helper.at; } let helper: any;",
        "type Shape = { Size: number }; const shape: Shape = { Size: 1 }; new sns.Topic(this, `${shape.Size}`);",
        "enum Level { High = 'h' } new sns.Topic(this, Level.High);",
        "const code = `exports.handler = async (event) => Tables.of(event.id)`; sns.use(code);",
        "process.env.A ?? Buffer.from('a'); // see actions.SnsAction(topic)",
    ],
)
def test_typescript_names_that_something_declares(body: str) -> None:
    assert undeclared("typescript", typescript(body)) == []


def test_excerpts_broken_and_elided_code_are_left_alone() -> None:
    body = "Output(self, 'Stage', value=stage)"
    assert undeclared("python", python(body, filling=5)) == []
    assert undeclared("python", python(body), name="") == []
    assert undeclared("python", python(body, filling=90), name="") == [("Output", 98)]
    assert undeclared("python", python(body + "\n# ... rest of the code")) == []
    assert undeclared("python", python(body + "\nsns.Topic(self,, 'T')")) == []
    assert undeclared("python", python(body).replace("import", "# import")) == []
    assert undeclared("python", python("one.a()\ntwo.a()\nthree.a()")) == []


def test_what_another_artifact_declares_counts_but_not_what_it_imports() -> None:
    text = python("settings.read(self)\nsns.Topic(self, json.dumps({}))", filling=80)
    found = read_artifact(artifact_of("python", text)).misuses

    def left(other: str) -> list[str]:
        artifacts: Sequence[Artifact] = (artifact_of("python", text), artifact_of("python", other, "other"))
        return [each.owner for each in without_declared(found, artifacts)]

    assert left("import json\n") == ["settings", "json"]
    assert left("import json\nsettings = json.loads('{}')\n") == ["json"]
    assert left("def read(settings): ...\n") == ["json"]


def test_the_fault_belongs_to_the_declaration_that_it_stands_in() -> None:
    text = typescript("new sns.Topic(this, 'Last', { displayName: settings.name });")
    reading = read_artifact(artifact_of("typescript", text))
    (finding,) = invalid_facts(reading.declarations, reading.problems, reading.misuses)
    assert (finding.declaration.name, finding.code, finding.line, finding.severity) == (
        "Last",
        "undeclared_name",
        48,
        "critical",
    )
