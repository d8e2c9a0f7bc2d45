"""Names that a TypeScript or JavaScript file uses and neither declares nor imports.

Any declaration of the name in the file counts, whatever its scope: what is told is a name that stands nowhere else.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from gapkit.dialects.host import Program
from gapkit.dialects.typescript_tokens import Tokens

_RESERVED = frozenset(
    """
    abstract any as asserts async await bigint boolean break case catch class const constructor continue debugger
    declare default delete do else enum export extends false finally for from function get global if implements import
    in infer instanceof interface is keyof let module namespace never new null number object of out override package
    private protected public readonly require return satisfies set static string super switch symbol this throw true
    try type typeof undefined unique unknown using var void while with yield accessor
    """.split()
)
# What the language, its run time (Node.js, browsers, Deno) and TypeScript's own library have.
_GLOBALS = frozenset(
    """
    AbortController AbortSignal AggregateError Array ArrayBuffer ArrayLike AsyncFunction AsyncGenerator AsyncIterable
    AsyncIterableIterator AsyncIterator Atomics Awaited BigInt BigInt64Array BigUint64Array Blob BodyInit Boolean
    BroadcastChannel Buffer BufferEncoding Bun Capitalize CallableFunction CompressionStream ConstructorParameters
    CryptoKey CustomEvent DOMException DataView Date DateConstructor Deno Document Element Error ErrorConstructor
    ErrorEvent ErrorOptions EvalError Event EventListener EventSource EventTarget Exclude Extract File
    FinalizationRegistry Float32Array Float64Array FormData Function Generator GeneratorFunction Headers HeadersInit
    HTMLElement Infinity InstanceType Int16Array Int32Array Int8Array Intl Iterable IterableIterator Iterator JSON JSX
    Lowercase Map MapConstructor Math MessageChannel MessageEvent MessagePort NaN NodeJS NoInfer NonNullable Number
    Object ObjectConstructor Omit OmitThisParameter Parameters Partial Performance Pick Promise PromiseConstructor
    PromiseFulfilledResult PromiseLike PromiseRejectedResult PromiseSettledResult PropertyDescriptor PropertyKey Proxy
    RangeError React ReadableStream Readonly ReadonlyArray ReadonlyMap ReadonlySet Record ReferenceError Reflect RegExp
    RegExpExecArray RegExpMatchArray Request RequestInfo RequestInit Required Response ResponseInit ReturnType Set
    SharedArrayBuffer String Symbol SyntaxError TemplateStringsArray TextDecoder TextEncoder ThisParameterType ThisType
    Thenable TransformStream TypeError TypedPropertyDescriptor URIError URL URLSearchParams Uint16Array Uint32Array
    Uint8Array Uint8ClampedArray Uncapitalize Uppercase WeakKey WeakMap WeakRef WeakSet WebAssembly WebSocket Window
    WritableStream XMLHttpRequest __dirname __filename afterAll afterEach alert arguments atob awslambda beforeAll
    beforeEach btoa clearImmediate clearInterval clearTimeout confirm console crypto decodeURI decodeURIComponent
    describe document encodeURI encodeURIComponent escape eval expect exports fail fetch globalThis history isFinite
    isNaN it jest jasmine localStorage location navigator parseFloat parseInt performance process prompt queueMicrotask
    require sessionStorage setImmediate setInterval setTimeout structuredClone test unescape vi window Deno $ _
    """.split()
)
_KNOWN = _RESERVED | _GLOBALS
_DECLARING = frozenset(("const", "let", "var", "function", "class", "interface", "type", "enum", "namespace", "module",
                        "as", "import", "infer", "function*", "using"))  # fmt: skip
_MODIFIERS = frozenset(("private", "protected", "public", "readonly", "static", "abstract", "override", "declare",
                        "async", "get", "set", "accessor"))  # fmt: skip
_HEADS = frozenset(("if", "while", "switch", "for", "with"))
_BODIES = frozenset(("class", "interface", "enum"))
_GENERIC = re.compile(r"[A-Z]\w?|T[A-Z]\w*")  # what type parameters are called
_BEHIND_PARAMETER = frozenset((":", "=", "?", ".", "|", "&", "new", "<", "["))
_ENDS = frozenset((";", "{", "}", "=", "(", ")", "=>"))
_LONGEST_HEAD = 25
_MEMBER_ENDS = frozenset((":", "?", "!", "=", "(", "<", ";", ","))


def undeclared(source: Tokens, program: Program) -> Iterator[tuple[str, int]]:
    """Each undeclared name with the lines on which it is used, in order."""
    texts = source.texts
    # Names and dotted names that are no keys of an object: what begins with a letter, `_` or a bracket.
    roots = {
        token.partition(".")[0].rstrip("?!")
        for token in {token for token, after in zip(texts, texts[1:], strict=False) if after != ":" and token > "@"}
    }
    roots -= _KNOWN
    roots.difference_update([each.name for each in program.imports])
    roots.difference_update([each.target for each in program.assignments])
    roots.difference_update([each.name for each in program.definitions])
    roots.difference_update(program.types)
    # Among parameters stand their types, too, which begin with a capital letter.
    roots.difference_update([name for name in program.bound if name > "_"])
    roots = {name for name in roots if name[:1].isalpha() and not _GENERIC.fullmatch(name)}
    if not roots:
        return
    scopes = _Scopes(source)
    places: dict[str, list[int]] = {}
    for at, token in enumerate(texts):
        if token > "@" and (name := token.partition(".")[0].rstrip("?!")) in roots:
            if name == token and scopes.kind(at) == "declared":
                roots.discard(name)
                if not roots:
                    return
            else:
                places.setdefault(name, []).append(at)
    for name in places:
        if name in roots:
            for at in places[name]:
                if texts[at] != name or scopes.kind(at) == "used":
                    yield name, source.lines[at]


class _Scopes:
    """Where each bracket of a file stands, and so what a name between them does."""

    __slots__ = ("around", "bounds", "lines", "match", "texts")

    def __init__(self, source: Tokens) -> None:
        self.texts, self.lines, self.match = source.texts, source.lines, source.match
        self.bounds: list[int] = []
        self.around: list[int] = []
        opened = [-1]
        closing = set(source.match.values())
        for at in sorted((*source.match, *closing)):
            if at in closing:
                opened.pop()
            else:
                opened.append(at)
            self.bounds.append(at)
            self.around.append(opened[-1])

    def enclosing(self, at: int) -> int:
        """Where the bracket around the token at `at` was opened; -1 outside of all."""
        place = bisect_left(self.bounds, at)
        return self.around[place - 1] if place else -1

    def kind(self, at: int) -> str:
        """What a plain name at `at` does: `declared`, `used`, or `key` where it is no variable's name."""
        texts, match = self.texts, self.match
        before, after = texts[at - 1] if at else ";", texts[at + 1]
        if before in _DECLARING or after == "=>" or (before == "*" and at > 1 and texts[at - 2] == "function"):
            return "declared"
        opened = self.enclosing(at)
        if opened < 0:
            return "declared" if after == ":" else "used"
        bracket = texts[opened]
        if bracket == "(":
            return self.in_parentheses(opened, at)
        if bracket == "[":
            declared = (after in ("in", ":") and before == "[") or self.binds(opened)
            return "declared" if declared else "used"
        ahead = texts[opened - 1] if opened else ";"
        if ahead in ("import", "export", "type") or (ahead == "," and opened > 2 and texts[opened - 3] == "import"):
            return "declared"
        if self.binds(opened):
            return "declared"
        body = self.body(opened)
        fresh = before in "{;},)" or before in _MODIFIERS or self.lines[at] != self.lines[at - 1]
        if body == "enum":
            return "key" if fresh else "used"
        if body and fresh and after in _MEMBER_ENDS:
            return "declared" if after in "(<" else "key"
        if not body:
            if (after == ":" and fresh) or (after == "?" and texts[at + 2] == ":"):
                return "key"
            if after == "(":
                behind = texts[match[at + 1] + 1]
                return "declared" if behind == "{" or (behind == ":" and fresh) else "used"
        return "used"

    def in_parentheses(self, opened: int, at: int) -> str:
        texts = self.texts
        before, after = texts[at - 1], texts[at + 1]
        ahead = texts[opened - 1] if opened else ";"
        behind = texts[self.match[opened] + 1]
        if ahead in _HEADS:
            return "used"
        if ahead == "catch" or behind in ("=>", "{") or after == ":":
            return "used" if before in _BEHIND_PARAMETER else "declared"
        if behind == ":" and before in "(,":
            return "declared"
        return "declared" if after == "?" and texts[at + 2] in ":,)" else "used"

    def binds(self, opened: int) -> bool:
        """Whether the bracket opened there is a pattern that binds names: after `const`, before `=`, of a parameter."""
        texts, match = self.texts, self.match
        while opened >= 0 and texts[opened] in "{[":
            ahead, behind = texts[opened - 1] if opened else ";", texts[match[opened] + 1]
            if ahead in ("const", "let", "var") or (behind == "=" and ahead not in (")", "=>")) or behind == "of":
                return True
            outer = self.enclosing(opened)
            if outer >= 0 and texts[outer] == "(" and ahead in "(,":
                head = texts[outer - 1] if outer else ";"
                return (texts[match[outer] + 1] in ("=>", "{") and head not in _HEADS) or behind == ":"
            if ahead not in ("{", "[", ",", ":", "..."):
                return False
            opened = outer
        return False

    def body(self, opened: int) -> str:
        """`class`, `interface` or `enum` where the brace opened there holds its members, else ``."""
        for at in range(opened - 1, max(-1, opened - _LONGEST_HEAD), -1):
            token = self.texts[at]
            if token in _BODIES:
                return token
            if token in _ENDS:
                return ""
        return ""
