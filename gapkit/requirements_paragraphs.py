"""What a paragraph of a prompt asks for: orders, and sentences that each tell of a capability of their own."""

from __future__ import annotations

import re

from gapkit.prose import SUBJECT_WORDS, clauses, sentences, separate_statements
from gapkit.requirements_words import (
    ASKING,
    BOLD_LEAD,
    INVENTORIES,
    LISTING,
    MODALS,
    NARRATIVE,
    NOTES,
    ORDERS,
    SERVICES,
    TOOLS,
    WORDS_FROM,
    anywhere,
    heading,
    is_boilerplate,
    opening,
    words_in,
)

FIRST = 300
"""Characters from the start of a paragraph that show what it is about."""

_RELEVANT = anywhere("services", "aspects")
_INTRODUCTIONS = opening("introductions")
_FRAMING_LEADS = heading("framing_leads")
_DEMANDS = anywhere("demands", "modals")
_DEMANDING = anywhere("demanding_headings")
_CLAUSE_VERBS = opening("clause_verbs")
_CLAUSE_NOUNS = opening(
    "services",
    r"(?!including |like |so |such |with )(?:an? )?(?:\w+ ){0,2}",
    r"(?: \w+){0,2} (?:for|to|with|that) ",
)
_WISH = opening("modals", r"(?:the|this|your) (?:\w+ ){1,3}")
_PLAIN_LEAD = re.compile(r"([A-Z][\w&/()-]*(?: [\w&/(),-]+){0,6}?) ?:\s+(?=[A-Z\"'`(*])")


def is_order(text: str, title: str) -> bool:
    """Whether a paragraph before a prompt's lists asks for something of its own, rather than introducing them."""
    return _DEMANDING.search(words_in(title)) is not None or _orders_service(words_in(text)) or _is_led_order(text)


def _orders_service(words: str) -> bool:
    """Whether a paragraph orders a service or says what it must do, without naming a tool for the whole."""
    ordered = ORDERS.match(words) is not None or _WISH.match(words) is not None
    return ordered and TOOLS.search(words) is None and SERVICES.search(words) is not None


def _is_led_order(text: str) -> bool:
    """Whether a paragraph under a bold lead of its own ("**Networking**: Deploy a VPC…") orders something."""
    lead = BOLD_LEAD.match(text)
    if lead is None:
        return False
    words = words_in(text[lead.end() : lead.end() + WORDS_FROM])
    return SERVICES.search(words) is not None and not NARRATIVE.match(words)


def is_framing_lead(text: str) -> bool:
    """Whether a paragraph starts with what frames the task ("Expected output: …")."""
    lead = _PLAIN_LEAD.match(text) or BOLD_LEAD.match(text)
    return lead is not None and _FRAMING_LEADS.match(words_in(lead[1])) is not None


def orders_in(text: str, environment: bool) -> list[str]:
    """The sentences of a paragraph that order something ("Use the VPC…"; "It must run in us-east-1"), or, in a section
    on the environment, tell of a part of it ("VPC endpoints keep the traffic inside")."""
    found = []
    for position, sentence in enumerate(separate_statements(text, _RELEVANT)):
        words = words_in(sentence)
        told = environment and position > 0 and not INVENTORIES.match(words)
        told = told and SERVICES.search(" ".join(words.split()[:SUBJECT_WORDS])) is not None
        if told or ORDERS.match(words) or MODALS.search(words):
            found.append(sentence)
    return found


def asking_sentences(text: str) -> list[str]:
    """The sentences that ask for something of the infrastructure, whatever the paragraph is for."""
    found = []
    for sentence in sentences(text):
        words = words_in(sentence)
        if ASKING.search(words) and _RELEVANT.search(words):
            found.append(sentence)
    return found


def capabilities_in(text: str, title: str, dense: bool, environment: bool) -> list[str]:
    """The parts of a paragraph that each ask for something of their own; of a `dense` prompt, each order within a
    sentence."""
    first = words_in(text[:FIRST])
    if is_boilerplate(first) and not SERVICES.search(first):
        return []  # what starts by saying how to answer goes on about it
    if is_framing_lead(text):
        return orders_in(text, environment)
    found = separate_statements(text, _RELEVANT, dense)
    if len(found) > 1 and _has_lead(text):
        found = [text]  # what stands under a lead of its own is one thing
    elif dense:
        found = [part for sentence in found for part in clauses(sentence, _RELEVANT, _CLAUSE_VERBS, _CLAUSE_NOUNS)]
    notes = NOTES.search(words_in(title)) is not None
    return [sentence for sentence in found if _states_capability(words_in(sentence), notes)]


def _has_lead(text: str) -> bool:
    """Whether a paragraph stands under a lead of its own that says more than that requirements follow."""
    lead = _PLAIN_LEAD.match(text)
    if BOLD_LEAD.match(text):
        return True
    return lead is not None and not LISTING.search(words_in(lead[1]))


def _states_capability(words: str, notes: bool) -> bool:
    """Whether a sentence neither tells the story nor introduces the whole; among `notes` it has to demand."""
    if is_boilerplate(words) or NARRATIVE.match(words) or _INTRODUCTIONS.match(words):
        return False
    return not notes or _DEMANDS.search(words) is not None
