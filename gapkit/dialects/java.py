"""Infrastructure as Java: CDK, CDKTF and Pulumi programs, read with tree-sitter."""

from __future__ import annotations

import re

from tree_sitter import Node

from gapkit.dialects import constructs
from gapkit.dialects.elision import elided_lines
from gapkit.dialects.host import Assignment, Call, Definition, Import, Program
from gapkit.dialects.java_values import (
    BLOCK,
    CLASS_BODY,
    COMMENTS,
    CREATION,
    GRAMMAR,
    INVOCATION,
    RETURN,
    Reader,
    calls_in,
    statement_calls,
    value,
)
from gapkit.dialects.syntax import ERROR
from gapkit.models import Artifact, Reading

NAME = "java"

_FRAMEWORK = re.compile(
    r"\b(?:software\.amazon\.awscdk|software\.constructs|com\.pulumi|com\.hashicorp\.cdktf|imports\.aws)\b"
)
_FRAGMENT = re.compile(
    r"\.Builder\s*+\.create\(\s*+(?:this|stack|scope|app)\b|\bnew\s++[A-Z]\w*+\(\s*+(?:this|stack|scope|app)\s*+,\s*+\""
    r"|\bnew\s++[A-Z]\w*+\([^()\n]{1,120},\s*+[A-Z]\w*Args\.builder\(\)"
)
_TEST = re.compile(r"^import[ \t]++(?:static[ \t]++)?+org\.(?:junit|testng|mockito)\b|^[ \t]*+@Test\b", re.MULTILINE)

kind, kinds, field = GRAMMAR.kind, GRAMMAR.kinds, GRAMMAR.field
_EXPRESSION_STATEMENT = kind("expression_statement")
_DECLARATIONS = kinds("local_variable_declaration field_declaration")
_DECLARATOR = kind("variable_declarator")
_ASSIGNMENT = kind("assignment_expression")
_CLASSES = kinds("class_declaration interface_declaration enum_declaration record_declaration")
_METHODS = kinds("method_declaration constructor_declaration compact_constructor_declaration")
_IMPORT = kind("import_declaration")
_ASTERISK = kind("asterisk")
_SUPER_CALL = kind("explicit_constructor_invocation")
_RESOURCE = kind("resource")
_COMPOUND = kinds(
    "program class_body block constructor_body if_statement for_statement enhanced_for_statement while_statement "
    "do_statement try_statement try_with_resources_statement resource_specification catch_clause finally_clause "
    "switch_block switch_block_statement_group switch_rule labeled_statement synchronized_statement "
    "static_initializer enum_body enum_body_declarations interface_body"
) | {ERROR}
_SILENT = (
    kinds("package_declaration break_statement continue_statement identifier modifiers type_identifier string_literal")
    | COMMENTS
)
_NAME, _BODY, _LEFT, _RIGHT, _VALUE = field("name"), field("body"), field("left"), field("right"), field("value")
_SUPERCLASS, _INTERFACES, _ARGUMENTS = field("superclass"), field("interfaces"), field("arguments")
_CONSTRUCTOR = field("constructor")


def is_java(artifact: Artifact) -> bool:
    """Whether the artifact is Java code, by its language word or file name."""
    return artifact.language == "java" or artifact.name.endswith(".java")


def is_test(artifact: Artifact) -> bool:
    """Whether a Java artifact holds tests: what they build is not part of the answer's infrastructure."""
    text = artifact.text
    return ("org." in text or "@Test" in text) and _TEST.search(text) is not None and " extends Stack" not in text


def accepts(artifact: Artifact) -> bool:
    """Whether this is infrastructure code in Java: it names a framework, or is a fragment of such code."""
    text = artifact.text
    if not is_java(artifact):
        return not artifact.language and not artifact.name and "import software.amazon.awscdk" in text
    return (_FRAMEWORK.search(text) is not None or _FRAGMENT.search(text) is not None) and not is_test(artifact)


def read(artifact: Artifact) -> Reading:
    """What the artifact declares: resources, their calls, parameters and outputs."""
    return constructs.declarations(parse(artifact.text), artifact)


def parse(text: str) -> Program:
    """What a Java file says; lines count from 1.  Lines that do not parse are listed, the rest is read."""
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


class _Walk:
    """Collects statements in source order; bodies of classes, methods and lambdas are flattened into the lists."""

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
        if number == _EXPRESSION_STATEMENT:
            for child in node.named_children:
                self._expression(child)
        elif number in _DECLARATIONS:
            for child in node.named_children:
                if child.kind_id == _DECLARATOR:
                    self._assign(child.child_by_field_id(_NAME), child.child_by_field_id(_VALUE))
        elif number in _COMPOUND:
            return node.named_children[::-1]
        elif number in _SILENT:
            pass
        elif number in _CLASSES or number in _METHODS:
            return self._definition(node, number)
        elif number == _IMPORT:
            self._import(node)
        elif number == _RESOURCE:
            self._assign(node.child_by_field_id(_NAME), node.child_by_field_id(_VALUE))
        elif number == _SUPER_CALL:
            self._super_call(node)
        elif number == RETURN and node.id in self.reader.given:
            pass
        else:
            self._expression(node)
        return []

    def _expression(self, node: Node) -> None:
        number = node.kind_id
        if number in (INVOCATION, CREATION):
            self.calls.extend(statement_calls(node, self.reader))
        elif number == _ASSIGNMENT:
            self._assign(node.child_by_field_id(_LEFT), node.child_by_field_id(_RIGHT))
        elif number in (BLOCK, CLASS_BODY):
            self.reader.blocks.append(node)
        else:
            self.calls.extend(calls_in(node, self.reader))

    def _assign(self, target: Node | None, content: Node | None) -> None:
        if target is None or content is None:
            return
        if content.kind_id == _ASSIGNMENT:  # a = b = c
            self._expression(content)
            content = content.child_by_field_id(_RIGHT) or content
        written = self.reader.text(target).removeprefix("this.")
        self.assignments.append(Assignment(written, value(content, self.reader), target.start_point[0] + 1))

    def _super_call(self, node: Node) -> None:
        """`super(scope, id, props)` and `this(…)`."""
        name, given = node.child_by_field_id(_CONSTRUCTOR), node.child_by_field_id(_ARGUMENTS)
        if name is None or given is None:
            return
        args = tuple(value(child, self.reader) for child in given.named_children if child.kind_id not in COMMENTS)
        self.calls.append(Call(self.reader.text(name), args, node.start_point[0] + 1, node.end_point[0] + 1))

    def _definition(self, node: Node, number: int) -> list[Node]:
        name, body = node.child_by_field_id(_NAME), node.child_by_field_id(_BODY)
        bases: list[str] = []
        if number in _CLASSES:
            for above in (node.child_by_field_id(_SUPERCLASS), node.child_by_field_id(_INTERFACES)):
                for base in above.named_children if above is not None else ():
                    bases.extend(part.strip() for part in self.reader.text(base).partition("<")[0].split(","))
        self.definitions.append(
            Definition(
                "class" if number in _CLASSES else "method",
                self.reader.text(name) if name is not None else "",
                node.start_point[0] + 1,
                node.end_point[0] + 1,
                tuple(bases),
            )
        )
        return [body] if body is not None else []

    def _import(self, node: Node) -> None:
        nodes = [child for child in node.named_children if child.kind_id not in COMMENTS]
        if not nodes:
            return
        path = self.reader.text(nodes[0])
        line = node.start_point[0] + 1
        if nodes[-1].kind_id == _ASTERISK:
            self.imports.append(Import("*", path, "*", line))
        else:
            module, _, member = path.rpartition(".")
            self.imports.append(Import(member, module, member, line))
