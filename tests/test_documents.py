"""Blocks and artifacts of markdown documents."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from gapkit.artifacts import artifacts_of_files, find_artifacts
from gapkit.documents import read_document
from gapkit.models import Artifact, Block, Source

CORPUS = Path(__file__).parents[1] / ".." / "shared" / "corpus"
TICKS = "```"


def blocks_of(text: str) -> tuple[Block, ...]:
    return read_document(Source("lib/PROMPT.md", text)).blocks


def artifacts_of(text: str) -> tuple[Artifact, ...]:
    return find_artifacts(Source("lib/MODEL_RESPONSE.md", text))[0]


def outline(text: str) -> list[tuple[str, int, int, int, str | None]]:
    return [(b.kind, b.line_start, b.line_end, b.level, b.number) for b in blocks_of(text)]


# ------------------------------------------------------------------ blocks


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("empty", "", []),
        ("blank lines only", "\n  \n\t\n", []),
        ("heading", "## Rules ##\n", [("heading", 1, 1, 2, None)]),
        ("hash without a blank is text", "#tag\n", [("paragraph", 1, 1, 0, None)]),
        ("hashes without a blank", "##Rules\n###3. Keys\n", [("heading", 1, 1, 2, None), ("heading", 2, 2, 3, None)]),
        (
            "hashes before what is no title",
            "##[section]\n\n##tag\n",
            [("paragraph", 1, 1, 0, None), ("paragraph", 3, 3, 0, None)],
        ),
        (
            "numbered item holds its bullets",
            "1. Queue\n   - keep\n   - drop\n2. Topic\n",
            [("item", 1, 3, 0, "1"), ("item", 2, 2, 1, None), ("item", 3, 3, 1, None), ("item", 4, 4, 0, "2")],
        ),
        (
            "bullet two columns in is nested under a wide number",
            "10. Queue\n  - keep\n",
            [("item", 1, 2, 0, "10"), ("item", 2, 2, 1, None)],
        ),
        (
            "number without a blank",
            "1.Make a queue\n2.Make a topic\n",
            [("item", 1, 1, 0, "1"), ("item", 2, 2, 0, "2")],
        ),
        ("a version is no number", "1.5 or later\n", [("paragraph", 1, 1, 0, None)]),
        ("parenthesis", "3) Queue\n", [("item", 1, 1, 0, "3")]),
        (
            "trailing blank lines are not the item's",
            "- a\n\n\n- b\n",
            [("item", 1, 1, 0, None), ("item", 4, 4, 0, None)],
        ),
        (
            "paragraph of an item",
            "- a\n\n  more\n\nout\n",
            [("item", 1, 3, 0, None), ("paragraph", 3, 3, 1, None), ("paragraph", 5, 5, 0, None)],
        ),
        (
            "heading ends a list",
            "- a\n# H\n- b\n",
            [("item", 1, 1, 0, None), ("heading", 2, 2, 1, None), ("item", 3, 3, 0, None)],
        ),
        (
            "ruler under a paragraph",
            "text\n---\nmore\n",
            [("paragraph", 1, 1, 0, None), ("rule", 2, 2, 0, None), ("paragraph", 3, 3, 0, None)],
        ),
        ("fence hides marks", "~~~\n# no\n- no\n~~~\n- yes\n", [("code", 1, 4, 0, None), ("item", 5, 5, 0, None)]),
        ("open fence runs to the end", "```\n# no\n", [("code", 1, 2, 0, None)]),
        ("quote", "> said\n", [("quote", 1, 1, 0, None)]),
        ("item in a quote", "> - said\n", [("item", 1, 1, 0, None)]),
        ("carriage returns", "# H\r\n\r\n- a\r\n", [("heading", 1, 1, 1, None), ("item", 3, 3, 0, None)]),
    ],
)
def test_blocks(name: str, text: str, expected: list[tuple[str, int, int, int, str | None]]) -> None:
    assert outline(text) == expected


def test_foreign_bullet_is_kept_as_written() -> None:
    (item,) = blocks_of("\t•\tKeep logs\n")
    assert (item.kind, item.marker, item.text) == ("item", "•", "Keep logs")


def test_table_keeps_its_cells() -> None:
    table = blocks_of("| Area | Asked |\n|------|:-----:|\n| Queue | a \\| b |\n\nend\n")[0]
    assert table.kind == "table"
    assert table.rows == (("Area", "Asked"), ("Queue", "a | b"))
    assert (table.line_start, table.line_end) == (1, 3)


def test_text_is_without_markers_and_nested_blocks() -> None:
    item, nested = blocks_of("1. **Queue**\n   holds jobs\n   - nested\n")
    assert (item.text, item.marker) == ("**Queue**\nholds jobs", "1.")
    assert nested.text == "nested"


PLAIN = """# Title

Some text that
runs on.

## Part

1. One
   - a
   - b

     more of b
2. Two

- x
  - y
    - z
- w

```yaml
- no: item
```

| a | b |
|---|---|
| 1 | 2 |

> quoted
"""


def reference(text: str) -> set[tuple[str, int, int]]:
    """Headings, items, tables and code as markdown-it-py sees them."""
    parser = MarkdownIt("commonmark").enable("table").disable(["code", "html_block", "lheading", "reference"])
    parser.core.ruler.enableOnly(["normalize", "block"])
    found, depth = set(), -1
    for token in parser.parse(text):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "heading_open":
            found.add(("heading", line, int(token.tag[1])))
        elif token.type.endswith("_list_open"):
            depth += 1
        elif token.type.endswith("_list_close"):
            depth -= 1
        elif token.type == "list_item_open":
            found.add(("item", line, depth))
        elif token.type == "table_open":
            found.add(("table", line, 0))
        elif token.type == "fence":
            found.add(("code", line, 0))
    return found


def ours(text: str) -> set[tuple[str, int, int]]:
    kinds = ("heading", "item", "table", "code")
    return {
        (b.kind, b.line_start, b.level if b.kind in ("heading", "item") else 0)
        for b in blocks_of(text)
        if b.kind in kinds
    }


def test_scanner_agrees_with_a_markdown_parser() -> None:
    assert ours(PLAIN) == reference(PLAIN)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not at ../shared/corpus")
def test_scanner_agrees_with_a_markdown_parser_on_real_prompts() -> None:
    paths = sorted(CORPUS.glob("*/*/lib/PROMPT.md"))
    texts = [p.read_text("utf-8", "replace").replace("\r\n", "\n") for p in random.Random(5).sample(paths, 60)]
    agree = sum(ours(text) == reference(text) for text in texts)
    assert agree >= 50  # the rest differ on purpose: foreign bullets, `1.Word`, lists nested under wide numbers


# --------------------------------------------------------------- artifacts


def test_fence_gives_text_language_and_lines() -> None:
    (artifact,) = artifacts_of(f"Intro\n\n{TICKS}YAML\na: 1\nb: 2\n{TICKS}\n\nEnd\n")
    assert (artifact.text, artifact.language) == ("a: 1\nb: 2", "yaml")
    assert (artifact.line_start, artifact.line_end) == (4, 5)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("tildes", "~~~ts\nconst a = 1;\n~~~\n", [("ts", 2, 2)]),
        (
            "longer fence holds a shorter one",
            f"`{TICKS}md\n{TICKS}sh\nls\n{TICKS}\n`{TICKS}\n{TICKS}py\nx = 1\n{TICKS}\n",
            [("md", 2, 4), ("py", 7, 7)],
        ),
        (
            "readme with nested blocks, then code",
            f"{TICKS}hcl\na = 1\nb = 1\nc = 1\nd = 1\ne = 1\n{TICKS}\n"
            f"{TICKS}markdown\n# R\n{TICKS}bash\nls\n{TICKS}\ntext\n"
            f"{TICKS}\n\n{TICKS}hcl\nf = 1\n{TICKS}\n",
            [("hcl", 2, 6), ("markdown", 9, 13), ("hcl", 17, 17)],
        ),
        (
            "readme left open does not swallow code",
            f"{TICKS}hcl\na = 1\nb = 1\nc = 1\nd = 1\n{TICKS}\n"
            f"{TICKS}markdown\n# R\ntext\n{TICKS}hcl\nb = 1\n{TICKS}\n",
            [("hcl", 2, 5), ("markdown", 8, 9), ("hcl", 11, 11)],
        ),
        (
            "open block ends before the next heading",
            f"{TICKS}hcl\na = 1\n}}\n\n### Next\n\n{TICKS}hcl\nb = 2\n{TICKS}\n",
            [("hcl", 2, 3), ("hcl", 8, 8)],
        ),
        ("open block at the end", f"text\n{TICKS}py\nx = 1\ny = [\n", [("py", 3, 4)]),
        (
            "closing fence behind the code",
            f"{TICKS}hcl\na {{\n}}{TICKS}\n\nProse here.\n\n{TICKS}hcl\nb = 1\n{TICKS}\n",
            [("hcl", 2, 3), ("hcl", 8, 8)],
        ),
        ("fence in a list", f"1. Do\n   {TICKS}yaml\n   a:\n     b: 1\n   {TICKS}\n", [("yaml", 3, 4)]),
        (
            "fence deep inside code is content",
            f"{TICKS}py\ndoc = '''\n        {TICKS}sh\n        {TICKS}\n'''\n{TICKS}\n",
            [("py", 2, 5)],
        ),
        ("empty block", f"{TICKS}yaml\n{TICKS}\n", []),
        (
            "one answer wrapped in a markdown block",
            f"{TICKS}markdown\n# A\n{TICKS}hcl\na = 1\n{TICKS}\n{TICKS}hcl\nb = 1\n{TICKS}\n{TICKS}\n",
            [("hcl", 4, 4), ("hcl", 7, 7)],
        ),
    ],
)
def test_fences(name: str, text: str, expected: list[tuple[str, int, int]]) -> None:
    assert [(a.language, a.line_start, a.line_end) for a in artifacts_of(text)] == expected


def test_indent_of_a_fence_is_taken_off() -> None:
    (artifact,) = artifacts_of(f"- x\n\n  {TICKS}yaml\n  a:\n    b: 1\n  {TICKS}\n")
    assert artifact.text == "a:\n  b: 1"


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        (
            "cloudformation",
            "# Stack\n\nHere it is.\n\n"
            "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Q:\n    Type: AWS::SQS::Queue\n",
            (5, 8),
        ),
        ("json", '{\n  "Resources": {\n    "Q": {"Type": "AWS::SQS::Queue"}\n  }\n}\n', (1, 5)),
        (
            "terraform with its comment",
            '# main.tf\nresource "aws_sqs_queue" "q" {\n  name = "q"\n}\n\nvariable "x" {}\n',
            (1, 6),
        ),
        (
            "typescript up to a heading",
            "import * as cdk from 'aws-cdk-lib';\n\nconst a = 1;\nconst b = 2;\n\n# Notes\n\nDone.\n",
            (1, 4),
        ),
        ("python", "from aws_cdk import Stack\n\nclass A(Stack):\n    pass\n", (1, 4)),
    ],
)
def test_bare_code(name: str, text: str, lines: tuple[int, int]) -> None:
    assert [(a.line_start, a.line_end) for a in artifacts_of(text)] == [lines]


def test_prose_holds_no_bare_code() -> None:
    text = "We import goods from abroad.\n\nResources are scarce.\n\nTerraform is a tool.\n\nPackage it well.\n"
    assert artifacts_of(text) == ()


@pytest.mark.parametrize(
    ("above", "info", "first_line", "name"),
    [
        ("", 'yaml title="stack.yml"', "a: 1", "stack.yml"),
        ("", "ts lib/stack.ts", "const a = 1;", "lib/stack.ts"),
        ("", "ts:lib/stack.ts", "const a = 1;", "lib/stack.ts"),
        ("", "ts 1:20:lib/stack.ts", "const a = 1;", "lib/stack.ts"),
        ("", "hcl - main.tf", "a = 1", "main.tf"),
        ("### lib/stack.ts", "ts", "const a = 1;", "lib/stack.ts"),
        ("### 1. `main.tf` (resources)", "hcl", "a = 1", "main.tf"),
        ("**File: variables.tf**", "hcl", "a = 1", "variables.tf"),
        ("`lib/app.py`:", "python", "a = 1", "lib/app.py"),
        ("File: cdk.json", "json", "{}", "cdk.json"),
        ("", "hcl", "# lib/main.tf", "lib/main.tf"),
        ("", "ts", "// File: lib/stack.ts", "lib/stack.ts"),
        ("", "html", "<!-- index.html -->", "index.html"),
        ("", "dockerfile", "# docker/Dockerfile", "docker/Dockerfile"),
        ("Change `a.ts` and `b.ts` like this:", "ts", "const a = 1;", ""),
        ("## Deployment", "bash", "npm run deploy", ""),
        ("### lib/old.ts", "ts", "// lib/new.ts", "lib/new.ts"),
    ],
)
def test_file_names(above: str, info: str, first_line: str, name: str) -> None:
    (artifact,) = artifacts_of(f"Text.\n\n{above}\n\n{TICKS}{info}\n{first_line}\nx: 1\n{TICKS}\n")
    assert artifact.name == name


def test_name_above_is_not_taken_from_the_block_before() -> None:
    text = f"### a.tf\n{TICKS}hcl\na = 1\n{TICKS}\n{TICKS}hcl\nb = 1\n{TICKS}\n"
    assert [a.name for a in artifacts_of(text)] == ["a.tf", ""]


def test_open_fence_is_a_problem_with_its_line() -> None:
    _, problems = find_artifacts(Source("lib/MODEL_RESPONSE.md", f"a\n{TICKS}py\nx = 1\n"))
    assert [(p.stage, p.code, p.document, p.line) for p in problems] == [
        ("documents", "unclosed_fence", "lib/MODEL_RESPONSE.md", 2)
    ]


def test_files_become_artifacts() -> None:
    files = [Source("lib/stack.ts", "a\nb\n"), Source("main.tf", "x"), Source("Dockerfile", "FROM a\n")]
    assert [(a.name, a.language, a.line_start, a.line_end) for a in artifacts_of_files(files)] == [
        ("lib/stack.ts", "typescript", 1, 2),
        ("main.tf", "hcl", 1, 1),
        ("Dockerfile", "dockerfile", 1, 1),
    ]


def assert_exact_spans(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    last = 0
    for artifact in artifacts_of(text):
        stands_there = [line.strip() for line in lines[artifact.line_start - 1 : artifact.line_end]]
        if not artifact.text.endswith(TICKS):  # else a fence glued to the code, which is none of it
            stands_there[-1] = stands_there[-1].removesuffix(TICKS)
        assert stands_there == [line.strip() for line in artifact.text.split("\n")]
        assert artifact.line_start > last
        last = artifact.line_end


def test_spans_are_exact_in_random_documents() -> None:
    random_source = random.Random(11)
    pieces = [
        TICKS,
        f"{TICKS}hcl",
        f"{TICKS}markdown",
        f"`{TICKS}",
        f"  {TICKS}yaml",
        "",
        "text here.",
        "# a",
        "a = 1",
        "}",
        "terraform {",
        "{",
        '"a": 1',
        "~~~",
        "- x",
        "\t- y",
        "| a | b |",
        "|--|",
        "**b.tf**",
        "Resources:",
        f"}}{TICKS}",
    ]
    for _ in range(400):
        text = "\n".join(random_source.choices(pieces, k=random_source.randint(1, 40)))
        assert_exact_spans(text)
        count = text.count("\n") + 1
        for block in blocks_of(text):
            assert 1 <= block.line_start <= block.line_end <= count


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not at ../shared/corpus")
def test_spans_are_exact_in_real_answers() -> None:
    for path in random.Random(3).sample(sorted(CORPUS.glob("*/*/lib/*_RESPONSE.md")), 150):
        assert_exact_spans(path.read_text("utf-8", "replace"))


HOSTILE = {
    "one long line": "need vpc " * 60_000,
    "50,000 items": "- item\n" * 50_000,
    "nested lists": "".join("  " * min(depth, 500) + "- a\n" for depth in range(3_000)),
    "backticks": "`" * 500_000,
    "fences": f"{TICKS}\n" * 50_000,
    "open readmes": f"{TICKS}markdown\n{TICKS}bash\n" * 15_000,
    "quotes": "> " * 200_000 + "a",
    "dashes": "- " * 200_000 + "x",
    "pipes": "|-" * 200_000 + "\n" + "|-" * 200_000,
    "control characters": "\x00\x0b\x0c\x1c\u2028" * 50_000,
    "braces": "{\n" * 100_000,
    "paths": f"{TICKS}ts " + "a/b." * 100_000 + f"\nx\n{TICKS}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_in_time(name: str) -> None:
    started = time.process_time()
    read_document(Source("lib/PROMPT.md", HOSTILE[name]))
    assert time.process_time() - started < 10


def test_endless_document_is_told() -> None:
    document = read_document(Source("lib/PROMPT.md", "- a\n" * 30_000))
    assert [(p.code, p.line) for p in document.problems] == [("document_too_long", 10_001)]
