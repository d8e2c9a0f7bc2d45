"""Walks the sections of a prompt and gathers its requirements."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from gapkit.prose import inline_items
from gapkit.requirements_files import demand_of_form, outside_layouts
from gapkit.requirements_found import (
    Found,
    found_item,
    found_section,
    found_sentence,
    in_order,
    needed_among,
    new_among,
    text_between,
)
from gapkit.requirements_framing import Framing
from gapkit.requirements_groups import grain_of, is_list, is_one, is_taken_apart, starts_conditional
from gapkit.requirements_items import asks_for_nothing, asks_of_environment, entry_lines, explains, is_code, is_entry
from gapkit.requirements_paragraphs import asking_sentences, capabilities_in, is_framing_lead, is_order, orders_in
from gapkit.requirements_words import (
    ENVIRONMENTS,
    INVENTORIES,
    SETTINGS,
    STORIES,
    anywhere,
    is_boilerplate,
    opening,
    words_in,
)
from gapkit.sections import Section, Statement

FEW_LINES, LONG_TOLD = 7, 500
"""A prompt of no more lines, but so many characters, is told in sentences that order several things each."""

LINES_LOOKED_AT = 100
HAS_LISTS = 3
"""A prompt with so many items is one of lists: the paragraphs before them introduce them."""

_PLATFORM_HEADINGS = opening("platform_headings")
_ENSURING = opening("ensuring")
_ADVICE = anywhere("advice_headings")


class Reader:
    """One reading of a prompt."""

    def __init__(self, lines: Sequence[str], framing: Framing, mode: str = "") -> None:
        """`mode` is how to read: `flat` takes no group as a whole, `coarse` takes every heading that has no
        headings under it as one, `told` reads the prose before lists as well, `relaxed` also what only frames the
        task (with a relaxed `framing`)."""
        self.lines = lines
        self.framing = framing
        self.flat = mode == "flat"
        self.coarse = mode == "coarse"
        self.told = mode == "told"
        self.relaxed = mode == "relaxed"
        self.found: list[Found] = []
        self.beside: list[Found] = []  # what sections that frame the task ask for
        self.advice: list[tuple[Found, str | None]] = []  # on services that may not be used, with the heading above
        self.has_lists = False
        self.lists_seen = 0
        self.listed_in_groups = 0
        self.passed_over = 0  # paragraphs that are left out for the lists after them
        self.file_told = False
        told = [line for line in islice(lines, LINES_LOOKED_AT) if line.strip()]
        self.dense = len(told) <= FEW_LINES and sum(map(len, told)) >= LONG_TOLD

    def read(self, root: Section) -> list[Found]:
        """The requirements of a prompt, in order."""
        self.has_lists = not self.told and self.framing.items_told(root) >= HAS_LISTS
        self._section(root, None)
        self.found += new_among(self.beside, self.found)
        self.found = in_order([*self.found, *needed_among(self.advice, self.found)])
        return self.found

    # ---------------------------------------------------------- sections

    def _section(self, section: Section, group: str | None, cousins: bool = False) -> None:
        """Read a section; its topics are one requirement each where there are many, or `cousins` are."""
        if self.framing.frames(section):
            return
        own_group = section.title or group
        self._statements(section, own_group)
        children = self.framing.telling(section.children)
        kept = {id(child) for child in children}
        for child in section.children:
            if id(child) not in kept:
                self._left_out(child)
        grain = grain_of(children, cousins, self.framing)
        grouped = grain.grouped and not self.flat
        for child in children:
            if grouped and starts_conditional(child):
                continue
            one = not self.flat and is_one(child, self.coarse)
            if (one or (grouped and id(child) in grain.topics)) and (self.coarse or not is_list(child)):
                self._group(child, own_group)
                if _ADVICE.search(words_in(section.title)):
                    self.advice.append((self.found.pop(), group))
            else:
                self._section(child, own_group, grain.labelled)

    def _group(self, section: Section, group: str | None) -> None:
        """Add a section as one requirement."""
        self.lists_seen += 1
        self.listed_in_groups += sum(1 + item.nested for item in section.items())
        self.found.append(found_section(self.lines, section, group))

    def _left_out(self, section: Section) -> None:
        """Keep what a section that frames the task asks for nonetheless: parts of the environment, an answer's form."""
        words = words_in(section.title)
        environment = ENVIRONMENTS.match(words) is not None
        platform = _PLATFORM_HEADINGS.match(words) is not None
        for part in [section, *section.children] if environment else [section]:
            if part is not section and (self.framing.frames(part) or INVENTORIES.match(words_in(part.title))):
                continue
            for statement in part.statements:
                found = len(self.found)
                if environment:
                    self._environment(statement, section.title)
                elif platform and statement.kind == "item" and _ENSURING.match(words_in(statement.text)):
                    self._item(statement, section.title)
                if len(self.found) > found:
                    self.beside += self.found[found:]
                    del self.found[found:]
                else:
                    self._form(statement, part.title)

    # -------------------------------------------------------- statements

    def _statements(self, section: Section, group: str | None) -> None:
        """Read what stands right under a heading."""
        entries = entry_lines(section)
        for statement in outside_layouts(section):
            if statement.kind in ("code", "table", "rule") or is_code(statement.text):
                continue
            found = len(self.found)
            if is_entry(statement, entries):
                self._item(statement, group)
            else:
                self._paragraph(section, statement, group)
            if len(self.found) == found:
                self._form(statement, group)

    def _environment(self, statement: Statement, group: str | None) -> None:
        """Add an item of an environment that says something of a service, or what a paragraph orders."""
        if statement.kind == "item":
            if asks_of_environment(statement):
                self._item(statement, group)
        elif statement.kind in ("paragraph", "line"):
            self._sentences(statement, orders_in(statement.text, _is_environment(group)), group)

    def _form(self, statement: Statement, group: str | None) -> None:
        """Add what a statement that is otherwise left out demands of the answer's form."""
        demand = demand_of_form(statement, self.file_told)
        if demand is not None:
            sentence, of_files = demand
            self.file_told = self.file_told or of_files
            self.found.append(found_sentence(statement, sentence, group))

    def _item(self, statement: Statement, group: str | None) -> None:
        """Add an item, or the items inside it where they are requirements each."""
        if asks_for_nothing(statement, group):
            return
        self.lists_seen += 1
        if explains(statement) and self._goes_on(statement):
            return
        if is_taken_apart(statement, self.flat):
            for inner in statement.inner:
                self._item(inner, group)
            return
        self.listed_in_groups += statement.nested
        self.found.append(found_item(self.lines, statement, group))

    def _goes_on(self, statement: Statement) -> bool:
        """Take an item into the requirement right above it, if one is there."""
        if not self.found or self.found[-1].line_end != statement.line_start - 1:
            return False
        last = self.found.pop()
        text = text_between(self.lines, last.line_start, statement.line_end)
        self.found.append(last._replace(text=text, line_end=statement.line_end))
        return True

    # -------------------------------------------------------- paragraphs

    def _paragraph(self, section: Section, statement: Statement, group: str | None) -> None:
        """Add the items of a list that is written in one paragraph, or what its sentences ask for."""
        text = statement.text
        listed = inline_items(text)
        if listed:
            self.lists_seen += 1
            for number, item in listed:
                if not is_boilerplate(words_in(item)):
                    self.found.append(found_sentence(statement, item, group, number))
        elif words_in(text) and not text.rstrip().endswith(":"):
            found = len(self.found)
            self._sentences(statement, self._asked(text, section.title, _is_environment(group)), group)
            if self.has_lists and _is_environment(section.title):
                self.beside += self.found[found:]
                del self.found[found:]

    def _asked(self, text: str, title: str, environment: bool) -> list[str]:
        """What a paragraph under a title asks for; where a prompt has lists, what only introduces them is passed
        over."""
        heading = words_in(title)
        if self.has_lists and STORIES.match(heading):
            self.passed_over += 1
            ordering = SETTINGS.match(heading) is not None or is_framing_lead(text)
            return orders_in(text, environment) if ordering else []
        if self.has_lists and not self.lists_seen and not is_order(text, title):
            self.passed_over += 1
            return []
        if self.relaxed:
            return asking_sentences(text)
        return capabilities_in(text, title, self.dense, environment)

    def _sentences(self, statement: Statement, texts: Sequence[str], group: str | None) -> None:
        self.found += [found_sentence(statement, text, group) for text in texts]


def _is_environment(group: str | None) -> bool:
    return ENVIRONMENTS.match(words_in(group or "")) is not None
