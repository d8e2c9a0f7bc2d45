"""The knowledge base: concepts with their wordings in prompts and their detectors on resources.

Concepts are data (`knowledge/concepts-*.yaml`, schema in `knowledge/concepts.schema.json`, told in docs/knowledge.md).
This module loads them, finds which ones a wording names, and asks a side whether it has them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, cast

from gapkit.form import form_share
from gapkit.knowledge import concept_files, load_yaml_text, words_of
from gapkit.memo import Remembered
from gapkit.models import Scalar
from gapkit.resources import Item, Resource, Side, names_referred_to, normal_path, places_of
from gapkit.words import phrase_words

PATHS_REMEMBERED = 2_000
"""Paths that a pattern remembers whether it matches."""

LONGEST_VALUE = 16_000
"""Characters of a value that a test looks at; longer than that are no settings, but whole programs."""


class Hit:
    """A resource, and the property of it, that a detector found."""

    __slots__ = ("item", "resource")

    # A plain class, as all that is made by the hundred here: making one runs no interpreted code once it is compiled.
    def __init__(self, resource: Resource, item: Item | None) -> None:
        self.resource = resource
        self.item = item


@dataclass(frozen=True, slots=True, eq=False)  # told apart by identity: hashing every field took its time
class Test:
    """A test on a value: `true`, `">=7"`, `"a|b"`, `"~regex"`, `"!x"`; no test accepts any value but false.

    `absent` (in `where` and `beside`) wants that nothing stands there, `"absent ~regex"` nothing that fits; `"<=@+5"`
    is held against the value that the rule's path leads to.
    """

    operator: str
    operand: Scalar
    pattern: re.Pattern[str] | None = None
    relative: bool = False
    endings: tuple[str, ...] = ()
    """What a value ends with that equals one of the options of a text, with a dot before it."""

    def accepts(self, value: Scalar) -> bool:
        operator = self.operator
        if operator == "any":
            return value is not False and value not in (None, "", "none", "NONE")
        if operator == "regex":
            assert self.pattern is not None
            return self.pattern.search(str(value)[:LONGEST_VALUE]) is not None
        if operator == "not":
            return not self._equals(value)
        if operator == "equal":
            return self._equals(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or not isinstance(self.operand, int | float):
            return False
        return value >= self.operand if operator == "at least" else value <= self.operand

    def _equals(self, value: Scalar) -> bool:
        wanted = self.operand
        if isinstance(wanted, str):
            ending = "." + str(value).lower()  # a dot before each option, so that the end of `Type.OPTION` is one, too
            return ending.endswith(self.endings)
        if isinstance(wanted, bool) or isinstance(value, bool):
            return value is wanted
        return value == wanted


def read_test(value: Scalar) -> Test:
    """The test that a rule's `value` writes; raises re.error for a bad regular expression."""
    if not isinstance(value, str):
        return Test("any", None) if value is None else Test("equal", value)
    if value.startswith("~"):
        return Test("regex", None, re.compile(value[1:], re.IGNORECASE))
    if value.startswith((">=", "<=")):
        operator, relative = "at least" if value[0] == ">" else "at most", value[2:3] == "@"
        return Test(operator, float(value[3:] or 0 if relative else value[2:]), None, relative)
    if value == "absent":
        return Test("absent", None)
    if value.startswith("absent ~"):
        return Test("absent", None, re.compile(value[8:], re.IGNORECASE))
    if value.startswith("!"):
        rest: Scalar = {"true": True, "false": False}.get(value[1:].lower(), value[1:])
        return Test("not", rest, endings=_endings(rest))
    return Test("equal", value, endings=_endings(value))


def _endings(operand: Scalar) -> tuple[str, ...]:
    return tuple("." + option for option in operand.lower().split("|")) if isinstance(operand, str) else ()


class PathPattern:
    """A pattern of normalised paths, `a.b|c*|^d`.

    An option matches whole segments anywhere in a path, after `^` only at its start; `*` is any part of a segment.
    """

    __slots__ = ("_everything", "_known", "_plain", "_search", "_texts", "_top")

    def __init__(self, path: str) -> None:
        plain: list[str] = []
        top: list[str] = []
        wild: list[str] = []
        for written in path.lower().replace("_", "").replace("-", "").split("|"):
            option = written.strip()
            first, name = ("^", option[1:]) if option.startswith("^") else ("", option)
            text = f".{name}."  # held against a path with a dot on either side
            if text.endswith("*.") and text[-3] != ".":
                text = text[:-2]  # the rest of a segment is there in any case
            if text.startswith(".*") and text[2:3] != "." and not first:
                text = text[2:]
            if "*" in text:
                wild.append(("^" if first else "") + re.escape(text).replace(r"\*", "[^.]*"))
            elif first:
                top.append(text)
            else:
                plain.append(text)
        self._plain = tuple(plain)
        self._top = tuple(top)
        self._texts = (*plain, *[f"\n{text}" for text in top])
        self._search = re.compile("|".join(wild)).search if wild else None
        self._everything = r"\.[^.]*\." in wild
        self._known = Remembered(self._stands_in, PATHS_REMEMBERED)

    def matches(self, path: str) -> bool:
        """Whether the pattern's segments stand in the path; the same few paths are asked for again and again."""
        return self._everything or self._known.of(path)

    def places_among(self, lines: str) -> list[int] | None:
        """The places, in their order, of the paths that may match, of those that `lines` holds (`path_lines`); None
        where each has to be looked at."""
        if self._search is not None:
            return None
        places: list[int] = []
        for text in self._texts:
            if text in lines:
                places += places_of(text, lines)
        return sorted(set(places)) if len(places) > 1 else places

    def matching(self, paths: Sequence[str], lines: str) -> Sequence[str]:
        """Those of the paths that the pattern matches, in their order; `lines` are the same (`path_lines`)."""
        if self._everything:
            return paths
        places = self.places_among(lines)
        named = paths if places is None else [paths[place] for place in places]
        return [path for path in named if self.matches(path)]

    def _stands_in(self, path: str) -> bool:
        dotted = f".{path}."
        for option in self._plain:
            if option in dotted:
                return True
        return dotted.startswith(self._top) or (self._search is not None and self._search(dotted) is not None)


@lru_cache(maxsize=4096)
def path_pattern(path: str) -> PathPattern:
    """The pattern that `a.b|c*|^d` writes."""
    return PathPattern(path)


@dataclass(frozen=True, slots=True, eq=False)  # told apart by identity: hashing every field took its time
class Rule:
    """One way to see a concept: resources of some types, a property path, a test, a reference, a method call."""

    types: tuple[str, ...]
    path: PathPattern | None
    test: Test
    refers: str | None
    call: re.Pattern[str] | None
    name: re.Pattern[str] | None
    count: int
    every: bool
    kinds: tuple[str, ...] = ()
    artifact: re.Pattern[str] | None = None
    lacks: PathPattern | None = None
    raw: re.Pattern[str] | None = None
    dialects: tuple[str, ...] = ()
    exact: bool = False
    where: tuple[tuple[PathPattern, Test], ...] = ()
    """What else the same resource must say."""

    beside: tuple[tuple[PathPattern, Test], ...] = ()
    """What else must stand in the same object as what the path leads to."""

    another: tuple[tuple[PathPattern, Test], ...] = ()
    """What another entry must say of the list that what the path leads to stands in an entry of."""

    place: re.Pattern[str] | None = None
    """The path as it is written, with the positions in lists."""

    fewer: int = 0
    """The path leads to a list that is written out with fewer entries than this."""

    unlike: PathPattern | None = None
    """What `path` leads to equals nothing at this path of the same resource, where all of it is written out."""

    like: PathPattern | None = None
    """What `path` leads to is written in the same way at this path of the same resource."""

    unnamed: Rule | None = None
    """Nothing that this rule finds names the resource, and nothing passes it on to where it cannot be followed."""

    within: frozenset[str] = frozenset()
    """The services whose resources a rule for any type looks at; all where it is empty."""

    any_value: re.Pattern[str] | None = None
    """The value's pattern, of a line, where a rule asks nothing but whether any value is such."""

    @property
    def looks_at_resources(self) -> bool:
        """Whether the rule asks more than what one property says."""
        return bool(
            self.every or self.refers or self.kinds or self.raw or self.call or self.name or self.lacks or self.dialects
            or self.where or self.beside or self.another or self.place or self.fewer or self.unlike or self.like
            or self.unnamed or self.within
        )  # fmt: skip

    @property
    def refuses_all(self) -> bool:
        """Whether each resource of its types is found, whatever it says."""
        return self.exact and not (
            self.path or self.refers or self.call or self.name or self.lacks or self.raw or self.where or self.unnamed
        )

    @property
    def services(self) -> frozenset[str]:
        return frozenset(service_of(name) for name in self.types)


@lru_cache(maxsize=10_000)
def service_of(canonical_type: str) -> str:
    """`AWS::Lambda::Function` → `lambda`; other types are a service of their own."""
    parts = canonical_type.split("::")
    return parts[1].lower() if len(parts) > 2 else canonical_type.lower()


@dataclass(frozen=True, slots=True, eq=False)  # told apart by identity: hashing every field took its time
class Concept:
    """A named capability; `violation` says that it is met by finding nothing."""

    concept_id: str
    title: str
    wordings: tuple[tuple[str, ...], ...]
    category: str
    severity: str
    because: str
    harm: str
    fix: str
    deployment: str
    operational: str
    rules: tuple[Rule, ...]
    violation: bool
    service: str | None
    across: str | None
    anywhere: bool = False
    """Whether its rules hold whatever services a wording names: what a right allows stands in a policy."""

    form: str | None = None
    """What it asks of the answer's form, in place of rules (gapkit/form.py)."""

    exceptions: tuple[tuple[str, ...], ...] = ()
    """Longer phrases that hold one of its wordings and mean something else."""


class Beginning(NamedTuple):
    """The wordings that begin with one stem: by their second stem, the longest first, and those of one stem only.

    The flag says whether the phrase means the concept; one of its exceptions does not.
    """

    longer: dict[str, list[tuple[tuple[str, ...], Concept, bool]]]
    alone: list[Concept]


class Knowledge(NamedTuple):
    """All concepts, and the index from the first stem of a wording to the wordings that begin with it."""

    concepts: Mapping[str, Concept]
    wordings: Mapping[str, Beginning]


def _over_all_values(pattern: str) -> re.Pattern[str]:
    """A test of values as a pattern of `Side.values`, which `re` finds several times faster there.

    That text is in lower case and each value follows a line break, so neither case nor `^` has to be minded.
    """
    lower = re.sub(r"\\.|[A-Z]", lambda match: match[0] if match[0][0] == "\\" else match[0].lower(), pattern)
    return re.compile(re.sub(r"(?:^|(?<=[|(:]))\^", r"\\n", lower), re.MULTILINE)


def read_rule(data: Mapping[str, object]) -> Rule:
    types = tuple(t.strip() for t in str(data.get("type", "*")).split("|"))
    test = read_test(cast(Scalar, data.get("value")))
    anywhere = data.keys() == {"value", "path"} and data["path"] == "*" and test.pattern is not None
    return Rule(
        types=types,
        any_value=_over_all_values(test.pattern.pattern) if anywhere and test.pattern is not None else None,
        exact=not any("*" in t for t in types) and "artifact" not in data,
        path=path_pattern(str(data["path"])) if "path" in data else None,
        test=test,
        refers=cast("str | None", data.get("refers")),
        call=re.compile(str(data["call"]).replace("*", ".*"), re.IGNORECASE) if "call" in data else None,
        name=re.compile(str(data["name"]), re.IGNORECASE) if "name" in data else None,
        count=int(cast(int, data.get("count", 1))),
        every=bool(data.get("every", False)),
        kinds=tuple(k.strip() for k in str(data["kind"]).split("|")) if "kind" in data else (),
        artifact=re.compile(str(data["artifact"]), re.IGNORECASE) if "artifact" in data else None,
        lacks=path_pattern(str(data["lacks"])) if "lacks" in data else None,
        raw=re.compile(str(data["raw"])) if "raw" in data else None,
        where=_tests(data.get("where")),
        beside=_tests(data.get("beside")),
        another=_tests(data.get("another")),
        place=re.compile(str(data["place"])) if "place" in data else None,
        fewer=int(cast(int, data.get("fewer", 0))),
        unlike=path_pattern(str(data["unlike"])) if "unlike" in data else None,
        like=path_pattern(str(data["like"])) if "like" in data else None,
        unnamed=_shared_rule(json.dumps(data["unnamed"], sort_keys=True)) if "unnamed" in data else None,
        dialects=tuple(d.strip() for d in str(data["dialect"]).split("|")) if "dialect" in data else (),
    )


@lru_cache(maxsize=1024)
def _shared_rule(written: str) -> Rule:
    """One rule for all that are written alike, so that a side is asked once."""
    return read_rule(json.loads(written))


def _tests(data: object) -> tuple[tuple[PathPattern, Test], ...]:
    rows = cast("Mapping[str, Scalar]", data or {})
    return tuple((path_pattern(path), read_test(value)) for path, value in rows.items())


def _phrases(data: object) -> tuple[tuple[str, ...], ...]:
    return tuple(dict.fromkeys(phrase_words(str(text)) for text in cast("list[str]", data or [])))


def _concept(data: Mapping[str, object]) -> Concept:
    impact = cast("Mapping[str, str]", data.get("impact", {}))
    return Concept(
        concept_id=str(data["id"]),
        title=str(data["title"]),
        wordings=_phrases(data.get("wordings")),
        exceptions=_phrases(data.get("except")),
        category=str(data["category"]),
        severity=str(data["severity"]),
        because=str(data.get("because", "")),
        harm=str(data.get("harm", "")),
        fix=str(data.get("fix", "")),
        deployment=str(impact.get("deployment", "none")),
        operational=str(impact.get("operational", data["severity"])),
        rules=tuple(read_rule(r) for r in cast("list[Mapping[str, object]]", data.get("detect", []))),
        violation=bool(data.get("violation", False)),
        service=cast("str | None", data.get("service")),
        across=cast("str | None", data.get("across")),
        form=cast("str | None", data.get("form")),
        anywhere=bool(data.get("anywhere", False)),
    )


@lru_cache(maxsize=8)
def load_knowledge(folder: Path | None = None) -> Knowledge:
    """gapkit's concepts, with a user's folder of YAML files on top (same id replaces)."""
    concepts: dict[str, Concept] = {}
    for text in concept_files(folder):
        for data in cast("list[Mapping[str, object]]", load_yaml_text(text)["concepts"]):
            concept = _concept(data)
            concepts[concept.concept_id] = concept
    index: dict[str, Beginning] = {}
    for concept in concepts.values():
        phrases = [(wording, True) for wording in concept.wordings] + [(phrase, False) for phrase in concept.exceptions]
        for phrase, means_it in phrases:
            if phrase:
                beginning = index.setdefault(phrase[0], Beginning({}, []))
                if len(phrase) == 1:
                    beginning.alone.append(concept)
                else:
                    beginning.longer.setdefault(phrase[1], []).append((phrase, concept, means_it))
    for beginning in index.values():
        for rows in beginning.longer.values():
            rows.sort(key=lambda row: -len(row[0]))
    return Knowledge(concepts, index)


class Mention:
    """A concept that a wording names, with the positions of its words."""

    __slots__ = ("concept", "end", "start")

    def __init__(self, concept: Concept, start: int, end: int) -> None:
        self.concept = concept
        self.start = start
        self.end = end


_NEGATIONS = frozenset(words_of("negation.yaml", "stems.before"))
_LIGHT = frozenset(words_of("negation.yaml", "stems.light"))
_INSTEAD = frozenset(words_of("negation.yaml", "stems.instead"))
_UNASKED = frozenset(words_of("negation.yaml", "stems.unasked"))
_MODALS = frozenset(words_of("negation.yaml", "stems.modals"))
_ACTIVE = frozenset(words_of("negation.yaml", "stems.active"))
_MADE = frozenset(words_of("negation.yaml", "stems.made"))
_MAKERS = frozenset(words_of("negation.yaml", "stems.makers"))
_TURNED_OFF = frozenset(words_of("negation.yaml", "stems.turned_off"))
_STOPPING = _NEGATIONS | frozenset(words_of("negation.yaml", "stems.turning_off"))
_REFUSING = frozenset(words_of("negation.yaml", "stems.refusing"))


def find_mentions(
    words: Sequence[str],
    knowledge: Knowledge,
    negated_at: frozenset[int] = frozenset(),
    unasked: list[Mention] | None = None,
) -> list[Mention]:
    """The concepts named by a list of stems, each once, in the order of their words.

    At `negated_at` stands what a negation before it refuses, too ("no … or …"); `unasked` takes what is refused.

    What is named right behind a negation is not asked for; only what must not be there (`violation`) still is.  A
    wording inside a longer one of another concept is part of that name ("parameter" in "parameter store"), and inside
    an exception of its own it means something else; a service's name hides only services and single words ("interface
    endpoint" still stands in "S3 interface endpoint").
    """
    index = knowledge.wordings
    last = len(words) - 1
    named: list[Mention] = []
    meant_otherwise: list[Mention] = []
    longest = 1
    for start, word in enumerate(words):
        beginning = index.get(word)
        if beginning is None:
            continue
        if start < last:
            for phrase, concept, means_it in beginning.longer.get(words[start + 1], ()):
                size = len(phrase)
                if size == 2 or tuple(words[start : start + size]) == phrase:
                    if not means_it:
                        meant_otherwise.append(Mention(concept, start, start + size))
                        continue
                    named.append(Mention(concept, start, start + size))
                    if size > longest:
                        longest = size
        for concept in beginning.alone:
            named.append(Mention(concept, start, start + 1))
    if meant_otherwise:
        named = [m for m in named if not any(_covers(other, m) for other in meant_otherwise)]
    if longest > 1 and len(named) > 1:
        named = [m for m in named if not _is_part(m, named)]
    found: list[Mention] = []
    if not named:
        return found
    seen: set[str] = set()
    refused: dict[str, int] = {}
    listed = _listed_as_unasked(words, named)
    for mention in named:
        concept = mention.concept
        name = concept.concept_id
        if name in seen or mention.start <= refused.get(name, -1):
            continue
        if concept.violation or not (
            mention.end in listed
            or mention.start in negated_at
            or _negated(words, mention.start)
            or _refused(words, mention.end)
            or _is_label_of_refused(words, mention, named)
        ):
            seen.add(name)
            found.append(mention)
        else:
            refused[name] = mention.end
            if unasked is not None:
                unasked.append(mention)
    return found


def _covers(phrase: Mention, mention: Mention) -> bool:
    return phrase.concept is mention.concept and phrase.start <= mention.start and mention.end <= phrase.end


def _negated(words: Sequence[str], start: int) -> bool:
    """Whether a negation stands right before a position, or before light words that stand there."""
    before = start - 1
    if before < 0:
        return False
    if words[before] in _INSTEAD or not _NEGATIONS.isdisjoint(words[max(0, start - 2) : start]):
        return True
    return right_behind_negation(words, start)


def right_behind_negation(words: Sequence[str], start: int) -> bool:
    """Whether nothing but light words stands between a position and a negation before it."""
    before = start - 1
    while before >= 0 and words[before] in _LIGHT:
        before -= 1
    return before >= 0 and words[before] in _STOPPING


def _refused(words: Sequence[str], end: int) -> bool:
    """Whether what stands right behind a position says that it is not asked for."""
    at = end + 1 if end < len(words) and words[end] in _MODALS else end
    if at >= len(words):
        return False
    if words[at] == "out":
        return at + 1 < len(words) and words[at + 1] == "scope"
    return words[at] in _TURNED_OFF or (words[at] in ("not", "t") and _says_unasked(words, at))


def _is_label_of_refused(words: Sequence[str], mention: Mention, named: Sequence[Mention]) -> bool:
    """Whether the same is refused right behind: "Macie: do not enable Macie"."""
    if mention.end >= len(words) or words[mention.end] not in _REFUSING:
        return False
    return any(
        other.concept is mention.concept and 0 < other.start - mention.end <= 4 and _negated(words, other.start)
        for other in named
    )


def _says_unasked(words: Sequence[str], at: int) -> bool:
    """Whether the "not" at a position says of what stands before it that nobody asks for it.

    "… is not required", "… should not be created" do; "do not create …" speaks of what follows, and so does "… does
    not need a role", but "… does not need to be created" does not.
    """
    rest = words[at + 1 : at + 3]
    if not rest or rest[0] not in _UNASKED:
        return False
    modal = words[at - 1] if at and words[at - 1] in _MODALS else ""
    if modal in _ACTIVE:
        return len(rest) > 1 and rest[1] in _UNASKED
    return rest[0] not in _MADE or bool(modal) or len(rest) == 1


def _listed_as_unasked(words: Sequence[str], named: Sequence[Mention]) -> frozenset[int]:
    """The ends of mentions that a list holds whose last is "not required": joining words are left out of stems."""
    ends: set[int] = set()
    if "not" not in words and "t" not in words:
        return frozenset()
    for at, word in enumerate(words):
        if word in ("not", "t") and _says_unasked(words, at):
            start = at - 1 if at and words[at - 1] in _MODALS else at
            for mention in sorted(named, key=lambda each: -each.end):
                before = start - 1 if start and words[start - 1] in _MAKERS else start
                if before <= mention.end <= at:
                    ends.add(mention.end)
                    start = min(start, mention.start)
    return frozenset(ends)


def _hides(longer: Concept, concept: Concept, size: int) -> bool:
    """Whether a longer wording takes the words (`size` of them) of another concept; one service's are its own."""
    if concept.service:
        return longer.service is not None and longer.service != concept.service
    return size == 1 or not longer.service


def _is_part(mention: Mention, others: Sequence[Mention]) -> bool:
    start, end = mention.start, mention.end
    size = end - start
    for other in others:
        if other.start > start:
            return False
        if end > other.end or other.end - other.start <= size or other.concept is mention.concept:
            continue
        if _hides(other.concept, mention.concept, size):
            return True
    return False


class Detection:
    """How far a side has a concept: share 0–1, hits, resources that fall short, and whether any rule applied."""

    __slots__ = ("applied", "hits", "misses", "share")

    def __init__(self, share: float, hits: tuple[Hit, ...], misses: tuple[Resource, ...], applied: bool) -> None:
        self.share = share
        self.hits = hits
        self.misses = misses
        self.applied = applied


def _candidates(rule: Rule, side: Side) -> Iterable[Resource]:
    if rule.types == ("*",):
        if rule.kinds:
            return [r for kind in rule.kinds for r in side.by_kind.get(kind, ())]
        if rule.within:
            return [r for name, found in side.by_type.items() if service_of(name) in rule.within for r in found]
        return side.by_kind.get("call", ()) if rule.call is not None else side.resources
    out: list[Resource] = []
    for name in rule.types:
        if name.endswith("*"):
            beginning = name[:-1]
            for known, resources in side.by_type.items():
                if known.startswith(beginning):
                    out.extend(resources)
        else:
            out.extend(side.by_type.get(name, ()))
    return out


def _rule_hits(rule: Rule, resource: Resource) -> list[Hit]:
    if rule.kinds and resource.kind not in rule.kinds:
        return []
    if rule.dialects and resource.declaration.dialect not in rule.dialects:
        return []
    if rule.lacks is not None and (
        resource.kind != "resource" or any(rule.lacks.matches(item[0]) for item in resource.items)
    ):
        return []
    if rule.call is not None:
        if resource.kind != "call" or not rule.call.fullmatch(resource.declaration.type):
            return []
    elif resource.kind == "call" and rule.path is None:
        return []
    if rule.name is not None and not rule.name.search(resource.declaration.name):
        return []
    if rule.path is None:
        if rule.refers is not None and not any(r.startswith(rule.refers) for r in resource.refs):
            return []
        return [Hit(resource, None)]
    path, test = rule.path, rule.test
    places = path.places_among(resource.path_lines)
    if places is not None and not places:
        return []
    named = resource.items if places is None else [resource.items[place] for place in places]
    wanted = "${" + rule.refers if rule.refers else None
    found = [
        Hit(resource, item)
        for item in named
        if path.matches(item[0])
        and test.accepts(item[1])
        and (wanted is None or wanted in str(item[1]))
        and (rule.raw is None or rule.raw.search(str(item[3])))
        and (rule.place is None or rule.place.search(item[2]))
    ]
    if not found or not (rule.where or rule.beside or rule.another or rule.fewer or rule.unlike or rule.like):
        return found
    chosen = {item[0][: -len(_CHOICE)] for item in resource.items if item[0].endswith(_CHOICE)}
    if chosen:  # what a condition chooses is not certain to stand together
        found = [hit for hit in found if hit.item and hit.item.path not in chosen]
    certain = [item for item in resource.items if item[0] not in chosen] if chosen else resource.items
    if not all(
        _says(resource.items if test.operator == "absent" else certain, path, test)
        for path, test in rule.where
        if not test.relative
    ):
        return []
    for path, test in rule.where:
        if test.relative:
            found = [hit for hit in found if hit.item and _exceeds(certain, path, test, hit.item.value)]
    if rule.fewer and (len(found) >= rule.fewer or not all(_LISTED(hit.item.raw_path) for hit in found if hit.item)):
        return []
    if rule.unlike is not None:
        found = _without_equal(found, rule.unlike, resource.items)
    if rule.like is not None:
        same = {item[3] for item in certain if rule.like.matches(item[0])}
        found = [hit for hit in found if hit.item and hit.item.raw_value in same]
    if rule.another:
        found = [hit for hit in found if hit.item and _another_says(rule.another, resource.items, hit.item)]
    if not rule.beside:
        return found
    fits: dict[str, bool] = {}
    kept: list[Hit] = []
    for hit in found:
        assert hit.item is not None
        head = hit.item.raw_path.rpartition(".")[0]
        if head not in fits:
            fits[head] = _all_say(_inside(resource.items, head), rule.beside, hit.item.value)
        if fits[head]:
            kept.append(hit)
    return kept


def _without_equal(hits: list[Hit], path: PathPattern, items: Sequence[Item]) -> list[Hit]:
    """The hits whose value nothing at a path equals, in quotes or not; none where something there is computed."""
    others = {_spelled(item[3]) for item in items if path.matches(item[0])}
    if not others or any(_COMPUTED(other) for other in others):
        return []
    mine = [(hit, _spelled(hit.item.raw_value)) for hit in hits if hit.item]
    return [hit for hit, value in mine if value not in others and not _COMPUTED(value)]


def _spelled(value: Scalar) -> str:
    return str(value).lower() if type(value) is bool else str(value)


_COMPUTED = re.compile(r"[$({\[]|\w\.\w*\.").search
_CHOICE = ".fn::if"
_LISTED = re.compile(r"\[\d+\]$").search


def _says(items: Sequence[Item], path: PathPattern, test: Test) -> bool:
    """Whether one of the properties fits; a test of `absent` wants none at the path."""
    if test.operator == "absent":
        wanted = test.pattern.search if test.pattern is not None else None
        return not any(path.matches(item[0]) and (not wanted or wanted(str(item[1])[:LONGEST_VALUE])) for item in items)
    return any(path.matches(item[0]) and test.accepts(item[1]) for item in items)


_DURATION = re.compile(r"\b[dD]uration\.(?:of_?)?(days|hours|minutes|seconds)\((\d{1,9})\)", re.IGNORECASE)
_SECONDS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
_DAY = 86400


def _amount(value: Scalar) -> tuple[float, bool] | None:
    """A number, or a CDK duration in seconds, and whether it is one; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        found = _DURATION.search(value) if "uration." in value else None
        return (float(int(found[2]) * _SECONDS[found[1].lower()]), True) if found is not None else None
    return float(value), False


def _exceeds(items: Sequence[Item], path: PathPattern, test: Test, other: Scalar) -> bool:
    """Whether one of the properties stands to another value as a relative test says; what is added counts days."""
    bound = _amount(other)
    if bound is None or not isinstance(test.operand, float):
        return False
    limit = bound[0] + test.operand * (_DAY if bound[1] else 1)
    for item in items:
        amount = _amount(item[1]) if path.matches(item[0]) else None
        if amount is None or amount[1] is not bound[1]:
            continue
        if amount[0] >= limit if test.operator == "at least" else amount[0] <= limit:
            return True
    return False


def _another_says(tests: Sequence[tuple[PathPattern, Test]], items: Sequence[Item], item: Item) -> bool:
    """Whether all tests hold of another entry of the list in whose entry a property stands."""
    own = item[2].rpartition(".")[0]
    list_, bracket, _ = own.rpartition("[")
    if not bracket or not own.endswith("]"):
        return False
    start = list_ + bracket
    others = dict.fromkeys(
        other[2][: other[2].find("]", len(start)) + 1] for other in items if other[2].startswith(start)
    )
    return any(_all_say(_inside(items, head), tests, item[1]) for head in others if head and head != own)


def _all_say(items: Sequence[Item], tests: Sequence[tuple[PathPattern, Test]], value: Scalar) -> bool:
    """Whether every test holds of what stands in one object; the relative ones are held against a value."""
    return all(
        _exceeds(items, path, test, value) if test.relative else _says(items, path, test) for path, test in tests
    )


def _inside(items: Sequence[Item], head: str) -> list[Item]:
    """What stands in the object at a path, below it as well, with paths from that object on."""
    start = f"{head}." if head else ""
    size = len(start)
    return [
        Item(normal_path(item[2][size:]), item[1], item[2], item[3], item[4])
        for item in items
        if item[2].startswith(start)
    ]


_BEFORE_NAME = re.compile(r"^arn:.*[:/]", re.DOTALL)


def _names(resource: Resource) -> tuple[str, ...]:
    """What other declarations call a resource by."""
    declaration = resource.declaration
    if declaration.dialect == "terraform":
        return (f"{declaration.type}.{declaration.name}",)
    return (declaration.name, declaration.variable or declaration.name)


class _Named(NamedTuple):
    """What is named: by references, and by the names that AWS has for it, with the resources that say so."""

    references: frozenset[str]
    plainly: dict[str, set[int]]

    def holds(self, resource: Resource) -> bool:
        """Whether anything but a resource itself names it."""
        if not self.references.isdisjoint(_names(resource)):
            return True
        own = [item.raw_value for item in resource.items if item.path.endswith("name") and "." not in item.path]
        return any(self.plainly.get(str(name), set()) - {id(resource)} for name in own if name)


def _named_by(rule: Rule, side: Side) -> _Named:
    """Every name that stands in what a rule finds, or in what passes values on."""
    known = side.named_by.get(rule)
    if isinstance(known, _Named):
        return known
    hits = apply_rule(rule, side).hits
    found = names_referred_to(hit.item.raw_value for hit in hits if hit.item is not None)
    plainly: dict[str, set[int]] = {}
    for hit in hits:
        if hit.item is not None and type(hit.item.raw_value) is str:
            name = _BEFORE_NAME.sub("", hit.item.raw_value)
            plainly.setdefault(name, set()).add(id(hit.resource))
    named = _Named(found | side.passed_on, plainly)
    side.named_by[rule] = named
    return named


_NOT_APPLIED = Detection(0.0, (), (), False)


def apply_rule(rule: Rule, side: Side) -> Detection:
    """What one rule finds on one side."""
    if rule.exact and side.by_type.keys().isdisjoint(rule.types):
        return _NOT_APPLIED
    if rule.artifact is not None:
        found_file = any(rule.artifact.search(name) for name in side.text.split("\n"))
        return Detection(float(found_file), (), (), True)
    hits: list[Hit] = []
    misses: list[Resource] = []
    matched = 0
    if rule.types == ("*",) and rule.path is not None and not rule.looks_at_resources:
        if rule.any_value is not None and rule.any_value.search(side.values) is None:
            return Detection(0.0, (), (), not side.empty)
        by_path, test = side.by_path, rule.test
        hits = [
            Hit(resource, item)
            for path in rule.path.matching(*side.paths)
            for resource, item in by_path[path]
            if resource.kind != "local" and test.accepts(item[1])
        ]
        hits.sort(key=lambda hit: hit.item.line if hit.item else 0)
        return Detection(min(1.0, len(hits) / rule.count), tuple(hits), (), not side.empty)
    named: _Named | None = None
    for resource in _candidates(rule, side):
        found = _rule_hits(rule, resource)
        if found and rule.unnamed is not None:
            named = named if named is not None else _named_by(rule.unnamed, side)
            if named.holds(resource):
                continue
        if found:
            matched += 1
            hits.extend(found)
        elif resource.kind == "resource" or (rule.kinds and resource.kind in rule.kinds):
            misses.append(resource)
    if rule.every:
        total = matched + len(misses)
        return Detection(matched / total if total else 0.0, tuple(hits), tuple(misses), total > 0)
    share = min(1.0, matched / rule.count)
    return Detection(share, tuple(hits), tuple(misses) if not matched else (), bool(hits or misses))


@lru_cache(maxsize=20_000)
def _rules_of(concept: Concept, services: frozenset[str]) -> tuple[Rule, ...]:
    """The rules that look at the named services, and those for any type, asked of these; all where none does."""
    narrowed = tuple(r for r in concept.rules if r.services & services)
    if not narrowed:
        return concept.rules
    for rule in concept.rules:
        if rule.types != ("*",) or rule.kinds or rule.artifact is not None:
            continue
        # Whose method is called is often unknown, so calls on any type stay.
        narrowed += (rule if rule.call is not None else replace(rule, within=services),)
    return narrowed


def detect(concept: Concept, side: Side, services: frozenset[str] = frozenset()) -> Detection:
    """How far a side has a concept, looking only at the named services where the concept has rules for them."""
    if concept.form is not None:
        share = form_share(concept.form, side.sources, (r.declaration for r in side.resources))
        return Detection(share, (), (), not side.empty)
    rules = _rules_of(concept, services) if services and not concept.anywhere else concept.rules
    if concept.violation:
        offenders = [hit for rule in rules for hit in apply_rule(rule, side).hits]
        return Detection(0.0 if offenders else 1.0, tuple(offenders), (), not side.empty)
    best = _NOT_APPLIED
    hits: list[Hit] = []
    absent = side.by_type.keys().isdisjoint
    for rule in rules:
        if rule.exact and absent(rule.types):
            continue
        found = apply_rule(rule, side)
        hits.extend(found.hits)
        if found.share > best.share or (not best.applied and found.applied):
            best = found
            if best.share >= 1.0:
                break
    return Detection(best.share, tuple(hits), best.misses, best.applied)
