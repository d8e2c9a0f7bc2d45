"""Infrastructure as Python: CDK, CDKTF and Pulumi programs, read with tree-sitter."""

from __future__ import annotations

import re

from tree_sitter import Node

from gapkit.dialects import constructs
from gapkit.dialects.elision import elided_lines
from gapkit.dialects.host import Assignment, Call, Definition, Import, Program
from gapkit.dialects.python_values import CALL, COMMENT, GRAMMAR, STRING, call, calls_in, value
from gapkit.dialects.syntax import ERROR, decoded
from gapkit.models import Artifact, Reading

NAME = "python"
LANGUAGE_WORDS = frozenset(("python", "py", "python3"))

_IMPORTS = re.compile(r"^[ \t]*+(?:from|import)[ \t]++(?:aws_cdk|pulumi|cdktf|constructs|imports\.aws)", re.MULTILINE)
_FRAMEWORKS = ("aws_cdk", "pulumi", "cdktf", "constructs", "imports.aws")
_OTHER_IMPORTS = re.compile(r"^(?:from[ \t]++[\w.]++[ \t]++import|import[ \t]++\w)", re.MULTILINE)
_FRAGMENT_SIGNS = ("self,", "scope,", "stack,", "this,", "app,", "aws.", "pulumi.")
# A fragment without imports: a construct in a scope, or a provider's resource class.
_FRAGMENT = re.compile(
    r"\b[A-Z]\w*+\(\s*+(?:self|stack|scope|this|app)\s*+,\s*+f?[\"']|\baws\.\w++\.[A-Z]\w*+\(|\bpulumi\.(?:export|Config)\("
)
_TEST = re.compile(
    r"^(?:import[ \t]++(?:pytest|unittest|aws_cdk\.assertions)"
    r"|from[ \t]++(?:pytest|unittest|moto|aws_cdk\.assertions)\b"
    r"|from[ \t]++(?:aws_cdk|cdktf)[ \t]++import[^\n]*?\b(?:assertions|Testing)\b|pulumi\.runtime\.set_mocks\()",
    re.MULTILINE,
)
_TEST_SIGNS = ("pytest", "unittest", "moto", "assertions", "Testing", "set_mocks")
# A handler that rotates secrets has a step `test_secret`; what asserts is a test.
_TEST_FUNCTION = re.compile(r"^[ \t]*+(?:async[ \t]++)?+def[ \t]++test_\w", re.MULTILINE)
_ASSERTION = re.compile(r"^[ \t]++(?:assert[ \t(]|self\.assert)", re.MULTILINE)
# One block can hold a stack and its tests; then the stack counts.
_OWN_CONSTRUCT = re.compile(r"^class[ \t]++\w++\([\w.]*?(?:Stack|Construct|ComponentResource)\b", re.MULTILINE)
_TEST_FILE = re.compile(r"(?:^|/)(?:test_[\w-]++|[\w-]++_test|conftest)\.py$")

kind, kinds, field = GRAMMAR.kind, GRAMMAR.kinds, GRAMMAR.field
_EXPRESSION_STATEMENT = kind("expression_statement")
_ASSIGNMENT = kind("assignment")
_MEMBER = kind("attribute")
_CLASS = kind("class_definition")
_FUNCTION = kind("function_definition")
_DECORATED = kind("decorated_definition")
_BLOCK = kind("block")
_IMPORT = kind("import_statement")
_IMPORT_FROM = kind("import_from_statement")
_ALIASED = kind("aliased_import")
_WILDCARD = kind("wildcard_import")
_ARGUMENT_LIST = kind("argument_list")
_KEYWORD_ARGUMENT = kind("keyword_argument")
_PATTERNS = frozenset((kind("pattern_list"), kind("tuple_pattern")))
_EXPRESSION_LISTS = frozenset((kind("expression_list"), kind("tuple")))
# Statements whose named children are statements, blocks or expressions.
_COMPOUND = kinds(
    "module block if_statement elif_clause else_clause for_statement while_statement with_statement try_statement "
    "except_clause finally_clause match_statement case_clause decorated_definition"
) | {ERROR}
_SILENT = kinds(
    "comment pass_statement break_statement continue_statement global_statement nonlocal_statement "
    "future_import_statement identifier string"
)
_NAME, _ALIAS, _MODULE = field("name"), field("alias"), field("module_name")
_BODY, _SUPERCLASSES, _LEFT, _RIGHT = field("body"), field("superclasses"), field("left"), field("right")


def is_python(artifact: Artifact) -> bool:
    """Whether the artifact is Python code, by its language word, file name or, without both, its imports."""
    if artifact.name.endswith(".txt"):  # requirements
        return False
    if artifact.language or artifact.name:
        return artifact.language in LANGUAGE_WORDS or artifact.name.endswith(".py")
    return _OTHER_IMPORTS.search(artifact.text) is not None and "def " in artifact.text


def is_test(artifact: Artifact) -> bool:
    """Whether a Python artifact holds tests: what they build is not part of the answer's infrastructure."""
    if artifact.name and _TEST_FILE.search(artifact.name) is not None:
        return True
    text = artifact.text
    imported = any(sign in text for sign in _TEST_SIGNS) and _TEST.search(text) is not None
    if not imported and (
        "def test_" not in text or _TEST_FUNCTION.search(text) is None or _ASSERTION.search(text) is None
    ):
        return False
    return _OWN_CONSTRUCT.search(text) is None


def accepts(artifact: Artifact) -> bool:
    """Whether this is infrastructure code in Python: it imports a framework, or is a fragment of such code."""
    if artifact.language not in LANGUAGE_WORDS and not artifact.name.endswith(".py"):
        return not artifact.language and not artifact.name and _IMPORTS.search(artifact.text) is not None
    text = artifact.text
    named = any(word in text for word in _FRAMEWORKS) and _IMPORTS.search(text) is not None
    if not named and (not any(sign in text for sign in _FRAGMENT_SIGNS) or _FRAGMENT.search(text) is None):
        return False
    return not is_test(artifact)


def read(artifact: Artifact) -> Reading:
    """What the artifact declares: resources, their calls, parameters and outputs."""
    return constructs.declarations(parse(artifact.text), artifact)


def parse(text: str) -> Program:
    """What a Python file says; lines count from 1.  Lines that do not parse are listed, the rest is read."""
    tree = GRAMMAR.tree(text)
    walk = _Walk(tree.source)
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
    """Collects statements in source order; bodies of functions and classes are flattened into the lists."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.imports: list[Import] = []
        self.assignments: list[Assignment] = []
        self.calls: list[Call] = []
        self.definitions: list[Definition] = []
        self.too_deep: list[int] = []

    def walk(self, root: Node) -> None:
        waiting = [root]
        while waiting:
            node = waiting.pop()
            try:
                waiting.extend(self._statement(node))
            except RecursionError:
                self.too_deep.append(node.start_point[0] + 1)

    def _statement(self, node: Node) -> list[Node]:
        """Read one statement; what comes back is to be read next, last first."""
        number = node.kind_id
        if number == _EXPRESSION_STATEMENT:
            for child in node.named_children:
                self._expression(child)
        elif number in _COMPOUND:
            return node.named_children[::-1]
        elif number in _SILENT:
            pass
        elif number in (_FUNCTION, _CLASS):
            return self._definition(node, number)
        elif number in (_IMPORT_FROM, _IMPORT):
            self._import(node, number)
        else:
            self._expression(node)
        return []

    def _expression(self, node: Node) -> None:
        number = node.kind_id
        if number == _ASSIGNMENT:
            self._assignment(node)
        elif number == CALL:
            self.calls.append(call(node, self.source))
        elif number != STRING and number != COMMENT:
            self.calls.extend(calls_in(node, self.source))

    def _text(self, node: Node) -> str:
        return decoded(self.source[node.start_byte : node.end_byte])

    def _assignment(self, node: Node) -> None:
        left, right = node.child_by_field_id(_LEFT), node.child_by_field_id(_RIGHT)
        if left is None or right is None:
            return
        line = left.start_point[0] + 1
        if left.kind_id == _MEMBER:  # Construct(self, "X").settings = …
            self.calls.extend(calls_in(left, self.source))
        if right.kind_id == _ASSIGNMENT:  # a = b = c
            known = len(self.assignments)
            self._assignment(right)
            if len(self.assignments) > known:
                self.assignments.append(Assignment(self._target(left), self.assignments[-1].value, line))
            return
        if left.kind_id in _PATTERNS and right.kind_id in _EXPRESSION_LISTS:
            targets, contents = left.named_children, right.named_children
            if len(targets) == len(contents):
                for target, content in zip(targets, contents, strict=True):
                    self.assignments.append(Assignment(self._target(target), value(content, self.source), line))
                return
        self.assignments.append(Assignment(self._target(left), value(right, self.source), line))

    def _target(self, node: Node) -> str:
        return self._text(node).removeprefix("self.").removeprefix("cls.")

    def _definition(self, node: Node, number: int) -> list[Node]:
        name, body = node.child_by_field_id(_NAME), node.child_by_field_id(_BODY)
        label = "function"
        bases: tuple[str, ...] = ()
        if number == _CLASS:
            label = "class"
            above = node.child_by_field_id(_SUPERCLASSES)
            if above is not None:
                bases = tuple(
                    self._text(base)
                    for base in above.named_children
                    if base.kind_id not in (_KEYWORD_ARGUMENT, COMMENT)
                )
        else:
            around = node.parent
            if around is not None and around.kind_id == _DECORATED:
                around = around.parent
            if around is not None and around.kind_id == _BLOCK and around.parent is not None:
                label = "method" if around.parent.kind_id == _CLASS else "function"
        written = self._text(name) if name is not None else ""
        self.definitions.append(Definition(label, written, node.start_point[0] + 1, node.end_point[0] + 1, bases))
        return [body] if body is not None else []

    def _import(self, node: Node, number: int) -> None:
        line = node.start_point[0] + 1
        module_node = node.child_by_field_id(_MODULE)
        module = self._text(module_node) if module_node is not None else ""
        for child in node.named_children:
            if child == module_node or child.kind_id == COMMENT:
                continue
            if child.kind_id == _WILDCARD:
                self.imports.append(Import("*", module, "*", line))
                continue
            name, alias = child, None
            if child.kind_id == _ALIASED:
                inner = child.child_by_field_id(_NAME)
                name, alias = inner or child, child.child_by_field_id(_ALIAS)
            written = self._text(name)
            if number == _IMPORT_FROM:
                self.imports.append(Import(self._text(alias) if alias else written, module, written, line))
            elif alias is not None:
                self.imports.append(Import(self._text(alias), written, "", line))
            else:
                self.imports.append(Import(written.partition(".")[0], written, "", line))
