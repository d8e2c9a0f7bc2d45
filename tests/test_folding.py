"""Folding must say exactly what `str.lower` and `str.split` say, whatever the signs."""

import random

import pytest

from gapkit.folding import LineFinder, lowered, squeezed

TEXTS = [
    "",
    "Plain ASCII with\tTabs\nand \x0b\x0c\x1c\x1d\x1e\x1f\x85 controls\x00",
    "Signs — ✅ “quoted” …  S3 Bucket 🚀",
    "Éclair, ΣΑΣ, İstanbul, ſtraße, K elvin",
    "no\xa0break \u2003em\u3000wide\u2028line",
    "lone \ud800 surrogate — SAID",
    "".join(map(chr, range(0x3000))),
]


@pytest.mark.parametrize("text", TEXTS)
def test_says_what_the_plain_methods_say(text: str) -> None:
    assert lowered(text) == text.lower()
    assert squeezed(text) == "".join(text.lower().split())


def test_random_texts() -> None:
    letters = random.Random(7)
    signs = "aB \n\t—✅Éσ Σ\u2003K`{}"
    for _ in range(500):
        text = "".join(letters.choices(signs, k=letters.randrange(12)))
        assert lowered(text) == text.lower()
        assert squeezed(text) == "".join(text.lower().split())


def test_lines_are_found_whatever_the_signs() -> None:
    finder = LineFinder("Éa — ✅\n```yaml\nA: 1\nBucket\u2003Name: İx\n```\n")
    assert finder.holds("éA —") and finder.holds("bucket\u2003name") and not finder.holds("é✅")
    assert finder.line_of("BUCKET\u2003NAME: İ") == 4 and finder.line_of("✅") == 1
    assert LineFinder("one \ud800 TWO").holds("two")
    assert LineFinder(" \n").blank and LineFinder("").blank and not finder.blank
