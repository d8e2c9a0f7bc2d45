"""Infrastructure as Go: CDK, CDKTF and Pulumi programs, read with tree-sitter."""

from __future__ import annotations

import re

from tree_sitter import Node

from gapkit.dialects import constructs
from gapkit.dialects.elision import elided_lines
from gapkit.dialects.go_values import CALL, COMMENT, GRAMMAR, RETURN, Reader, call, calls_in, value
from gapkit.dialects.host import Assignment, Call, Definition, Import, Program
from gapkit.dialects.syntax import ERROR
from gapkit.models import Artifact, Reading

NAME = "go"
LANGUAGE_WORDS = frozenset(("go", "golang"))

_FRAMEWORK = re.compile(
    r"\"github\.com/[\w./-]{0,120}?(?:aws-cdk-go|constructs-go|jsii-runtime-go|pulumi|terraform-cdk|cdktf)"
)
_FRAGMENT = re.compile(r"\b\w++\.New[A-Z]\w*+\(\s*+(?:ctx|stack|scope|this|s|app)\s*+,\s*+(?:\"|jsii\.|fmt\.)")
_TEST = re.compile(
    r"^[ \t]*+\"testing\"|^import[ \t]++\"testing\"|^func[ \t]++Test\w*+\(\w++[ \t]++\*testing\.", re.MULTILINE
)

kind, kinds, field = GRAMMAR.kind, GRAMMAR.kinds, GRAMMAR.field
_IMPORT = kind("import_spec")
_SHORT_DECLARATION = kind("short_var_declaration")
_ASSIGNMENT = kind("assignment_statement")
_SPECS = kinds("var_spec const_spec")
_TYPE_SPEC = kind("type_spec")
_STRUCT = kind("struct_type")
_FIELD_DECLARATION = kind("field_declaration")
_FUNCTION = kind("function_declaration")
_METHOD = kind("method_declaration")
_EXPRESSION_LIST = kind("expression_list")
_EXPRESSION_STATEMENT = kind("expression_statement")
_COMPOUND = kinds(
    "source_file import_declaration import_spec_list var_declaration var_spec_list const_declaration "
    "type_declaration block statement_list if_statement for_statement expression_switch_statement "
    "type_switch_statement expression_case default_case type_case select_statement communication_case "
    "labeled_statement"
) | {ERROR}
_SILENT = kinds(
    "comment package_clause identifier break_statement continue_statement goto_statement inc_statement dec_statement "
    "interpreted_string_literal raw_string_literal"
)
_NAME, _PATH, _BODY, _TYPE = field("name"), field("path"), field("body"), field("type")
_LEFT, _RIGHT, _VALUE = field("left"), field("right"), field("value")
_VERSION = re.compile(r"v\d+")
_UNNAMED = frozenset(("_", "err", "ok"))


def is_go(artifact: Artifact) -> bool:
    """Whether the artifact is Go code, by its language word or file name; module files (`go.mod`) are none."""
    if artifact.text.startswith("module ") or artifact.name.endswith((".mod", ".sum")):
        return False
    return artifact.language in LANGUAGE_WORDS or artifact.name.endswith(".go")


def is_test(artifact: Artifact) -> bool:
    """Whether a Go artifact holds tests: what they build is not part of the answer's infrastructure."""
    return artifact.name.endswith("_test.go") or (
        "testing" in artifact.text and _TEST.search(artifact.text) is not None
    )


def accepts(artifact: Artifact) -> bool:
    """Whether this is infrastructure code in Go: it imports a framework, or is a fragment of such code."""
    text = artifact.text
    if not is_go(artifact):
        return (
            not artifact.language and not artifact.name and "package " in text and _FRAMEWORK.search(text) is not None
        )
    return (_FRAMEWORK.search(text) is not None or _FRAGMENT.search(text) is not None) and not is_test(artifact)


def read(artifact: Artifact) -> Reading:
    """What the artifact declares: resources, their calls, parameters and outputs."""
    return constructs.declarations(parse(artifact.text), artifact)


def parse(text: str) -> Program:
    """What a Go file says; lines count from 1.  Lines that do not parse are listed, the rest is read."""
    tree = GRAMMAR.tree(text)
    walk = _Walk(Reader(tree.source))
    walk.walk(tree.root)
    return Program(
        tuple(walk.imports),
        tuple(walk.assignments),
        tuple(walk.calls),
        tuple(walk.definitions),
        tuple(sorted(tree.broken_lines.union(walk.too_deep))),
        elided_lines(text),
    )


def package_name(path: str) -> str:
    """The name that an import path binds: `…/awscdk/v2` is `awscdk`, `…/jsii-runtime-go` is `jsii`."""
    segments = [segment for segment in path.split("/") if segment and not _VERSION.fullmatch(segment)]
    last = segments[-1] if segments else ""
    return last.partition(".")[0].removesuffix("-runtime-go").removesuffix("-go").removeprefix("go-")


class _Walk:
    """Collects statements in source order; bodies of functions and literals are flattened into the lists."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.imports: list[Import] = []
        self.assignments: list[Assignment] = []
        self.calls: list[Call] = []
        self.definitions: list[Definition] = []
        self.too_deep: list[int] = []

    def walk(self, root: Node) -> None:
        reader = self.reader
        waiting = [root]
        while waiting:
            node = waiting.pop()
            try:
                waiting.extend(self._statement(node))
            except RecursionError:
                self.too_deep.append(node.start_point[0] + 1)
            if reader.blocks:
                waiting.extend(reversed(reader.blocks))
                reader.blocks.clear()

    def _statement(self, node: Node) -> list[Node]:
        """Read one statement; what comes back is to be read next, last first."""
        number = node.kind_id
        if number == CALL:
            self.calls.append(call(node, self.reader))
        elif number == _EXPRESSION_STATEMENT or number in _COMPOUND:
            return node.named_children[::-1]
        elif number in (_SHORT_DECLARATION, _ASSIGNMENT):
            self._assign(node.child_by_field_id(_LEFT), node.child_by_field_id(_RIGHT))
        elif number in _SILENT:
            pass
        elif number in _SPECS:
            self._spec(node)
        elif number in (_FUNCTION, _METHOD):
            self._define("function" if number == _FUNCTION else "method", node)
            body = node.child_by_field_id(_BODY)
            return [body] if body is not None else []
        elif number == _IMPORT:
            self._import(node)
        elif number == _TYPE_SPEC:
            self._type(node)
        elif number != RETURN or node.id not in self.reader.given:
            self.calls.extend(calls_in(node, self.reader))
        return []

    def _assign(self, left: Node | None, right: Node | None) -> None:
        if left is None or right is None:
            return
        targets = left.named_children if left.kind_id == _EXPRESSION_LIST else [left]
        contents = right.named_children if right.kind_id == _EXPRESSION_LIST else [right]
        self._pair(targets, [content for content in contents if content.kind_id != COMMENT])

    def _pair(self, targets: list[Node], contents: list[Node]) -> None:
        """Assign each content to its target; a call with several results belongs to the first that has a name."""
        for index, content in enumerate(contents):
            following = targets[index:] if len(contents) == 1 else targets[index : index + 1]
            name = next((text for text in map(self.reader.text, following) if text not in _UNNAMED), "")
            if name:
                line = targets[index].start_point[0] + 1
                self.assignments.append(Assignment(name, value(content, self.reader), line))
            else:
                self.calls.extend(calls_in(content, self.reader))

    def _spec(self, node: Node) -> None:
        """`var x = …`, `const A, B = 1, 2`."""
        right = node.child_by_field_id(_VALUE)
        if right is not None:
            names = [name for name in node.children_by_field_id(_NAME) if name.is_named]
            self._pair(names, [content for content in right.named_children if content.kind_id != COMMENT])

    def _type(self, node: Node) -> None:
        """A struct is a class; what it embeds are its bases."""
        body = node.child_by_field_id(_TYPE)
        if body is None or body.kind_id != _STRUCT:
            return
        bases: list[str] = []
        for fields in body.named_children:
            for declared in fields.named_children:
                embedded = declared.child_by_field_id(_TYPE)
                if (
                    declared.kind_id == _FIELD_DECLARATION
                    and declared.child_by_field_id(_NAME) is None
                    and embedded is not None
                ):
                    bases.append(self.reader.text(embedded))
        self._define("class", node, tuple(bases))

    def _define(self, label: str, node: Node, bases: tuple[str, ...] = ()) -> None:
        name = node.child_by_field_id(_NAME)
        written = self.reader.text(name) if name is not None else ""
        self.definitions.append(Definition(label, written, node.start_point[0] + 1, node.end_point[0] + 1, bases))

    def _import(self, node: Node) -> None:
        path_node, name = node.child_by_field_id(_PATH), node.child_by_field_id(_NAME)
        if path_node is None:
            return
        path = self.reader.text(path_node).strip('"`')
        line = node.start_point[0] + 1
        alias = self.reader.text(name) if name is not None else package_name(path)
        self.imports.append(Import("*", path, "*", line) if alias == "." else Import(alias, path, "", line))
