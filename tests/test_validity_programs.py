"""What languages and class libraries refuse in the program around the resources."""

from __future__ import annotations

import pytest
from sides import fenced, sample_of

from gapkit.dialects import read_artifact
from gapkit.models import Artifact
from gapkit.pipeline import assess
from gapkit.validity import invalid_facts

GO = """package main

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

func NewShop(scope constructs.Construct) awscdk.Stack {
	stack := awscdk.NewStack(scope, jsii.String("Shop"), nil)
	orders := awssqs.NewQueue(stack, jsii.String("Orders"), nil)
	fmt.Println(*orders.QueueName())
	return stack
}
"""
PYTHON = """import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs


class {base}:
    def __init__(self, scope, id, *, home, **kwargs):
        super().__init__(scope, id, **kwargs)
        self.{name} = home
        self.orders = sqs.Queue(self, "Orders")


class Settings:
    def __init__(self, home):
        self.region = home
"""
HEAD = """AWSTemplateFormatVersion: '2010-09-09'
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Code:
        ZipFile: |
          """


def told(text: str, language: str) -> list[tuple[str, str, int]]:
    artifact = Artifact("answer.md", "", language, text, 1, text.count("\n") + 1)
    reading = read_artifact(artifact)
    found = invalid_facts(reading.declarations, reading.problems, reading.misuses, (artifact,))
    return [(f.code, f.message.split()[-6] if f.code == "unused_name" else f.property_path, f.line) for f in found]


def test_go_uses_what_it_names() -> None:
    assert told(GO, "go") == []


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("	fmt.Println(*orders.QueueName())\n", "	// fmt.Println(*orders.QueueName())\n", "fmt orders"),
        ('	"fmt"\n', '	"fmt"\n	"os"\n', "os"),
        ('	"fmt"\n', '	"fmt"\n	files "os"\n', "files"),
        ('	"fmt"\n', '	"fmt"\n	_ "os"\n', ""),
        ('	"fmt"\n', '	"fmt"\n	"example.org/shop/some-files"\n', ""),
        ("	return stack\n", '	note := "note"\n	return stack\n', "note"),
        ("	return stack\n", "	var note string\n	return stack\n", "note"),
        ("	return stack\n", "	_, note := names()\n	return stack\n", "note"),
        ("	return stack\n", "	// ... the rest of the stack\n	note := 1\n	return stack\n", ""),
    ],
)
def test_go_compiles_nothing_unused(old: str, new: str, name: str) -> None:
    text = GO.replace(old, new)
    assert text != GO
    assert sorted(word for _, word, _ in told(text, "go")) == sorted(name.split())


def test_a_resource_that_nothing_uses_bears_the_fault() -> None:
    text = GO.replace("	fmt.Println(*orders.QueueName())\n", "").replace('	"fmt"\n\n', "")
    found = assess(sample_of("Make a queue.", fenced(text, "go"), fenced(GO, "go")))
    assert [(g.resource_name, g.severity) for g in found.gaps if g.kind == "invalid"] == [("Orders", "critical")]


@pytest.mark.parametrize(
    ("base", "name", "expected"),
    [
        ("Shop(cdk.Stack)", "region", ["region"]),
        ("Shop(Named, cdk.NestedStack)", "environment", ["environment"]),
        ("Shop(cdk.Stack)", "home_region", []),
        ("Shop(Construct)", "region", []),
        ("Shop(cdk.StackProps)", "region", []),
    ],
)
def test_a_stack_keeps_some_attributes(base: str, name: str, expected: list[str]) -> None:
    found = told(PYTHON.format(base=base, name=name), "python")
    assert [path for code, path, _ in found if code == "kept_attribute"] == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('settings = {\n    metrics_enabled = true\n  }', ["settings"]),
        ('settings {\n    metrics_enabled = true\n  }', []),
        ('rest_api_id = jsonencode({\n    settings = {\n    }\n  })', []),
    ],
)  # fmt: skip
def test_a_block_is_no_argument(body: str, expected: list[str]) -> None:
    text = f'resource "aws_api_gateway_method_settings" "s" {{\n  stage_name = "{{[("\n  {body}\n}}\n'
    assert [path for code, path, _ in told(text, "hcl") if code == "assigned_block"] == expected


def test_a_map_is_an_argument() -> None:
    text = 'resource "aws_sqs_queue" "q" {\n  tags = {\n    Team = "a"\n  }\n}\n'
    assert told(text, "hcl") == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return context.request_id", 1),
        ("first = context.request_id\n    return context.request_id", 1),
        ("return context.aws_request_id", 0),
        ("return getattr(context, 'request_id')", 0),
        ("context.request_id = 'a'\n    return context.request_id", 0),
        ("return event.context.request_id", 0),
    ],
)
def test_a_handler_asks_its_context_for_what_it_has(body: str, expected: int) -> None:
    text = f"import json\n\n\ndef handler(event: dict, context):\n    {body}\n"
    assert [code for code, *_ in told(text, "python")] == ["handler_attribute"] * expected
    assert not told(text.replace("event: dict", "request"), "python")


def test_the_function_whose_code_asks_bears_the_fault() -> None:
    code = "def handler(event, context):\n          return context.{}\n"
    text = f"{HEAD}{code}"
    ideal = text.format("aws_request_id")
    found = assess(sample_of("Make a function.", fenced(text.format("request_id")), fenced(ideal)))
    gaps = [(g.resource_name, g.severity, g.expected) for g in found.gaps if "context" in g.title]
    assert gaps == [("F", "critical", "aws_request_id")]


def test_javascript_goes_on_without_the_value() -> None:
    text = HEAD + "{}"
    code = "exports.handler = async (event, context) => ({ id: context.requestId });\n"
    found = assess(sample_of("Make a function.", fenced(text.format(code)), fenced("Resources: {}")))
    assert [g.severity for g in found.gaps if "context" in g.title] == ["medium"]
