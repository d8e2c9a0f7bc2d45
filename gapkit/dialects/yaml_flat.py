"""Templates whose indentation was lost: every line at the left margin, as when pasted through a rich-text editor.

The levels that CloudFormation itself defines come back: section, logical id, attribute, property.  What was nested
deeper stands beside its property, for nothing in the text tells where it belonged.
"""

from __future__ import annotations

import re

_section = re.compile(r"(Resources|Parameters|Outputs|Conditions|Mappings|Rules|Metadata|Globals):\s*\Z").match
_root = re.compile(r"(?:AWSTemplateFormatVersion|Description|Transform):").match
_bare_key = re.compile(r"[A-Za-z]\w*:\s*(?:#.*)?\Z").match
_first_attribute = re.compile(r"(?:Type|Description|Value|Condition|DependsOn|DeletionPolicy):").match
_attribute = re.compile(
    r"(?:Type|Properties|DependsOn|Condition|DeletionPolicy|UpdateReplacePolicy|CreationPolicy|UpdatePolicy|Metadata):"
).match
_inline_items = re.compile(r"([\w.]+:)[ \t]+(-[ \t].*)\Z").match


def is_flat(text: str) -> bool:
    """Whether a template's types all stand at the left margin."""
    return text.count("\nType: ") > 1 and "\nResources:" in f"\n{text}" and "\n  Type: " not in text


def indented(text: str) -> str:
    """The text with as many lines, indented by what its keys are."""
    lines = text.split("\n")
    found: list[str] = []
    section = ""
    width = 0
    in_item = False
    for number, line in enumerate(lines):
        bare = line.strip()
        if not bare or bare[0] == "#" or line[0] == " ":
            found.append(line)
            continue
        if bare.startswith("- "):
            found.append(" " * (width + 2) + bare)
            in_item = True
            continue
        header = _section(bare)
        if header is not None:
            section, width = header[1], 0
        elif not section or (_root(bare) and section not in ("Parameters", "Outputs", "Resources", "Rules")):
            width = 0
        elif _bare_key(bare) and _first_attribute(_next(lines, number)) and not _attribute(bare):
            width = 2
        elif section in ("Resources", "Parameters", "Outputs", "Rules"):
            within = section == "Resources" and width == 6 and not _attribute(bare)
            if in_item and bare.startswith("Value:"):
                found.append(" " * (width + 4) + bare)
                continue
            width = 6 if within else 4
        else:
            width = 2
        in_item = False
        items = _inline_items(bare)
        if items is not None:
            bare = f"{items[1]} '{items[2].replace(chr(39), chr(39) * 2)}'"
        found.append(" " * width + bare)
        if bare == "Properties:":
            width = 6
    return "\n".join(found)


def _next(lines: list[str], number: int) -> str:
    """The next line that says something."""
    for line in lines[number + 1 : number + 6]:
        bare = line.strip()
        if bare and bare[0] != "#":
            return bare
    return ""
