"""A place in a list of TypeScript tokens, and stepping over what holds no facts: types and values too deep to read."""

from __future__ import annotations

from gapkit.dialects.typescript_tokens import Tokens

MAX_DEPTH = 60

_TYPE_WORDS = frozenset(("keyof", "typeof", "readonly", "infer", "unique", "asserts", "new", "abstract"))
_TYPE_JOINTS = frozenset(("|", "&", "=>", "is", "extends"))


class Cursor:
    """A place in a list of tokens: `at` is the token being read, `limit` the first of the `;` that end the list.

    `depth` counts the values and bodies being read one inside the other; `broken` and `elided` collect lines.
    """

    __slots__ = ("at", "broken", "depth", "elided", "limit", "lines", "match", "texts")

    def __init__(self, source: Tokens) -> None:
        self.texts, self.lines, self.match = source.texts, source.lines, source.match
        self.limit = len(source.texts) - 4
        self.broken = list(source.broken_lines)
        self.elided: list[int] = []
        self.at = 0
        self.depth = 0

    def skip_value(self) -> None:
        """Steps over a value that stands too deep to be read."""
        texts, match = self.texts, self.match
        while texts[self.at] not in ",;)]}":
            self.at = match.get(self.at, self.at) + 1

    def skip_angles(self) -> None:
        """Steps over `<…>` at `at`, if there is one that closes."""
        texts = self.texts
        if texts[self.at] != "<":
            return
        at, open_angles = self.at, 0
        limit = min(self.limit, at + 400)
        while at < limit:
            token = texts[at]
            if token == "<":
                open_angles += 1
            elif token == ">":
                open_angles -= 1
                if not open_angles:
                    self.at = at + 1
                    return
            elif token in ");]}":
                return
            elif token in "([{":
                at = self.match[at]
            at += 1

    def skip_type_arguments(self) -> bool:
        """Steps over `<A, B>` where a call follows; else the sign is a comparison and stays."""
        here = self.at
        self.skip_angles()
        if self.at != here and self.texts[self.at] == "(":
            return True
        self.at = here
        return False

    def skip_type(self, arrows: bool = True) -> None:
        """Steps over a type: operands joined by `|`, `&`, `=>`; stops where nothing joins the next token."""
        texts, match = self.texts, self.match
        limit = self.limit
        while self.at < limit:
            token = texts[self.at]
            if token in _TYPE_WORDS or token in "|&":
                self.at += 1
                continue
            if token in ("{", "(", "["):
                self.at = match[self.at] + 1
            elif token[0].isalnum() or token[0] in "_$'\"`-":
                self.at += 1
            elif token != "<":
                return
            while True:
                token = texts[self.at]
                if token == "<":
                    here = self.at
                    self.skip_angles()
                    if self.at == here:
                        return
                elif token == "[" and self.lines[self.at] == self.lines[self.at - 1]:
                    self.at = match[self.at] + 1
                elif token[0] == "." and len(token) > 1:
                    self.at += 1
                else:
                    break
            if token not in _TYPE_JOINTS or (token == "=>" and not arrows):
                return
            self.at += 1

    def arrow_sign(self, close: int) -> int:
        """Where `=>` stands when the brackets closed at `close` are parameters, else 0."""
        texts = self.texts
        if texts[close + 1] == "=>":
            return close + 1
        if texts[close + 1] != ":":
            return 0
        here = self.at
        self.at = close + 2
        self.skip_type(arrows=False)
        sign = self.at if texts[self.at] == "=>" else 0
        self.at = here
        return sign
