"""Whether one side's code holds a literal of a wording, and where: at a place that says what the wording says.

A number counts as the right thing's, a version as that of the product it belongs to, and a region only where it is
set: a provider, a stack's environment, a parameter's default, an availability zone; an ARN or an output repeats it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import cast

from gapkit.concepts import path_pattern
from gapkit.dialects.tree import label_of
from gapkit.evidence import Place, SideIndex
from gapkit.knowledge import load_yaml, words_of
from gapkit.quantities import ANY_REGION, Literal, spellings
from gapkit.resources import Item, Resource, normal_path, normal_scalar
from gapkit.words import text_words

_TABLE = load_yaml("literals.yaml")
_REGION_PATH = re.compile(str(_TABLE["region_paths"]))
_REGION_ECHO = re.compile(str(_TABLE["region_echoes"]))
_IN_PROGRAMS = words_of("literals.yaml", "regions_in_programs")
_OF_PULUMI = words_of("literals.yaml", "regions_of_pulumi")
_VERSION_PATH = re.compile(str(_TABLE["version_paths"]))
_SETTING_KINDS = frozenset(
    {"parameter", "local", "mapping", "provider", "module", "call", "job", "step", "template", "function"}
)
_PARAMETER_NAME = re.compile(r"\bparameter\s+[`'\"](\w+)[`'\"]|[`'\"](\w+)[`'\"]\s+parameter\b")
_NUMERAL = re.compile(r"\d+")
_WORD_ONLY = re.compile(r"[A-Za-z_][\w-]*")
_ZONE_STEMS = frozenset({"avail", "zone"})
_ASSIGNMENT = re.compile(r"([A-Za-z][\w-]{1,40})\s*[:=]\s*[\"']?([\w./-]{1,80})[\"']?")
_CIDR = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}")
_INSTANCE = re.compile(r"(?:db\.|cache\.)?([a-z]\d[a-z]{0,3})\.(\w+)")
_LANGUAGES = {"python": ".py", "go": ".go", "java": ".java", "node.js": ".ts", "nodejs": ".ts", "node": ".ts"}
_LIMIT_PATHS = {"min": "min", "minimum": "min", "max": "max", "maximum": "max", "desired": "desired"}
SUBSTITUTIONS = frozenset({"Fn::Sub", "!Sub"})  # read as text with holes, whatever form it was written in
SECTION_KINDS = {"Conditions": "condition", "Mappings": "mapping", "Rules": "rule"}
_BLOCK = re.compile(r'(variable|output|module|provider|data|resource)\s+"([\w-]+)"(?:\s+"[\w-]+")?')
_TYPED_BLOCKS = frozenset({"data", "resource"})
_DECLARING = ("resource", "module", "provider", "template")
_PROGRAMS = frozenset({"cdk", "cdktf", "pulumi"})
_PASSING = frozenset({"provider", "providers", "opts", "options"})
LONGEST_NAME = 120  # of values that may set a region

_SETTINGS_FILE = re.compile(str(_TABLE["settings_files"]), re.IGNORECASE)
_COMMENT_LINE = ("//", "#", "*", "/*")
_COMMENT_BEHIND = (" // ", " # ")
# What stands before the sign is looked at behind it: signs with a number are few, words are many.
_SET_NUMBER = re.compile(r"[:=]\s{0,3}[\"']?(\d{1,9}(?:\.\d{1,4})?)\b(?![.\w])")
_SET_NAME = re.compile(r"(?<!\w)([A-Za-z_]\w{2,40})[\"']?\s{0,3}\Z")
_LONGEST_SET_NAME = 46  # with what may stand around it
_BEFORE_REGION = 120  # characters that may stand between what is set and the region
_QUOTED = re.compile(r"([\"'`])([\w./:@*-]{2,60})\1")

Found = Place | bool | None


@lru_cache(maxsize=10_000)
def _parameter_names(text: str) -> frozenset[str]:
    """The names that a wording gives to parameters: they are an interface, unlike those of resources."""
    if "parameter" not in text:
        return frozenset()
    return frozenset(name for match in _PARAMETER_NAME.finditer(text[:4000]) for name in match.groups() if name)


def _without_comments(text: str) -> str:
    kept: list[str] = []
    for line in text.split("\n"):
        if line.lstrip().startswith(_COMMENT_LINE):
            continue
        for mark in _COMMENT_BEHIND:
            if mark in line:
                line = line.partition(mark)[0]
        kept.append(line)
    return "\n".join(kept)


def _numbers_set(code: str) -> Iterator[tuple[float, frozenset[str]]]:
    """The numbers that a program sets, each with the stems of its name."""
    for match in _SET_NUMBER.finditer(code):
        sign = match.start()
        name = _SET_NAME.search(code[max(0, sign - _LONGEST_SET_NAME) : sign])
        if name is not None:
            yield float(match[1]), frozenset(text_words(name[1]))


class LiteralFinder:
    """Looks literals up on one side; what takes a pass over all resources is made when first asked for."""

    def __init__(self, index: SideIndex) -> None:
        self.index = index
        self._regions: dict[str, Found] = {}
        self._inputs: frozenset[str] | None = None
        self._versions: list[tuple[str, Place]] | None = None
        self._code: list[str] | None = None
        self._numbers: dict[float, list[frozenset[str]]] | None = None
        self._quoted: frozenset[str] | None = None

    def find(self, literal: Literal, text: str, words: frozenset[str]) -> Found:
        """Where a literal of a wording stands; True where it does without a place of its own, else None or False."""
        return self._find(literal, text, words) or self._in_program(literal, words)

    def _find(self, literal: Literal, text: str, words: frozenset[str]) -> Found:
        kind = literal.kind
        if kind == "text":
            return self._text(literal.text, text)
        if kind == "region":
            return self._region(literal.text, text)
        if kind in ("version", "least version"):
            return self._version(literal) or (kind == "least version" and self._written_in(literal.noun))
        if kind == "count":
            return self._count(literal, words)
        if kind == "number" and literal.noun in _LIMIT_PATHS:
            limit = self._limit(literal)
            if limit:
                return limit
        place = self.index.find_number(literal, words)
        if not place and kind == "number" and literal.noun == "" and literal.text.isdecimal():
            return self._text(literal.text, text)  # as a part of a text: an account in an ARN
        return place or (kind == "duration" and self._settled(literal, words))

    def _settled(self, literal: Literal, words: frozenset[str]) -> Found:
        """Where a service is turned on that keeps to a duration by itself."""
        for row in _SETTLED:
            if row["seconds"] == literal.number and words.issuperset(cast("list[str]", row["stems"])):
                on = path_pattern(str(row["path"]))
                other = path_pattern(str(row["other"])) if "other" in row else None
                for resource in self.index.side.by_type.get(str(row["type"]), ()):
                    if other is not None and any(other.matches(item.path) for item in resource.items):
                        continue
                    for item in resource.items:
                        if on.matches(item.path) and item.value not in (False, None, ""):
                            return Place(resource, item)
        return None

    def find_refused(self, literal: Literal, words: frozenset[str]) -> Found:
        """Where a literal stands that must not; a setting that is turned off does not stand there."""
        if literal.kind == "text":
            setting = _ASSIGNMENT.fullmatch(literal.text)
            if setting is not None:
                return self._assigned(setting[1], setting[2], variables=False)
            found = self.index.find_text(literal.text)
            if isinstance(found, Place) or not found:
                return found
            key = normal_path(literal.text)
            at = (pair for path, pairs in self.index.side.by_path.items() if key in path.split(".") for pair in pairs)
            return next((Place(r, item) for r, item in at if item.value not in (False, None, "", 0)), None)
        return self._find(literal, "", words)

    def _in_program(self, literal: Literal, words: frozenset[str]) -> bool:
        """Whether a program's own settings hold a quantity under a name that the wording uses, or a quoted text."""
        if literal.kind in ("region", "version", "least version", "count"):
            return False
        if literal.kind == "text":
            return literal.text.lower() in self.quoted
        set_numbers = self.set_numbers
        return any(not words.isdisjoint(name) for number in spellings(literal) for name in set_numbers.get(number, ()))

    @property
    def code(self) -> list[str]:
        """The texts of a program without their comments."""
        if self._code is None:
            self._code = [_without_comments(text) for text in self._program_texts()]
        return self._code

    @property
    def set_numbers(self) -> Mapping[float, list[frozenset[str]]]:
        """The numbers that a program's own settings hold, with the stems of their names."""
        if self._numbers is None:
            self._numbers = {}
            for code in self.code:
                for number, name in _numbers_set(code):
                    self._numbers.setdefault(number, []).append(name)
        return self._numbers

    @property
    def quoted(self) -> frozenset[str]:
        """The texts that a program quotes, in lower case."""
        if self._quoted is None:
            self._quoted = frozenset([match[2].lower() for code in self.code for match in _QUOTED.finditer(code)])
        return self._quoted

    def _program_texts(self) -> list[str]:
        """The texts of the files of a program that declare resources or settings."""
        side = self.index.side
        if not any(r.declaration.dialect in _PROGRAMS for r in side.by_kind.get("resource", ())):
            return []
        declaring = {r.declaration.artifact for kind in _DECLARING for r in side.by_kind.get(kind, ())}
        return [s.text for s in side.sources if label_of(s) in declaring or _SETTINGS_FILE.search(s.name)]

    def _text(self, wanted: str, wording: str) -> Found:
        """Where a quoted text or a name stands: as a value, a path, a setting `key: value`, a name of the program's."""
        found = self._declared(wanted, wording)
        if found is None:
            found = self.index.find_text(wanted)
        if found:
            return found
        setting = _ASSIGNMENT.fullmatch(wanted)
        if setting is not None:
            return self._assigned(setting[1], setting[2], variables=True)
        if _CIDR.fullmatch(wanted):
            return self._computed_network(wanted)
        instance = _INSTANCE.fullmatch(wanted)
        if instance is not None:
            match = _instance_pattern(instance[1].lower(), instance[2].lower()).search(self.index.blob)
            return self.index.place_at(match.start()) if match else False
        return bool(_WORD_ONLY.fullmatch(wanted)) and normal_path(wanted) in self.inputs

    def _declared(self, wanted: str, wording: str) -> Found:
        """Where a section of a template, a parameter that a wording names, or a block that it writes as Terraform does
        (`variable "region"`) is declared; None for other literals."""
        if wanted in SUBSTITUTIONS:
            return "${" in self.index.blob
        block = _BLOCK.match(wanted) if '"' in wanted else None
        if block is not None:
            return self._block(block[1], block[2])
        kind = SECTION_KINDS.get(wanted)
        if kind is None and wanted in _parameter_names(wording):
            kind = "parameter"
        if kind is None:
            return None
        for resource in self.index.side.by_kind.get(kind, ()):
            if wanted in SECTION_KINDS or resource.declaration.name.lower() == wanted.lower():
                return Place(resource, None)
        return False

    def _block(self, word: str, label: str) -> Found:
        """Where Terraform's block of that word and first label stands: a type of resources and data, else a name."""
        for resource in self.index.side.by_kind.get("parameter" if word == "variable" else word, ()):
            if label == (resource.declaration.type if word in _TYPED_BLOCKS else resource.declaration.name):
                return Place(resource, None)
        return False

    def _assigned(self, key: str, value: str, variables: bool) -> Found:
        """Where a property or tag of that name has that value, or takes it from a variable."""
        name, wanted = normal_path(key).rpartition(".")[2], normal_scalar(value)
        for path, pairs in self.index.side.by_path.items():
            if path.rpartition(".")[2] != name:
                continue
            for resource, item in pairs:
                same = item.value == wanted or str(item.value).lower().endswith(str(wanted).lower())
                if same or (variables and "${" in str(item.raw_value)):
                    return Place(resource, item)
        return False

    def _computed_network(self, cidr: str) -> Found:
        """Where a network is computed that may be this one: from a pattern, or as a part of one that is declared."""
        if cidr == "0.0.0.0/0":
            return self.index.find_text("anyipv4")
        first = ".".join(cidr.split(".")[:2]) + "."
        for place in self.index.occurrences(first):
            raw = str(place.item.raw_value) if place.item is not None else ""
            if "${" in raw and len(raw) < LONGEST_NAME and _hole_pattern(raw).fullmatch(cidr):
                return place
        if first in self.index.blob and not cidr.endswith("/16"):
            for mark in ("cidrsubnet", "cidr_subnet", "cidrsubnets", "fn::cidr", "cidr:"):
                found = self.index.find_text(mark)
                if isinstance(found, Place):
                    return found
            return "cidrmask" in self.index.paths
        return False

    def _written_in(self, product: str) -> bool:
        """Whether the program itself is of that language, and sets no version of it for anything else."""
        ending = _LANGUAGES.get(product)
        return ending is not None and ending in self.index.side.text and not self._mentioned(product)

    def _mentioned(self, product: str) -> bool:
        name = "node" if product.startswith("node") else product
        return any(name in text for text, _ in self.versions)

    @property
    def inputs(self) -> frozenset[str]:
        """The names of parameters, outputs and locals, and of what values are put together from, normalised."""
        if self._inputs is None:
            names = {
                normal_path(resource.declaration.name)
                for kind in ("parameter", "output", "local", "function", "module", "job")
                for resource in self.index.side.by_kind.get(kind, ())
            }
            for resource in self.index.side.resources:
                for item in resource.items:
                    raw = item.raw_value
                    if isinstance(raw, str) and "${" in raw:
                        names |= _hole_names(raw)
            self._inputs = frozenset(names)
        return self._inputs

    # ---------------------------------------------------------------- regions

    def _region(self, region: str, text: str) -> Found:
        """Where a region is set; a template that sets none is deployed to any."""
        found = self._regions.get(region)
        if found is None:
            found = self._regions[region] = self._set_region(region)
        if not found and self._is_template() and len(set(ANY_REGION.findall(text))) < 2 and not self._other_region():
            return True
        return found

    def _is_template(self) -> bool:
        """Whether all resources are CloudFormation's, whose region is that of the call that deploys them; tests and
        functions beside the template declare none."""
        resources = self.index.side.by_kind.get("resource", ())
        return bool(resources) and all(r.declaration.dialect == "cloudformation" for r in resources)

    def _other_region(self) -> bool:
        return any(
            ANY_REGION.search(str(item.raw_value))
            for path, found in self.index.side.by_path.items()
            if path.endswith(("availabilityzone", "availabilityzones"))
            for _, item in found
        )

    def _set_region(self, region: str) -> Found:
        for place in self.index.occurrences(region):
            if place.item is not None and _sets_region(place.resource, place.item) and self._is_used(place.resource):
                return place
        compact = normal_path(region)
        for kind in ("mapping", "local", "parameter"):
            for resource in self.index.side.by_kind.get(kind, ()):
                if any(compact in item.path for item in resource.items):
                    return Place(resource, None)
        return self._written_region(region)

    def _written_region(self, region: str) -> bool:
        """Whether the text of a program that declares resources sets a region, or a command for Pulumi does."""
        if any(_writes(_IN_PROGRAMS, region, text) for text in self._program_texts()):
            return True
        side = self.index.side
        if not any(r.declaration.dialect == "pulumi" for r in side.by_kind.get("resource", ())):
            return False
        return any(_writes(_OF_PULUMI, region, source.text) for source in side.sources)

    def _is_used(self, resource: Resource) -> bool:
        """Whether a provider takes effect: in Pulumi, one that nothing is given deploys nothing."""
        if resource.kind != "provider" or resource.declaration.dialect != "pulumi":
            return True
        return any(path.rpartition(".")[2] in _PASSING for path in self.index.side.by_path)

    # --------------------------------------------------------------- versions

    @property
    def versions(self) -> list[tuple[str, Place]]:
        """What stands at paths that versions stand at, in lower case with its path."""
        if self._versions is None:
            self._versions = [
                (f"{item.path} {item.value}".lower(), Place(resource, item))
                for path, found in self.index.side.by_path.items()
                if _VERSION_PATH.search(path)
                for resource, item in found
                if resource.kind != "output" and len(str(item.value)) < LONGEST_NAME
            ]
        return self._versions

    def _version(self, literal: Literal) -> Found:
        """Where a product's version stands: as asked for, or any higher one where the wording allows it."""
        product = "node" if literal.noun.startswith("node") else literal.noun
        pattern = _version_pattern(literal.text)
        wanted = _numbers(literal.text)
        for text, place in self.versions:
            if product not in _ENGINES and product not in text:
                continue
            if pattern.search(text):
                return place
            if literal.kind == "least version" and any(_numbers(n) > wanted for n in _WRITTEN_VERSION.findall(text)):
                return place
        return self._beside(product, literal.text)

    def _beside(self, product: str, version: str) -> Found:
        """Where a value writes product and version together: `python:3.11-slim`, `TLSv1.2_2021`, `postgres15`."""
        match = _product_pattern(product, version).search(self.index.blob)
        return self.index.place_at(match.start()) if match else False

    # ----------------------------------------------------------------- counts

    def _limit(self, literal: Literal) -> Found:
        """Where a least, a most or a desired number stands under a name that says so."""
        assert literal.number is not None
        prefix = _LIMIT_PATHS[literal.noun]
        for place in self.index.numbers.get(literal.number, ()):
            assert place.item is not None
            if prefix in place.item.path.rpartition(".")[2]:
                return place
        return None

    def _count(self, literal: Literal, words: frozenset[str]) -> Found:
        assert literal.number is not None
        nouns = sorted(set(text_words(literal.noun)))
        if not nouns:
            return True
        side = self.index.side
        scores = self.index.score_resources(dict.fromkeys(nouns, 1.0))
        enough = [n for n, score in scores.items() if score >= len(nouns)] or list(scores)
        kinds = [n for n in enough if side.resources[n].kind == "resource"]
        if kinds and len(kinds) >= literal.number:
            return Place(side.resources[kinds[0]], None)
        found: Found = self._counted(nouns[-1:], literal.number) if len(nouns) == 1 else None
        found = found or self.index.find_number(literal, words | frozenset(nouns))
        if not found and (_ZONE_STEMS.issubset(nouns) or "subnet" in nouns):
            found = self._zones(literal.number)
        return found

    def _counted(self, nouns: list[str], number: float) -> Found:
        """Where as many stand as a wording counts by a name that no resource bears: services, routes, regions."""
        side = self.index.side
        if nouns == ["region"]:
            return len(set(ANY_REGION.findall(side.values))) >= number
        for kind in _COUNTED_KINDS.get(nouns[0], ()):
            things = [r for r in side.by_type.get(kind, ()) if r.kind == "resource"]
            if len(things) >= number:
                return Place(things[0], None)
        return None

    def _zones(self, number: float) -> Found:
        """Where subnets are laid over so many zones: as many of them, a list of zones, or one that is repeated."""
        side = self.index.side
        subnets = [r for r in side.by_type.get("AWS::EC2::Subnet", ()) if r.kind == "resource"]
        if len(subnets) >= number:
            return Place(subnets[0], None)
        for resource in subnets:
            for item in resource.items:
                if item.path in ("count", "foreach") or (
                    item.path.startswith("availabilityzone") and "${" in str(item.raw_value)
                ):
                    return Place(resource, item)
        zones = {
            str(item.value): (resource, item)
            for path, found in side.by_path.items()
            if "zone" in path or path.endswith(("azs", "default", "value"))
            for resource, item in found
            if ANY_REGION.match(str(item.value)) and str(item.value)[-1:].isalpha()
        }
        if len(zones) >= number:
            return Place(*zones[min(zones)])
        for path in ("maxazs", "numberofavailabilityzones", "azcount"):
            for resource, item in side.by_path.get(path, ()):
                if isinstance(item.value, int | float) and item.value >= number:
                    return Place(resource, item)
        return None


_COUNTED_KINDS = cast("Mapping[str, list[str]]", _TABLE["counted_kinds"])
_SETTLED = list(cast("Mapping[str, Mapping[str, object]]", _TABLE["settled"]).values())
_ENGINES = frozenset(words_of("literals.yaml", "versions_alone"))
_SPELLINGS = cast("Mapping[str, str]", _TABLE["product_spellings"])
_INSTANCE_CLASSES = cast("Mapping[str, str]", _TABLE["instance_classes"])
_WRITTEN_VERSION = re.compile(r"(?<![\d.])\d{1,2}(?:[._]\d{1,2}){0,2}(?![\d])")
_HOLE = re.compile(r"\$\{([^{}]{1,200})\}")
_NAME = re.compile(r"[A-Za-z_]\w+")


@lru_cache(maxsize=50_000)
def _hole_names(value: str) -> frozenset[str]:
    """The names in the holes of a value, normalised: `${var.environment_suffix}-x` → environmentsuffix, var."""
    return frozenset(normal_path(name) for hole in _HOLE.findall(value) for name in _NAME.findall(hole))


@lru_cache(maxsize=1_000)
def _instance_pattern(family: str, size: str) -> re.Pattern[str]:
    """`t3.micro` as the CDK writes it: `InstanceType.of(InstanceClass.BURSTABLE3, InstanceSize.MICRO)`."""
    word = _INSTANCE_CLASSES.get(family, family)
    return re.compile(rf"instance_?class[._]{word}\b[^\n]{{0,60}}instance_?size[._]{size}\b")


@lru_cache(maxsize=20_000)
def _hole_pattern(value: str) -> re.Pattern[str]:
    """A value as a pattern, with numbers in its holes: `10.0.${i}.0/24`."""
    return re.compile(r"\d{1,3}".join(re.escape(piece) for piece in _HOLE.split(value)[::2]))


def _writes(patterns: Sequence[str], region: str, text: str) -> bool:
    """Whether one of the patterns of a region finds it in a line that is no comment."""
    at = text.find(region)
    while at >= 0:  # the region is looked for as it is, the patterns around it alone
        start = max(0, at - _BEFORE_REGION)
        around = text[start : at + len(region) + 2]
        for pattern in patterns:
            for match in re.finditer(pattern.replace("{region}", region), around, re.IGNORECASE):
                line = text.rfind("\n", 0, start + match.start()) + 1
                if not text[line : line + _BEFORE_REGION].lstrip().startswith(_COMMENT_LINE):
                    return True
        at = text.find(region, at + len(region))
    return False


def _sets_region(resource: Resource, item: Item) -> bool:
    value = str(item.raw_value)
    if resource.kind in ("output", "import", "terraform") or len(value) > LONGEST_NAME or "arn:" in value.lower():
        return False
    if ".amazonaws" in value or "://" in value or _REGION_ECHO.search(item.path):
        return False
    if resource.kind in _SETTING_KINDS:
        return True
    if resource.kind == "resource" and item.path.startswith("value."):
        return False  # what a parameter or secret holds
    return _REGION_PATH.fullmatch(item.path.rpartition(".")[2]) is not None


@lru_cache(maxsize=5_000)
def _version_pattern(version: str) -> re.Pattern[str]:
    return re.compile(r"(?<!\d)(?<!\d[._])" + r"[._-]?".join(_NUMERAL.findall(version)) + r"(?!\d)")


@lru_cache(maxsize=5_000)
def _product_pattern(product: str, version: str) -> re.Pattern[str]:
    name = _SPELLINGS.get(product) or re.escape(product)
    return re.compile(name + r"[^a-z0-9\n]{0,3}v?" + r"[._-]?".join(_NUMERAL.findall(version)) + r"(?!\d)")


@lru_cache(maxsize=5_000)
def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(n) for n in _NUMERAL.findall(version))
