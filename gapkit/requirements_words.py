"""The words of a prompt's headings and statements, and the wordings that more than one step of reading asks for.

Wordings are knowledge (knowledge/requirements.yaml); what a single step asks for stands in its own module.
"""

from __future__ import annotations

import re
from functools import lru_cache

from gapkit.knowledge import at_word, either, words_of

_FILE = "requirements.yaml"
WORDS_FROM = 2_000
"""Characters of a text in which wordings are looked for."""

BOILERPLATE_WITHIN = 160
"""Characters from the start of a statement in which boilerplate shows what the statement is about."""

_SHORT = 100
_NOT_WORDS = re.compile(r"[^a-z0-9$./]+")
_BLANKS = {code: " " for code in range(128) if not (chr(code).isalnum() or chr(code) in "$./")}


def anywhere(*keys: str, after: str = r"\b") -> re.Pattern[str]:
    """What finds the wordings of some lists wherever a word begins."""
    return re.compile(at_word([word for key in keys for word in words_of(_FILE, key)]) + after)


def opening(key: str, before: str = "^", after: str = r"\b") -> re.Pattern[str]:
    """What fits the wordings of a list at the start, after what may stand before them."""
    return re.compile(before + either(words_of(_FILE, key)) + after)


def heading(key: str, after: str = r"\b") -> re.Pattern[str]:
    """What fits headings that begin with a wording of a list, "the", "our", "project" and the like set aside."""
    return opening(key, f"^(?:{either(words_of(_FILE, 'before_framing'))} )?", after)


STORIES = heading("story_headings")
ENVIRONMENTS = heading("environment_headings", "$")
OUTCOMES = heading("outcome_headings", "$")
RESTATING = opening("restating")
SETTINGS = anywhere("setting_headings")
LISTING = anywhere("list_headings")
NOTES = anywhere("notes_headings", after="$")
INVENTORIES = opening("inventories")
ORDERS = opening("orders")
VERSIONS = opening("versions")
NARRATIVE = opening("narrative")
CONDITIONAL = opening("conditional", r"^\W*(?:[\w /&.()+-]{2,40}\W{0,4}:\W*)?")
ASKING = anywhere("asking", "modals")
MODALS = anywhere("modals")
PLACES = anywhere("places")
SERVICES = anywhere("services")
TOOLS = anywhere("tools", "introducing")
BOLD_LEAD = re.compile(r"^\s*(?:\*\*|__)([^*\n]{2,90}?):?(?:\*\*|__)")
_BOILERPLATE = anywhere("boilerplate")
_BOILERPLATE_STARTS = opening("boilerplate_starts", r"\b")


def words_in(text: str) -> str:
    """The text in lower case with single blanks between words, to match wordings on."""
    return _short_words(text) if len(text) < _SHORT else _words(text[:WORDS_FROM])


@lru_cache(maxsize=4096)
def _short_words(text: str) -> str:
    """The same for headings and the like, which are asked for several times."""
    return _words(text)


def _words(text: str) -> str:
    text = text.lower().replace("'", "").replace("’", "")
    if text.isascii():
        return " ".join(text.translate(_BLANKS).split())
    return _NOT_WORDS.sub(" ", text).strip()


def is_boilerplate(words: str) -> bool:
    """Whether a statement's words say early on that they ask for nothing of the infrastructure."""
    words = words[:BOILERPLATE_WITHIN]
    return _BOILERPLATE_STARTS.match(words) is not None or _BOILERPLATE.search(words) is not None
