"""Terraform files into declarations."""

from __future__ import annotations

import time

import pytest
from dialect_fixtures import artifact_of, cases, codes, shown

from gapkit.dialects import read_artifact, terraform
from gapkit.models import Declaration

CASES = {case.name: case for case in cases("tf")}


def read(text: str) -> tuple[Declaration, ...]:
    return terraform.read(artifact_of(text, "hcl")).declarations


def value_of(expression: str) -> dict[str, object]:
    """The properties that `x = expression` gives."""
    (one,) = read(f'resource "a_b" "c" {{\n  x = {expression}\n}}\n')
    return {path: value for path, value, _ in one.properties}


@pytest.mark.parametrize("name", CASES)
def test_resources(name: str) -> None:
    case = CASES[name]
    assert terraform.accepts(case.artifact)
    assert shown(terraform.read(case.artifact).declarations, ("resource",)) == case.expected


def test_damage_is_reported_where_it_is() -> None:
    case = next(case for name, case in CASES.items() if name.startswith("broken"))
    reading = terraform.read(case.artifact)
    assert codes(reading) == {"broken_code", "elided_code"}
    lines = case.artifact.text.split("\n")
    elided = [problem.line for problem in reading.problems if problem.code == "elided_code"]
    assert elided
    assert all(line is not None and "..." in lines[line - case.artifact.line_start] for line in elided)


def test_other_blocks() -> None:
    case = next(case for name, case in CASES.items() if name.startswith("blocks"))
    found = {(one.kind, one.type, one.name): one for one in terraform.read(case.artifact).declarations}
    assert [(path, value) for path, value, _ in found["terraform", "terraform", ""].properties] == [
        ("required_version", ">= 1.5"),
        ("backend.s3.bucket", "state"),
    ]
    assert found["local", "local", "name"].properties[0][:2] == ("value", "app-${var.env}")
    assert found["local", "local", "tags"].properties[0][:2] == ("value.Team", "core")
    variable = found["parameter", "list(object({ cidr = string, az = string }))", "subnets"]
    paths = ["default", "validation.condition", "validation.error_message"]
    assert [path for path, _, _ in variable.properties] == paths


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1", {"x": 1}),
        ("-0.5", {"x": -0.5}),
        ("true", {"x": True}),
        ("null", {"x": None}),
        ('"a\\"b\\n"', {"x": 'a"b\n'}),
        ("var.a", {"x": "${var.a}"}),
        ("aws_s3_bucket.b[0].id", {"x": "${aws_s3_bucket.b[0].id}"}),
        ('"${var.a}"', {"x": "${var.a}"}),
        ('"%{ if var.a }y%{ endif }"', {"x": "%{ if var.a }y%{ endif }"}),
        ('"${var.m["k"]}-z"', {"x": '${var.m["k"]}-z'}),
        ('var.m["k"]', {"x": '${var.m["k"]}'}),
        ('var.a == "b" ? 1 : 2', {"x": '${var.a == "b" ? 1 : 2}'}),
        ("[for s in var.l : s.id]", {"x": "${[for s in var.l : s.id]}"}),
        ("[]", {"x": "[]"}),
        ("{}", {"x": "{}"}),
        ('["a", # one\n    "b",\n  ]', {"x[0]": "a", "x[1]": "b"}),
        ("[1, var.b + 1]", {"x[0]": 1, "x[1]": "${var.b + 1}"}),
        ('{ a = 1, "b" : 2 }', {"x.a": 1, "x.b": 2}),
        ('{ "${lookup(m, "k")}-z" = 1 }', {'x.${lookup(m, "k")}-z': 1}),
        ("{\n a = 1\n ...\n b = 2\n}", {"x.a": 1, "x.b": 2}),
        ('{ (var.k) = "v" }', {"x.${var.k}": "v"}),
        ("{\n a = {\n b = [1]\n }\n}", {"x.a.b[0]": 1}),
        ('toset(["a"])', {"x[0]": "a"}),
        ('concat(["a"], var.b)', {"x[0]": "a", "x[1]": "${var.b}"}),
        ("merge(var.a, { b = 1 }, local.c)", {"x": "${local.c}", "x.b": 1}),
        ('jsonencode({ a = "b" })', {"x.a": "b"}),
        ('jsonencode({ a = "b" }).c', {"x": '${jsonencode({ a = "b" }).c}'}),
        ('templatefile("f", {\n a = 1\n})', {"x": '${templatefile("f", {\n a = 1\n})}'}),
        ('<<E\n{"a": [1]}\nE', {"x.a[0]": 1}),
        ("<<-E\n    one\n      two\n  E", {"x": "one\n  two\n"}),
        ('"a // b"', {"x": "a // b"}),
    ],
)  # fmt: skip
def test_expressions(expression: str, expected: dict[str, object]) -> None:
    assert value_of(expression) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('data "aws_ami" "a" { owners = ["self"] }', ("data", "aws_ami", "a")),
        ('module "net" {\n  source = "./net"\n}', ("module", "./net", "net")),
        ('output "o" {\n  value = 1\n}', ("output", "output", "o")),
        ('provider "aws" {\n  alias = "west"\n}', ("provider", "aws", "west")),
        ("moved {\n  from = a.b\n  to = a.c\n}", ("metadata", "moved", "")),
        ("import {\n  id = 1\n  to = a.b\n}", ("import", "import", "")),
        ('check "up" {\n}', ("rule", "check", "up")),
        ('/* long\n comment */\nresource "a_b" "c" {} // end', ("resource", "a_b", "c")),
        ('resource "a_b" "c"\n{\n}', ("resource", "a_b", "c")),
        ('{"resource": {"a_b": {"c": {"rule": [{"x": 1}]}}}}', ("resource", "a_b", "c")),
    ],
)
def test_kinds(text: str, expected: tuple[str, str, str]) -> None:
    (one,) = read(text)
    assert (one.kind, one.type, one.name) == expected


def test_canonical_type_and_lines() -> None:
    text = '\nresource "aws_s3_bucket" "logs" {\n  bucket = "b"\n\n  versioning {\n    enabled = true\n  }\n}\n'
    (one,) = terraform.read(artifact_of(text, "hcl", line_start=51)).declarations
    assert one.canonical_type == "AWS::S3::Bucket"
    assert (one.line, one.line_end) == (52, 58)
    assert one.properties == (("bucket", "b", 53), ("versioning.enabled", True, 56))


def test_attributes_set_twice_are_kept_and_reported() -> None:
    text = 'resource "a_b" "c" {\n  x = 1\n  y { z = 1 }\n  y { z = 2 }\n  x = 2\n}\n'
    reading = terraform.read(artifact_of(text, "hcl"))
    assert [(path, value) for path, value, _ in reading.declarations[0].properties] == [
        ("x", 1), ("y[0].z", 1), ("y[1].z", 2), ("x", 2),
    ]  # fmt: skip
    assert [(problem.code, problem.line) for problem in reading.problems] == [("duplicate_key", 5)]


def test_variable_files() -> None:
    artifact = artifact_of('region = "eu-west-1"\nsizes = { a = 1 }\n', "hcl", name="prod.tfvars")
    found = [(one.kind, one.type, one.name, one.properties[0].path) for one in read_artifact(artifact).declarations]
    assert found == [("parameter", "tfvars", "region", "value"), ("parameter", "tfvars", "sizes", "value.a")]


def test_a_shell_block_that_is_named_for_a_file_it_touches_is_none() -> None:
    assert not terraform.accepts(
        artifact_of("cp terraform.tfvars.example terraform.tfvars", "bash", name="terraform.tfvars")
    )
    assert terraform.accepts(artifact_of('variable "a" {}', "bash", name="main.tf"))


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("hcl", 'resource "a" "b" {}', True),
        ("", 'variable "a" {\n}', True),
        ("yaml", 'resource "a" "b" {\n}', True),
        ("", "resource groups are {nice}", False),
        ("hcl", "", True),
        ("python", 'resource "a" "b" {}', False),
        ("json", '{"resource": "x"}', False),
    ],
)
def test_accepts(language: str, text: str, expected: bool) -> None:
    assert terraform.accepts(artifact_of(text, language)) is expected


@pytest.mark.parametrize(
    "text",
    [
        'resource "a" "b" {\n' + "x {\n" * 50_000,
        'resource "a" "b" {\n x = ' + "[" * 100_000,
        'resource "a" "b" {\n x = ' + "{a=" * 50_000,
        'resource "a" "b" {\n x = ' + "f(" * 50_000,
        'resource "a" "b" {\n x = ' + '"${' * 50_000,
        'resource "a" "b" {\n' + "x = <<E\n" * 20_000,
        'resource "a" "b" {\n' + "x = [merge({a=[1,\n" * 10_000,
        "/*" * 100_000,
        "a " * 100_000,
        "{" * 100_000,
        "}\n" * 50_000,
        'resource "a" "b" {\n x = "' + "\\" * 100_000,
        "x = " + "jsonencode(" * 20_000,
    ],
    ids=range(13),
)
def test_hostile_texts_are_read_quickly(text: str) -> None:
    start = time.perf_counter()
    terraform.accepts(artifact_of(text, "hcl"))
    reading = terraform.read(artifact_of(text, "hcl"))
    assert time.perf_counter() - start < 15
    assert len(reading.problems) < 20


@pytest.mark.parametrize(
    "written",
    [
        "object({ c = string, b = object({ y = list(string), x = number }) })",
        "object({\n  b = object({\n    x = number\n    y = list(string)\n  })\n  c = string\n})",
    ],
)
def test_types_of_objects_are_one_whatever_order_their_attributes_stand_in(written: str) -> None:
    (one,) = read(f'variable "v" {{\n  type = {written}\n}}\n')
    assert one.canonical_type == "object({b = object({x = number, y = list(string)}), c = string})"


def test_a_type_of_many_objects_takes_no_time() -> None:
    attributes = "\n".join(f"    a{n} = object({{}})" for n in range(20_000))
    started = time.perf_counter()
    read(f'variable "v" {{\n  type = object({{\n{attributes}\n  }})\n}}\n')
    assert time.perf_counter() - started < 5
