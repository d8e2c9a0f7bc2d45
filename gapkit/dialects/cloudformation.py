"""CloudFormation and SAM templates, YAML and JSON, whole or in pieces, into declarations.

Property paths stand without the leading `Properties.`; a resource's attributes (`DeletionPolicy`, `DependsOn`,
`Condition`, `Metadata.…`) stand beside them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gapkit.dialects.cfn_values import calls, expression, flatten, text_of
from gapkit.dialects.elision import elided_lines
from gapkit.dialects.json_tree import read_json
from gapkit.dialects.tree import Map, Sequence, Tree, label_of, problem
from gapkit.dialects.yaml_flat import indented, is_flat
from gapkit.dialects.yaml_repair import repair_yaml
from gapkit.dialects.yaml_tree import YamlDocument, YamlError, read_yaml
from gapkit.models import Artifact, Declaration, Problem, Property, Reading

NAME = "cloudformation"

_OWN_WORDS = frozenset({"yaml", "yml", "json", "jsonc", "json5", "cloudformation", "cfn", "template", "sam"})
_OTHER_WORDS = frozenset(
    {
        "bash", "sh", "shell", "zsh", "console", "powershell", "bat", "typescript", "ts", "tsx", "javascript", "js",
        "jsx", "mjs", "python", "py", "python3", "java", "kotlin", "go", "golang", "csharp", "cs", "ruby", "rust",
        "markdown", "md", "csv", "xml", "toml", "ini", "dockerfile", "docker", "mermaid", "sql", "graphql", "html",
        "css", "properties", "gradle", "makefile", "diff", "log", "gitignore", "env", "http", "rego",
    }
)  # fmt: skip
_sign = re.compile(
    r"""Type["']?[ \t]*:[ \t]*["']?(?:AWS|Custom|Alexa)::|AWSTemplateFormatVersion|AWS::Serverless-\d"""
).search
_fragment_sign = re.compile(
    r"""^(?:Resources|Outputs|Parameters|Conditions|Mappings|Globals):[ \t]*$"""
    r"""|^[ \t]*"(?:Resources|Outputs|Parameters|Conditions|Mappings)"[ \t]*:[ \t]*\{""",
    re.MULTILINE,
).search
_function_sign = re.compile(
    r"""!(?:Ref|Sub|GetAtt|Join|If|FindInMap|ImportValue|Equals)[ \t]|["']?(?:Fn::\w+|Ref)["']?[ \t]*:"""
    r"""|Type["']?[ \t]*:[ \t]*["']?(?:String|Number|CommaDelimitedList|List<)"""
).search
_hcl_sign = re.compile(
    r"""\n(?:[ \t]*(?:resource|data)[ \t]+"[^"\n]+"[ \t]+"[^"\n]+"[ \t]*\{"""
    r"""|(?:variable|output|module|provider)[ \t]+"[^"\n]+"[ \t]*\{)"""
).search
# These look at the newline before a line, since a pattern that starts with one sign is searched many times faster.
_workflow_sign = re.compile(r"\n(?:jobs|on|stages|phases|pipeline):").search
_template_sign = re.compile(r"\n(?:Resources|AWSTemplateFormatVersion):").search
_host_sign = re.compile(
    r"\n(?:import[ \t{]|from[ \t]+[\w.]+[ \t]+import|const[ \t]|package[ \t]\w|export[ \t]|def[ \t]\w|class[ \t]\w|#!/)"
).search
_SECTIONS = frozenset(
    {
        "Resources", "Parameters", "Conditions", "Mappings", "Outputs", "Rules", "Metadata", "Transform", "Globals",
        "AWSTemplateFormatVersion", "Description", "Hooks",
    }
)  # fmt: skip
_CALL_WORDS = ("Join", "ImportValue", "FindInMap", "Transform", "AWS::Include")
_parameter_type = re.compile(
    r"(?:String|Number|CommaDelimitedList|List<.*>|AWS::SSM::Parameter::.*|AWS::EC2::\w+(?:::Id|::KeyName))\Z"
).match
_CLOSERS = frozenset({"}", "},", "]", "],"})


def accepts(artifact: Artifact) -> bool:
    """Whether the artifact is a CloudFormation or SAM template or a piece of one."""
    text = artifact.text
    named = artifact.name.endswith((".yaml", ".yml", ".json", ".template"))
    if artifact.language in _OTHER_WORDS and not named:
        return False
    if "::" not in text and ("!" not in text or not _fragment_sign(text)):
        return False
    if not _sign(text) and not (_fragment_sign(text) and _function_sign(text)):
        return False
    led = "\n" + text
    if _workflow_sign(led) and not _template_sign(led):
        return False
    if artifact.language in _OWN_WORDS:
        return True
    return not _hcl_sign(led) and not _host_sign(led)


def read(artifact: Artifact) -> Reading:
    """The declarations and problems of a template; a damaged one gives what it still holds."""
    text, first = artifact.text, artifact.line_start
    problems: list[Problem] = []
    start = text.lstrip()[:1]
    documents = _json_documents(artifact, problems) if start in ("{", "[", '"') else _yaml_documents(artifact, problems)
    elided = elided_lines(text)
    if elided and not any(found.code == "elided_code" for found in problems):
        problems.append(_elided(artifact, elided[0] + first - 1))
    found: list[Declaration] = []
    template = _Template(artifact, is_json=start in ("{", "[", '"'), found=found)
    for document in documents:
        if type(document.tree) is Map:
            template.read(document.tree, document.line)
        for key, line in document.duplicates:
            message = f"`{key}` is written twice in one mapping; keep one of them"
            problems.append(problem(artifact, "duplicate_key", message, line))
    return Reading(tuple(found), tuple(problems))


def _json_documents(artifact: Artifact, problems: list[Problem]) -> list[YamlDocument]:
    document = read_json(artifact.text, artifact.line_start)
    report_faults(artifact, document.faults, problems, "JSON")
    return [YamlDocument(document.tree, document.line, document.duplicates)]


def _yaml_documents(artifact: Artifact, problems: list[Problem]) -> list[YamlDocument]:
    text = artifact.text
    if is_flat(text):
        text = indented(text)
        report_faults(artifact, [("its indentation is lost", artifact.line_start)], problems, "YAML")
    try:
        return read_yaml(text, artifact.line_start)
    except YamlError as error:
        repair = repair_yaml(text, artifact.line_start, error)
        report_faults(artifact, repair.faults, problems, "YAML")
        return repair.documents


def report_faults(
    artifact: Artifact, faults: list[tuple[str, int]] | tuple[tuple[str, int], ...], problems: list[Problem], what: str
) -> None:
    """Append a problem for the first few faults of a damaged text, one a line."""
    lines: set[int] = set()
    for fault, line in faults:
        if line in lines or len(lines) >= 5:
            continue
        lines.add(line)
        if fault == "elided":
            problems.append(_elided(artifact, line))
        else:
            message = f"not valid {what}: {fault}; the rest was read, correct this line"
            problems.append(problem(artifact, "broken_code", message, line))


def _elided(artifact: Artifact, line: int) -> Problem:
    return problem(artifact, "elided_code", "code is left out here; write the template in full", line)


class _Template:
    """Reads one artifact's documents into declarations."""

    def __init__(self, artifact: Artifact, is_json: bool, found: list[Declaration]) -> None:
        self.artifact = artifact
        self.label = label_of(artifact)
        self.is_json = is_json
        self.found = found
        self.lines = artifact.text.split("\n")
        self.first = artifact.line_start
        self.with_calls = any(word in artifact.text for word in _CALL_WORDS)

    def read(self, tree: Map, line: int) -> None:
        """The sections of a template, or the resources that stand without any section."""
        last = self.first + len(self.lines) - 1
        header: list[Property] = []
        if type(tree.get("Type")) is str and "::" in str(tree.get("Type")):
            self._resource("", tree, line, last)
            return
        for index, (key, value, at) in enumerate(tree):
            end = tree[index + 1][2] - 1 if index + 1 < len(tree) else last
            closers = 1 if index + 1 < len(tree) else 2
            section = _SECTION_READERS.get(key)
            if section is not None and type(value) is Map:
                self._section(section, value, end, closers)
            elif key == "Transform":
                self._transform(value, at)
            elif key in ("Metadata", "Globals", "Hooks"):
                self._tree_declaration("metadata", key, value, at, self._end(at, end, closers - 1))
            elif key in ("AWSTemplateFormatVersion", "Description"):
                header.append(Property(key, text_of(value), at))
            elif key == "resources" and type(value) is Map and type(value.get("Resources")) is Map:
                self.read(value, at)  # the Serverless Framework's place for plain CloudFormation
            elif type(value) is Map:
                self._loose(key, value, at, self._end(at, end, closers - 1))
        if header:
            self._declare("template", "Template", "", header[0].line, header[-1].line, tuple(header))

    def _section(self, read_entry: Callable[..., None], entries: Map, bound: int, closers: int) -> None:
        count = len(entries)
        for index, (name, value, line) in enumerate(entries):
            if index + 1 < count:
                end = self._end(line, entries[index + 1][2] - 1, 0)
            else:
                end = self._end(line, bound, closers)
            if type(value) is Sequence and name.startswith("Fn::ForEach"):
                for item, item_line in value:
                    if type(item) is Map and item and type(item[0][1]) is Map:
                        self._section(read_entry, item, max(end, item_line), 0)
            else:
                read_entry(self, name, value, line, end)

    def _end(self, line: int, bound: int, closers: int) -> int:
        """The last line of an entry that ends before `bound`, without blank lines, comments and closing brackets."""
        lines, offset = self.lines, self.first
        end = min(bound, offset + len(lines) - 1)
        closers = closers if self.is_json else 0
        while end > line:
            text = lines[end - offset].strip()
            if text and text[0] != "#" and text != "---":
                if closers and text in _CLOSERS:
                    closers -= 1
                else:
                    break
            end -= 1
        return max(end, line)

    # ------------------------------------------------------------ entries

    def _resource(self, name: str, value: Tree, line: int, end: int) -> None:
        if type(value) is not Map:
            return
        kind = text_of(value.get("Type"))
        kind = kind if type(kind) is str else ""
        if not kind and value.get("Properties") is None:
            return
        properties: list[Property] = []
        for key, child, at in value:
            if key == "Properties":
                if type(child) is Map and child:
                    flatten("", child, at, properties)
            elif key != "Type":
                flatten(key, child, at, properties)
        self._declare("resource", kind, name, line, end, tuple(properties), value)

    def _parameter(self, name: str, value: Tree, line: int, end: int) -> None:
        if type(value) is Map:
            properties: list[Property] = []
            for key, child, at in value:
                if key != "Type":
                    flatten(key, child, at, properties)
            kind = value.get("Type")
            self._declare("parameter", str(text_of(kind) or ""), name, line, end, tuple(properties), value)

    def _condition(self, name: str, value: Tree, line: int, end: int) -> None:
        text = Property("expression", expression(value), line)
        self._declare("condition", "Condition", name, line, end, (text,), value)

    def _mapping(self, name: str, value: Tree, line: int, end: int) -> None:
        self._tree_declaration("mapping", "Mapping", value, line, end, name)

    def _output(self, name: str, value: Tree, line: int, end: int) -> None:
        self._tree_declaration("output", "Output", value, line, end, name)

    def _rule(self, name: str, value: Tree, line: int, end: int) -> None:
        self._tree_declaration("rule", "Rule", value, line, end, name)

    def _loose(self, name: str, value: Map, line: int, end: int) -> None:
        """A resource or parameter outside of any section: a piece of a template, or one that slipped out."""
        kind = value.get("Type")
        if type(kind) is not str:
            return
        if _parameter_type(kind) and value.get("Properties") is None:
            self._parameter(name, value, line, end)
        elif "::" in kind:
            self._resource(name, value, line, end)

    def _transform(self, value: Tree, line: int) -> None:
        names = [item for item, _ in value] if type(value) is Sequence else [value]
        for item in names:
            transform = item.get("Name") if type(item) is Map else item
            name = str(text_of(transform) or "")
            properties = [Property("Name", name, line)]
            if type(item) is Map:
                flatten("Parameters", item.get("Parameters"), line, properties)
            self._declare("metadata", "Transform", name, line, line, tuple(properties))
            self._declare("function", "Fn::Transform", name, line, line, ())

    # -------------------------------------------------------- declarations

    def _tree_declaration(self, kind: str, written: str, value: Tree, line: int, end: int, name: str = "") -> None:
        properties: list[Property] = []
        if value is not None and value != Map():
            flatten("", value, line, properties)
        self._declare(kind, written, name, line, end, tuple(properties), value)

    def _declare(
        self,
        kind: str,
        written: str,
        name: str,
        line: int,
        end: int,
        properties: tuple[Property, ...],
        tree: Tree = None,
    ) -> None:
        self.found.append(Declaration(kind, written, name, written, line, end, properties, self.label, NAME))
        if self.with_calls and tree is not None:
            used: list[tuple[str, int]] = []
            calls(tree, line, used)
            for function, at in used:
                self.found.append(Declaration("function", function, name, function, at, at, (), self.label, NAME))


_SECTION_READERS: dict[str, Callable[..., None]] = {
    "Resources": _Template._resource,
    "Parameters": _Template._parameter,
    "Conditions": _Template._condition,
    "Mappings": _Template._mapping,
    "Outputs": _Template._output,
    "Rules": _Template._rule,
}
