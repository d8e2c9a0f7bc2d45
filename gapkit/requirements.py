"""A prompt -> the list of things it asks for.

A requirement is a numbered item, a headed group with its bullets, a bullet of a flat list, or, where a prompt is
prose, a sentence that states a separate capability.  Sections that only frame the task are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import islice, pairwise
from typing import NamedTuple

from gapkit.blocks import read_blocks
from gapkit.documents import MAX_LINES
from gapkit.knowledge import at_word, either, load_yaml, words_of
from gapkit.models import Document, Problem, Requirement
from gapkit.prose import SUBJECT_WORDS, clauses, inline_items, sentences, separate_statements
from gapkit.sections import BOLD_RANK, LABEL_RANK, Section, Statement, plain, sections_of

__all__ = ["find_requirements", "requirements_of_ideal"]

ENOUGH = 2
"""A prompt with fewer requirements than this is read again with its framing sections."""

MANY_TOPICS = 3
"""So many sibling sections, each about one thing, are one requirement each; fewer are lists of requirements."""

FEW_GROUPS, MANY_ITEMS = 3, 8
"""A prompt of so few headed groups with so many items is a list of items under headings."""

FEW_LISTED = 10
"""A prompt that lists no more than this may tell most of what it asks for in prose."""

FEW_LINES, LONG_TOLD = 3, 500
"""A prompt of no more lines, but so many characters, is told in sentences that order several things each."""

LONG_LEAD = 90
"""An item that says so much before the items inside it is one requirement with its parts, not a heading."""

LEAST_LISTED, LONG_ITEM = 3, 110
"""So many items under a heading that hold items each, or are so long, are requirements each."""

MANY_NUMBERED, LONG_NUMBERED = 5, 60
"""So many numbered items of such length inside an item are requirements each."""

MAX_LINE = 200
"""A line of a paragraph that is longer is prose, not an entry of a list."""

BOILERPLATE_WITHIN = 160
"""Characters from the start of a statement in which boilerplate shows what the statement is about."""

VERY_MANY = 60
"""More than this and headings are taken as requirements, rather than every bullet under them."""

MAX_REQUIREMENTS = 400
MAX_TITLE = 90
MAX_TEXT = 8_000


class _Wordings(NamedTuple):
    framing: re.Pattern[str]
    stories: re.Pattern[str]
    listing: re.Pattern[str]
    filler: re.Pattern[str]
    single: re.Pattern[str]
    boilerplate: re.Pattern[str]
    boilerplate_starts: re.Pattern[str]
    narrative: re.Pattern[str]
    orders: re.Pattern[str]
    tools: re.Pattern[str]
    asking: re.Pattern[str]
    services: re.Pattern[str]
    relevant: re.Pattern[str]
    introductions: re.Pattern[str]
    framing_leads: re.Pattern[str]
    fields: re.Pattern[str]
    notes: re.Pattern[str]
    demands: re.Pattern[str]
    must: re.Pattern[str]
    whole_files: re.Pattern[str]
    separate_files: re.Pattern[str]
    comments: re.Pattern[str]
    tests: re.Pattern[str]
    settings: re.Pattern[str]
    scenes: re.Pattern[str]
    wanted: re.Pattern[str]
    demanding: re.Pattern[str]
    platform_headings: re.Pattern[str]
    ensuring: re.Pattern[str]
    environments: re.Pattern[str]
    inventories: re.Pattern[str]
    versions: re.Pattern[str]
    conditional: re.Pattern[str]
    explaining: re.Pattern[str]
    reasons: re.Pattern[str]
    flows: re.Pattern[str]
    layouts: re.Pattern[str]
    places: re.Pattern[str]
    settled: re.Pattern[str]
    tools_named: re.Pattern[str]
    service_lists: re.Pattern[str]
    outputs: re.Pattern[str]
    identifiers: re.Pattern[str]
    leading_on: re.Pattern[str]
    clause_verbs: re.Pattern[str]
    clause_nouns: re.Pattern[str]

    def is_boilerplate(self, words: str) -> bool:
        """Whether a statement's words say early on that they ask for nothing of the infrastructure."""
        words = words[:BOILERPLATE_WITHIN]
        return self.boilerplate_starts.match(words) is not None or self.boilerplate.search(words) is not None


class _Found(NamedTuple):
    """A requirement before it is given its id."""

    number: str | None
    group: str | None
    title: str
    text: str
    line_start: int
    line_end: int


_LEAD = f"^(?:{either(words_of('requirements.yaml', 'before_framing'))} )?"


@cache
def _wordings() -> _Wordings:
    data = load_yaml("requirements.yaml")
    assert isinstance(data, dict)

    def pattern(key: str, before: str | None = None, after: str = r"\b") -> re.Pattern[str]:
        return re.compile((at_word(data[key]) if before is None else before + either(data[key])) + after)

    return _Wordings(
        framing=pattern("framing_headings", _LEAD),
        stories=pattern("story_headings", _LEAD),
        listing=pattern("list_headings"),
        filler=pattern("filler"),
        single=pattern("single_headings", "^"),
        boilerplate=pattern("boilerplate"),
        boilerplate_starts=pattern("boilerplate_starts", r"\b"),
        narrative=pattern("narrative", "^"),
        orders=pattern("orders", "^"),
        tools=pattern("tools"),
        asking=pattern("asking"),
        services=pattern("services"),
        relevant=re.compile(at_word(data["services"] + data["aspects"]) + r"\b"),
        introductions=pattern("introductions", "^"),
        framing_leads=pattern("framing_leads", _LEAD),
        fields=pattern("fields", r"^\W*", r"\W{0,4}:"),
        notes=pattern("notes_headings", after="$"),
        demands=pattern("demands"),
        whole_files=pattern("whole_files"),
        separate_files=pattern("separate_files"),
        comments=pattern("comments", after="(?: |$)"),
        tests=pattern("tests", r"^\W*"),
        must=pattern("modals"),
        settings=pattern("setting_headings"),
        scenes=pattern("scene_headings"),
        wanted=pattern("wanted_headings"),
        platform_headings=pattern("platform_headings", "^"),
        ensuring=pattern("ensuring", "^"),
        demanding=pattern("demanding_headings"),
        environments=pattern("environment_headings", _LEAD, "$"),
        versions=pattern("versions", "^"),
        inventories=pattern("inventories", "^"),
        places=pattern("places"),
        settled=re.compile(at_word([*data["modals"], "will"]) + r"\b"),
        tools_named=pattern("platforms"),
        reasons=pattern("reasons", r"^\W*", r"\W{0,4}:"),
        explaining=pattern("explaining", r"^\W*", r"\W{0,4}:[^{$]{0,30}[{$]"),
        layouts=pattern("file_layouts"),
        flows=pattern("flow_headings", after="$"),
        conditional=pattern("conditional", r"^\W*(?:[\w /&.()+-]{2,40}\W{0,4}:\W*)?"),
        service_lists=pattern("service_headings", "", ""),
        outputs=pattern("output_headings", "", "$"),
        identifiers=pattern("identifiers"),
        leading_on=pattern("leading_on"),
        clause_verbs=pattern("clause_verbs", ""),
        clause_nouns=pattern(
            "services",
            r"(?!including |like |such |with )(?:an? )?(?:\w+ ){0,2}",
            r"(?: \w+){0,2} (?:for|to|with|that) ",
        ),
    )


_NOT_WORDS = re.compile(r"[^a-z0-9$./]+")
_BLANKS = {code: " " for code in range(128) if not (chr(code).isalnum() or chr(code) in "$./")}
WORDS_FROM = 2_000


def _words(text: str) -> str:
    """The text in lower case with single blanks between words, to match wordings on."""
    return _short_words(text) if len(text) < 100 else _words_of(text[:WORDS_FROM])


@lru_cache(maxsize=4096)
def _short_words(text: str) -> str:
    """The same for headings and the like, which are asked for several times."""
    return _words_of(text)


def _words_of(text: str) -> str:
    text = text.lower().replace("'", "").replace("’", "")
    if text.isascii():
        return " ".join(text.translate(_BLANKS).split())
    return _NOT_WORDS.sub(" ", text).strip()


def find_requirements(document: Document) -> tuple[tuple[Requirement, ...], tuple[Problem, ...]]:
    """Return what a prompt asks for, in order, with line spans, and the problems of its numbering."""
    root = sections_of(document.blocks, document.lines)
    found = _best_reading(root, document.lines)
    if len(found) < ENOUGH or _mostly_fenced(document):
        # The prompt may stand in a code fence, as prompts that were pasted from elsewhere do.
        lines = ["" if line.lstrip().startswith(("```", "~~~")) else line for line in document.lines]
        unfenced = _best_reading(sections_of(read_blocks(lines[:MAX_LINES]), lines), lines)
        found = max(found, unfenced, key=len)
    if len(found) < ENOUGH:
        found = max(found, _Reader(document.lines, "relaxed").read(root), key=len)
    if found:
        found = _Reader(document.lines).with_regions(found, root)
    problems = _duplicate_numbers(found, document.name)
    if len(found) > MAX_REQUIREMENTS:
        message = f"only the first {MAX_REQUIREMENTS} of {len(found)} requirements are kept; split the prompt"
        problems += (
            Problem(
                "requirements", "too_many_requirements", message, document.name, found[MAX_REQUIREMENTS].line_start
            ),
        )
        found = found[:MAX_REQUIREMENTS]
    if not found:
        message = "no requirement was found; state them as a numbered list, or add a requirements.yaml to the sample"
        problems += (Problem("requirements", "no_requirements", message, document.name, 1),)
    return _numbered(found, "prompt"), problems


def _best_reading(root: Section, lines: Sequence[str]) -> list[_Found]:
    reader = _Reader(lines)
    found = reader.read(root)
    if reader.passed_over >= FEW_GROUPS and len(found) <= FEW_LISTED:
        told = _Reader(lines, "told").read(root)
        if len(told) * 5 >= len(found) * 8:
            return told  # the prose is the prompt, its few lists are beside the point
    if len(found) <= FEW_GROUPS and reader.listed_in_groups >= MANY_ITEMS:
        return _Reader(lines, "flat").read(root)
    if len(found) > VERY_MANY:
        coarse = _Reader(lines, "coarse").read(root)
        return coarse if len(coarse) >= FEW_LISTED else found
    return found


def _mostly_fenced(document: Document) -> bool:
    """Whether most of a prompt stands in fences that hold no code."""
    fenced = 0
    for block in document.blocks:
        if block.kind == "code" and not _holds_code(block.text, document.lines[block.line_start - 1]):
            fenced += block.line_end - block.line_start + 1
    return fenced * 2 > len(document.lines)


def _holds_code(text: str, fence: str) -> bool:
    rows = [row.rstrip() for row in text.split("\n") if row.strip()]
    endings = sum(row.endswith(_CODE_ENDS) for row in rows)
    listed = sum(row.lstrip().startswith(("- ", "* ")) or _NUMBERED.match(row) is not None for row in rows)
    named = fence.strip("`~ ").lower() not in _PROSE_FENCES
    return endings * 3 > len(rows) or (named and listed * 3 < len(rows))


_CODE_ENDS = ("{", "}", "(", ")", "[", "]", ";", ",")
_NUMBERED = re.compile(r"\s*[0-9]{1,2}[.)] ")
_PROSE_FENCES = ("", "text", "txt", "markdown", "md", "plaintext")


def requirements_of_ideal(document: Document) -> tuple[Requirement, ...]:
    """Return what an ideal response says it implements: its headings and bullets, for prompts that list nothing."""
    root = sections_of(document.blocks, document.lines)
    found = _Reader(document.lines, "relaxed").read(root)
    return _numbered(found[:MAX_REQUIREMENTS], "ideal")


def _numbered(found: Iterable[_Found], source: str) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(f"R{index:02d}", source, f.number, f.group, f.title, f.text, f.line_start, f.line_end)
        for index, f in enumerate(found, 1)
    )


def _duplicate_numbers(found: Sequence[_Found], document: str) -> tuple[Problem, ...]:
    seen: dict[tuple[str | None, str], int] = {}
    told: set[tuple[str | None, str]] = set()
    problems = []
    for requirement in found:
        if requirement.number is None:
            continue
        key = (requirement.group, requirement.number)
        if key in seen and key not in told:
            told.add(key)
            message = (
                f"number {requirement.number} is declared at line {seen[key]} and again here under the same heading; "
                "both are kept: renumber one"
            )
            problems.append(Problem("requirements", "duplicate_number", message, document, requirement.line_start))
        seen.setdefault(key, requirement.line_start)
    return tuple(problems)


class _Reader:
    """Walks the sections of one prompt and gathers its requirements."""

    def __init__(self, lines: Sequence[str], mode: str = "") -> None:
        """`mode` is how to read: `flat` takes no group as a whole, `coarse` takes every heading that has no
        headings under it as one, `told` reads the prose before lists as well, `relaxed` also what only frames the
        task."""
        self.lines = lines
        self.flat = mode == "flat"
        self.coarse = mode == "coarse"
        self.told = mode == "told"
        self.relaxed = mode == "relaxed"
        self.found: list[_Found] = []
        self.words = _wordings()
        self.has_lists = False
        self.lists_seen = 0
        self.listed_in_groups = 0
        self.passed_over = 0  # paragraphs that are left out for the lists after them
        self.file_told = False
        told = [line for line in islice(lines, 100) if line.strip()]
        self.dense = len(told) <= FEW_LINES and sum(map(len, told)) >= LONG_TOLD

    def read(self, root: Section) -> list[_Found]:
        self.has_lists = not self.told and self._lists(root) >= 3
        self._section(root, None)
        self.found.sort(key=lambda f: (f.line_start, f.line_end))
        return self.found

    def with_regions(self, found: list[_Found], root: Section) -> list[_Found]:
        """The requirements, and where all is to be deployed if it is only told in what is left out."""
        self.found = found
        told = {region for f in found for region in _REGION.findall(f.text)}
        self._regions(root, told, {line for f in found for line in range(f.line_start, f.line_end + 1)})
        self.found.sort(key=lambda f: (f.line_start, f.line_end))
        return self.found

    def _regions(self, section: Section, told: set[str], read: set[int]) -> None:
        if self._is_framing(section):
            return
        for statement in section.statements:
            if statement.kind not in ("line", "paragraph") or statement.line_start in read:
                continue
            if not _REGION.search(statement.text):
                continue
            for sentence in sentences(statement.text):
                regions = _REGION.findall(sentence)
                if regions and told.isdisjoint(regions) and self._places(_words(sentence)):
                    told.update(regions)
                    self._add_text(statement, sentence, section.title or None)
        for child in section.children:
            self._regions(child, told, read)

    def _places(self, words: str) -> bool:
        """Whether a sentence says where to deploy ("Deploy all in eu-west-1"; "The stack should run in eu-west-1")."""
        ordered = self.words.orders.match(words) or self.words.settled.search(words)
        return (
            ordered is not None
            and self.words.places.search(words) is not None
            and self.words.tools_named.search(words) is None
            and self.words.narrative.match(words) is None
        )

    def _lists(self, section: Section) -> int:
        if self._is_framing(section):
            return 0
        items = sum(s.kind == "item" and not _FILE.match(s.text) for s in section.statements)
        return items + sum(self._lists(c) for c in section.children)

    # ---------------------------------------------------------- sections

    def _is_framing(self, section: Section) -> bool:
        if self.relaxed or not section.title:
            return False
        words = _words(section.title)
        if words == "output":
            return _lists_files(section)
        if self.words.service_lists.search(words):
            return _names_only(section)
        if self.words.flows.search(words) and self._tells_flow(section):
            return True
        if self.words.framing.match(words) is None or self.words.notes.search(words) or _lists_outputs(section, words):
            return False
        if self.words.wanted.search(words):
            return False
        if (self.words.settings.search(words) or self.words.scenes.search(words)) and self._orders_most(section):
            return False
        if self.words.settings.search(words):
            topics = [c for c in section.children if not self.words.listing.search(_words(c.title))]
            if sum(len(topic.statements) > 1 for topic in topics) >= MANY_TOPICS:
                return False
        if self.words.scenes.search(words):
            lists = [
                c for c in section.children if c.rank < BOLD_RANK and sum(s.kind == "item" for s in c.statements) > 1
            ]
            if len(lists) >= MANY_TOPICS:
                return False
        # A heading over most of the prompt frames nothing: it is the prompt's title.
        return (section.line_end - section.line_start + 1) * 3 < len(self.lines) * 2

    def _is_conditional(self, section: Section) -> bool:
        """Whether a section starts with what it is for if it is there at all ("Config: If using AWS Config, …")."""
        first = next(iter(section.statements), None)
        return (
            first is not None
            and first.kind == "item"
            and self.words.conditional.match(first.text[:80].lower()) is not None
        )

    def _orders_most(self, section: Section) -> bool:
        """Whether most items under a heading order something ("Task overview: 1. Create… 2. Deploy…")."""
        items = [_words(s.text) for s in section.statements if s.kind == "item"]
        return (
            len(items) >= MANY_TOPICS
            and sum(self.words.orders.match(i) is not None for i in items) * 3 > len(items) * 2
        )

    def _tells_flow(self, section: Section) -> bool:
        """Whether the steps under a heading tell what happens ("A customer pays") and name few services."""
        steps = [_words(s.text) for s in section.statements if s.number is not None]
        named = sum(
            self.words.services.search(step) is not None or self.words.orders.match(step) is not None for step in steps
        )
        return len(steps) > 1 and named * 2 < len(steps)

    def _telling(self, sections: Sequence[Section]) -> list[Section]:
        """The sections that do not frame the task; what a framing label leads on to ("Output: / A file with:") does."""
        kept: list[Section] = []
        leading: Section | None = None
        for section in sections:
            led = leading is not None and section.rank == leading.rank == LABEL_RANK and section.number is None
            if self._is_framing(section) or led:
                leading = None if section.statements or section.children else section
            else:
                leading = None
                kept.append(section)
        return kept

    def _section(self, section: Section, group: str | None, cousins: bool = False) -> None:
        """Read a section; its topics are one requirement each where there are many, or `cousins` are."""
        if self._is_framing(section):
            return
        own_group = section.title or group
        self._statements(section, own_group)
        children = self._telling(section.children)
        kept = {id(child) for child in children}
        for child in section.children:
            if id(child) not in kept:
                self._left_out(child)
        topics = [child for child in children if self._is_topic(child)]
        pure = [topic for topic in topics if self._is_pure(topic)]
        inner = [self._pure_inside(child) for child in children]
        labelled = sum(count for count, child in zip(inner, children, strict=True) if _are_labels(child.children))
        many = len(pure) + (len(pure) > 1 and max(inner) >= MANY_TOPICS) >= MANY_TOPICS
        listed = {id(topic) for topic in (topics if many else pure)}
        grouped = (many or cousins) and not self.flat
        for child in children:
            if grouped and self._is_conditional(child):
                continue
            one = self._is_one(child, _words(child.title)) and not self.flat
            if (one or (grouped and id(child) in listed)) and not (self._is_list(child) and not self.coarse):
                self._add_section(child, own_group)
            else:
                self._section(child, own_group, labelled >= MANY_TOPICS)

    def _left_out(self, section: Section) -> None:
        """Add what a section that frames the task asks for nonetheless: parts of the environment, an answer's form."""
        words = _words(section.title)
        environment = self.words.environments.match(words) is not None
        platform = self.words.platform_headings.match(words) is not None
        for part in [section, *section.children] if environment else [section]:
            if part is not section and (self._is_framing(part) or self.words.inventories.match(_words(part.title))):
                continue
            for statement in part.statements:
                found = len(self.found)
                if environment:
                    self._environment(statement, section.title)
                elif platform and statement.kind == "item" and self.words.ensuring.match(_words(statement.text)):
                    self._item(statement, section.title)
                if len(self.found) == found:
                    self._form(statement, part.title)

    def _environment(self, statement: Statement, group: str | None) -> None:
        """Add an item of an environment that says something of a service, or what a paragraph orders."""
        if statement.kind == "item":
            words = _words(statement.text)
            asked = self.words.services.search(words) or self.words.orders.match(words) or self.words.must.search(words)
            asked = asked or self.words.versions.match(words)
            if asked and not self.words.inventories.match(words):
                self._item(statement, group)
        elif statement.kind in ("paragraph", "line"):
            self._orders(statement, group)

    def _is_pure(self, topic: Section) -> bool:
        """Whether the heading of a topic says nothing of a list."""
        return not self.words.listing.search(_words(topic.title))

    def _pure_inside(self, section: Section) -> int:
        """How many lists with headings of their own stand under a heading that has nothing else under it."""
        if section.statements or self._is_framing(section):
            return 0
        topics = [child for child in self._telling(section.children) if self._is_topic(child)]
        return sum(self._is_pure(t) and any(s.kind == "item" for s in t.statements) for t in topics)

    def _is_one(self, section: Section, title_words: str) -> bool:
        """Whether a headed section is one requirement as a whole, wherever it stands."""
        if not section.statements and not section.children:
            return False
        if not section.children and self.words.single.match(title_words):
            return not _names_files(section)
        if self.coarse and section.rank <= BOLD_RANK and not any(c.rank < BOLD_RANK for c in section.children):
            return len(section.statements) + len(section.children) > 1
        return section.number is not None and not self._is_generic(title_words)

    def _is_list(self, section: Section) -> bool:
        """Whether the items under a heading are requirements each: most hold items, or each says much."""
        items = [s for s in section.statements if s.kind == "item"]
        if len(items) < LEAST_LISTED or section.children:
            return False
        headed = sum(item.nested > 1 for item in items)
        long = section.rank < LABEL_RANK and sum(len(item.text) for item in items) >= LONG_ITEM * len(items)
        return long or headed * 5 >= len(items) * 3

    def _is_topic(self, section: Section) -> bool:
        """Whether a section is about one thing: no subsections, no numbered list, a heading that says what."""
        if any(child.rank < LABEL_RANK or section.rank >= BOLD_RANK for child in section.children):
            return False
        if not (section.statements or section.children) or self._is_generic(_words(section.title)):
            return False
        if not any(s.kind == "item" for s in section.statements) and self._tells_story(_words(section.title)):
            return False
        if section.rank >= LABEL_RANK and not any(s.kind == "item" for s in section.statements):
            return any(self._asks(_words(s.text)) for s in section.statements)
        return sum(s.kind == "item" and s.number is not None for s in section.statements) < 2

    def _tells_story(self, title_words: str) -> bool:
        """Whether a heading is that of a story and no more ("problem statement"; not "environment separation")."""
        return (
            self.words.stories.match(title_words) is not None
            and title_words.count(" ") < 2
            and not title_words.startswith("environment ")
        )

    def _asks(self, words: str) -> bool:
        return self.words.asking.search(words) is not None and not self.words.narrative.match(words)

    def _is_generic(self, title_words: str) -> bool:
        """Whether a heading says only that requirements follow ("technical requirements"), not which."""
        if self.words.orders.match(title_words) and self.words.tools.search(title_words):
            return True  # "Implement a CDK stack that:"
        listing = self.words.listing
        return (
            listing.search(title_words) is not None
            and not self.words.filler.sub("", listing.sub("", title_words)).strip()
        )

    # -------------------------------------------------------- statements

    def _statements(self, section: Section, group: str | None) -> None:
        lines = [s.line_start for s in section.statements if s.kind == "line" and len(s.text) < MAX_LINE]
        adjacent = {a for a, b in pairwise(lines) if b == a + 1}
        adjacent |= {line + 1 for line in adjacent}
        is_list = section.title != "" and len(lines) >= 3 and not self.words.stories.match(_words(section.title))
        layout = self.words.layouts.search(_words(section.title)) is not None  # whether its paths are being told
        for statement in _files_together(section.statements):
            layout = self._is_layout(statement) or (layout and all(map(_PATH.match, statement.text.split("\n"))))
            if layout or statement.kind in ("code", "table", "rule") or statement.text[:1] in _TREE:
                continue
            short = statement.kind == "line" and len(statement.text) < MAX_LINE
            line = short and (is_list or (len(adjacent) >= 3 and statement.line_start in adjacent))
            if line:
                words = _words(statement.text)
                leads_on = statement.text.endswith(":") and self.words.leading_on.search(words) is not None
                line = not leads_on and not self.words.narrative.match(words)
            found = len(self.found)
            if line or statement.kind == "item" or statement.number is not None:
                self._item(statement, group)
            else:
                self._prose(section, statement, group)
            if len(self.found) == found:
                self._form(statement, group)

    def _is_layout(self, statement: Statement) -> bool:
        """Whether a statement leads on to the paths of a project ("…with the following structure:")."""
        text = statement.text.rstrip("*_ ")
        return text.endswith(":") and self.words.layouts.search(_words(text[-MAX_LINE:])) is not None

    def _form(self, statement: Statement, group: str | None) -> None:
        """Add what a statement that is otherwise left out demands of the answer's form: one named file, comments, tests
        ("Testing: unit tests…")."""
        if statement.kind not in ("item", "line", "paragraph", "quote") or _FILE.match(statement.text):
            return
        for sentence in sentences(statement.text):
            words = _words(sentence)
            named = 0 < len(_NAMED_FILE.findall(sentence)) < 3 and self.words.whole_files.search(words)
            named = named or self.words.separate_files.search(words)
            other = self.words.comments.search(words) or self.words.tests.match(sentence[:100].lower())
            if (named and not self.file_told) or other:
                self.file_told = self.file_told or bool(named)
                self._add_text(statement, sentence, group)
                return

    def _item(self, statement: Statement, group: str | None) -> None:
        words = _words(statement.text)
        if (
            not words
            or (self.words.environments.match(_words(group or "")) is not None and _is_names(statement.text))
            or self.words.conditional.match(statement.text[:80].lower())
            or self.words.is_boilerplate(_words(sentences(statement.text[:WORDS_FROM])[0]))
            or (" " not in words and "." in words)
            or self.words.fields.match(statement.text[:60].lower())
        ):
            return
        self.lists_seen += 1
        start = statement.text[:60].lower()
        reason = statement.number is None and self.words.reasons.match(start) is not None
        if (reason or self.words.explaining.match(start)) and self._goes_on(statement):
            return
        by_item = self.flat and len(statement.inner) >= 3 and len(statement.text) < LONG_LEAD
        if by_item or _leads_list(statement):
            for inner in statement.inner:
                self._item(inner, group)
            return
        self.listed_in_groups += statement.nested
        self._add(statement, group)

    def _goes_on(self, statement: Statement) -> bool:
        """Take an item into the requirement right above it, if one is there."""
        if not self.found or self.found[-1].line_end != statement.line_start - 1:
            return False
        last = self.found.pop()
        text = self._text(last.line_start, statement.line_end)
        self.found.append(last._replace(text=text, line_end=statement.line_end))
        return True

    def _prose(self, section: Section, statement: Statement, group: str | None) -> None:
        text = statement.text
        listed = inline_items(text)
        if listed:
            self.lists_seen += 1
            for number, item in listed:
                if not self.words.is_boilerplate(_words(item)):
                    self._add_text(statement, item, group, number)
            return
        words = _words(text)
        if not words or text.rstrip().endswith(":"):
            return
        if self.words.stories.match(_words(section.title)) and self.has_lists:
            self.passed_over += 1
            if self.words.settings.match(_words(section.title)) or self._is_framing_lead(text):
                self._orders(statement, group)
            return
        demanded = self.words.demanding.search(_words(section.title)) is not None
        ordered = demanded or self._is_order(words) or self._is_led_order(text)
        if self.has_lists and not self.lists_seen and not ordered:
            self.passed_over += 1
            return
        if self.relaxed:
            for sentence in sentences(text):
                words = _words(sentence)
                if self.words.asking.search(words) and self.words.relevant.search(words):
                    self._add_text(statement, sentence, group)
            return
        first = _words(text[:300])
        if self.words.is_boilerplate(first) and not self.words.services.search(first):
            return  # what starts by saying how to answer goes on about it
        found = separate_statements(text, self.words.relevant, self.dense)
        lead = _PLAIN_LEAD.match(text)
        if self._is_framing_lead(text):
            self._orders(statement, group)
            return
        if len(found) > 1 and (_BOLD_LEAD.match(text) or (lead and not self.words.listing.search(_words(lead[1])))):
            found = [text]  # what stands under a lead of its own is one thing
        elif self.dense:
            found = [part for sentence in found for part in self._clauses(sentence)]
        notes = self.words.notes.search(_words(section.title)) is not None
        for sentence in found:
            words = _words(sentence)
            if self.words.is_boilerplate(words) or self.words.narrative.match(words):
                continue
            if self.words.introductions.match(words) or (notes and not self.words.demands.search(words)):
                continue
            self._add_text(statement, sentence, group)

    def _is_framing_lead(self, text: str) -> bool:
        """Whether a paragraph starts with what frames the task ("Expected output: …")."""
        lead = _PLAIN_LEAD.match(text) or _BOLD_LEAD.match(text)
        return lead is not None and self.words.framing_leads.match(_words(lead[1])) is not None

    def _orders(self, statement: Statement, group: str | None) -> None:
        """Add the sentences of a paragraph that order something ("Use the VPC…"; "It must run in us-east-1"), or tell
        of a part of the environment ("VPC endpoints keep the traffic inside")."""
        environment = self.words.environments.match(_words(group or "")) is not None
        for position, sentence in enumerate(separate_statements(statement.text, self.words.relevant)):
            words = _words(sentence)
            told = environment and position and not self.words.inventories.match(words)
            told = told and self.words.services.search(" ".join(words.split()[:SUBJECT_WORDS])) is not None
            if told or self.words.orders.match(words) or self.words.must.search(words):
                self._add_text(statement, sentence, group)

    def _clauses(self, sentence: str) -> list[str]:
        return clauses(sentence, self.words.relevant, self.words.clause_verbs, self.words.clause_nouns)

    def _is_order(self, words: str) -> bool:
        """Whether a paragraph before the lists asks for something of its own, rather than introducing them."""
        return (
            (self.words.orders.match(words) is not None or _WISH.match(words) is not None)
            and self.words.tools.search(words) is None
            and self.words.services.search(words) is not None
        )

    def _is_led_order(self, text: str) -> bool:
        """Whether a paragraph under a bold lead of its own ("**Networking**: Deploy a VPC…") orders something."""
        lead = _BOLD_LEAD.match(text)
        if lead is None:
            return False
        words = _words(text[lead.end() : lead.end() + WORDS_FROM])
        return self.words.services.search(words) is not None and not self.words.narrative.match(words)

    # -------------------------------------------------------------- adding

    def _text(self, start: int, end: int) -> str:
        return "\n".join(self.lines[start - 1 : end])[:MAX_TEXT].replace("**", "").strip()

    def _add(self, statement: Statement, group: str | None) -> None:
        title = _title(statement.text)
        text = self._text(statement.line_start, statement.line_end)
        self.found.append(_Found(statement.number, group, title, text, statement.line_start, statement.line_end))

    def _add_text(self, statement: Statement, text: str, group: str | None, number: str | None = None) -> None:
        self.found.append(
            _Found(number, group, _title(text), plain(text)[:MAX_TEXT], statement.line_start, statement.line_end)
        )

    def _add_section(self, section: Section, group: str | None) -> None:
        self.lists_seen += 1
        self.listed_in_groups += sum(1 + s.nested for s in section.statements if s.kind == "item")
        text = self._text(section.line_start, section.line_end)
        self.found.append(
            _Found(section.number, group, section.title[:MAX_TITLE], text, section.line_start, section.line_end)
        )


def _leads_list(statement: Statement) -> bool:
    """Whether an item only leads on to a numbered list of sentences ("The stack must:"), or holds one that does."""
    numbered = [s.text for s in statement.inner if s.number is not None]
    if len(numbered) >= MANY_NUMBERED and sum(map(len, numbered)) >= LONG_NUMBERED * len(numbered):
        return len(statement.text) < LONG_LEAD
    return any(map(_leads_list, statement.inner))


def _are_labels(sections: Sequence[Section]) -> bool:
    return all(section.rank == LABEL_RANK for section in sections)


_REGION = re.compile(r"\b[a-z]{2}-(?:gov-)?(?:north|south|east|west|central)[a-z]{0,5}-[0-9]\b")
_IN_BRACKETS = re.compile(r"\([^)]*\)")


def _lists_outputs(section: Section, words: str) -> bool:
    """Whether "Expected outputs" are those of the stack ("VPC ID"), rather than the files of the answer."""
    items = [s for s in section.statements if s.kind == "item"]
    if len(items) < 2 or _wordings().outputs.match(words) is None:
        return False
    return sum(_wordings().identifiers.search(s.text.lower()) is not None for s in items) * 3 >= len(items) * 2


_FILE = re.compile(r"\W{0,4}[\w./-]{1,60}\.(?:ts|tsx|js|py|tf|go|java|json|ya?ml|md|txt|tfvars|hcl|csv|html)\b")
_PATH = re.compile(r"\W{0,4}[\w./-]{1,60}(?:/|\.[a-z]{1,5})[*`]{0,3}(?:$|[\s:])")
_TREE = ("├", "└", "│")  # what the lines of a drawn tree begin with
_NAMED_FILE = re.compile(r"[\w-]\.(?:ts|js|mjs|py|tf|go|java|json|ya?ml)\b")
_OF_ANSWER = re.compile(rf"(?i)\b{either(words_of('requirements.yaml', 'parts_of_answer'))}\b")


MANY_FILES, MANY_NAMES = 4, 3


def _names_files(section: Section) -> bool:
    """Whether most items under a heading tell what a file is to hold."""
    items = [s for s in section.statements if s.kind == "item"]
    return len(items) > 1 and sum(_FILE.match(s.text) is not None for s in items) * 2 > len(items)


def _is_names(text: str) -> bool:
    """Whether a text is a list of names and no more ("AWS us-east-1, ECS, S3")."""
    names = _IN_BRACKETS.sub("", text).split(",")
    return (
        len(names) >= MANY_NAMES and sum(name.strip().count(" ") < MANY_NAMES for name in names) * 4 >= len(names) * 3
    )


def _names_only(section: Section) -> bool:
    """Whether a section lists names ("Amazon S3", "VPC (private subnets)") and says nothing of them."""
    items = [s for s in section.statements if s.kind == "item"]
    bare = sum(not s.nested and _words(_IN_BRACKETS.sub("", s.text)).count(" ") < 4 for s in items)
    return len(items) > 1 and bare * 4 >= len(items) * 3


def _files_together(statements: list[Statement]) -> list[Statement]:
    """The statements, where a long list of the files to write is one."""
    files = [i for i, s in enumerate(statements) if s.kind == "item" and not s.nested and _FILE.match(s.text)]
    if len(files) < MANY_FILES or files[-1] - files[0] != len(files) - 1:
        return statements
    first, last = statements[files[0]], statements[files[-1]]
    text = "\n".join(statements[i].text for i in files)
    one = Statement("item", text, first.line_start, last.line_end, first.number)
    return [*statements[: files[0]], one, *statements[files[-1] + 1 :]]


def _lists_files(section: Section) -> bool:
    """Whether "Output" is what the answer is to consist of."""
    told = [s.text for s in section.statements if s.kind in ("item", "line", "paragraph")]
    told += [s.text for child in section.children for s in child.statements]
    return sum(bool(_FILE.match(t) or _OF_ANSWER.search(t)) for t in told) * 2 >= len(told)


_WISH = re.compile(rf"(?:the|this|your) (?:\w+ ){{1,3}}{either(words_of('requirements.yaml', 'modals'))}\b")
_BOLD_LEAD = re.compile(r"^\s*(?:\*\*|__)([^*\n]{2,90}?):?(?:\*\*|__)")


_PLAIN_LEAD = re.compile(r"([A-Z][\w&/()-]*(?: [\w&/(),-]+){0,6}?) ?:\s+(?=[A-Z\"'`(*])")


def _title(text: str) -> str:
    lead = _BOLD_LEAD.match(text)
    if lead:
        return str(lead[1]).strip()
    first = plain(text.split("\n", 1)[0])
    if len(first) <= MAX_TITLE:
        return first
    return first[: MAX_TITLE - 1].rsplit(" ", 1)[0] + "…"
