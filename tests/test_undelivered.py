"""Files that a response reads and does not give."""

from __future__ import annotations

import pytest
from sides import sample_of

from gapkit.models import Sample
from gapkit.pipeline import assess, read_sides
from gapkit.undelivered import CODE

HEAD = "import * as lambda from 'aws-cdk-lib/aws-lambda';\n"
READING = (
    HEAD + "new lambda.Function(this, 'F', { handler: 'index.run', code: lambda.Code.fromAsset('lambda/orders') });\n"
)
INLINE = HEAD + "new lambda.Function(this, 'F', { handler: 'index.run', code: lambda.Code.fromInline('x') });\n"
HANDLER = "exports.run = async () => 1;\n"


def stack(code: str, *more: str) -> str:
    return f"**lib/shop-stack.ts**\n\n```typescript\n{code}```\n\n" + "\n".join(more)


def file(name: str, code: str = HANDLER, language: str = "javascript") -> str:
    return f"**{name}**\n\n```{language}\n{code}```\n"


def found(sample: Sample) -> list[tuple[str, str]]:
    return [(each.severity, each.message) for each in read_sides(sample).model.findings if each.code == CODE]


def test_a_folder_that_is_read_and_not_given() -> None:
    message = "the file or folder lambda/orders is read and not in the response"
    assert found(sample_of("Functions.", stack(READING), stack(INLINE))) == [("high", message)]


@pytest.mark.parametrize("name", ["lambda/orders/index.js", "lib/lambda/orders.py", "orders/index.mjs"])
def test_a_folder_that_is_given(name: str) -> None:
    assert not found(sample_of("Functions.", stack(READING, file(name)), stack(INLINE)))


def test_what_the_ideal_leaves_out_is_there_already() -> None:
    sample = sample_of("Functions.", stack(READING), stack(READING))
    assert not found(sample)
    assert not [each for each in read_sides(sample).ideal.findings if each.code == CODE]


def test_code_without_a_name_may_be_the_file() -> None:
    nameless = f"The handler:\n\n```javascript\n{HANDLER}```\n"
    assert not found(sample_of("Functions.", stack(READING, nameless), stack(INLINE)))


@pytest.mark.parametrize(
    "path", ["lambda/dist", "orders.zip", "layers/shared", "${folder}", "/opt/orders", "https://a.b/orders"]
)
def test_what_is_built_computed_or_elsewhere_is_not_expected(path: str) -> None:
    assert not found(sample_of("Functions.", stack(READING.replace("lambda/orders", path)), stack(INLINE)))


def test_modules_of_its_own_that_a_program_imports() -> None:
    importing = "import { Queues } from './queues';\n" + HEAD + "new Queues(this, 'Q');\n" + INLINE.removeprefix(HEAD)
    message = "the file or folder queues is read and not in the response"
    assert found(sample_of("Queues.", stack(importing), stack(INLINE))) == [("critical", message)]
    assert not found(sample_of("Queues.", stack(importing, file("lib/queues.ts")), stack(INLINE)))
    assert not found(sample_of("Queues.", stack(importing + "export class Queues {}\n"), stack(INLINE)))


def test_it_is_a_gap_of_the_function() -> None:
    assessment = assess(sample_of("1. Functions run on Lambda.", stack(READING), stack(INLINE)))
    gap = next(each for each in assessment.gaps if each.kind == "invalid")
    assert (gap.resource_name, gap.property_path, gap.model_line) == ("F", "code", 5)


def test_an_import_is_of_the_dialect_of_its_program() -> None:
    program = (
        "import * as aws from '@pulumi/aws';\nimport { Queues } from './queues';\n"
        "new aws.sqs.Queue('jobs', {});\nnew Queues('all');\n"
    )
    sides = read_sides(
        sample_of("Queues.", stack(program), stack(program.replace("import { Queues } from './queues';\n", "")))
    )
    assert [each.declaration.dialect for each in sides.model.findings if each.code == CODE] == ["pulumi"]
