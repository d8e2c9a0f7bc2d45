"""Which files of a tree make up which samples; knows names only, reads nothing.

A sample is a folder with documents (PROMPT, MODEL_RESPONSE, IDEAL_RESPONSE, MODEL_FAILURES) in its `lib`
folder or directly in it.  Case, `-`/`_` and the extension (.md .markdown .txt) may differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

_DOCUMENT = re.compile(
    r"(?P<kind>prompt|model[-_ ]?response|ideal[-_ ]?response|model[-_ ]?failures?)[-_ ]?(?P<number>\d{0,3})"
    r"(?P<extension>\.md|\.markdown|\.txt|)",
    re.IGNORECASE,
)
_EXTENSIONS = (".md", ".markdown", ".txt", "")
CODE_EXTENSIONS = frozenset((".yml", ".yaml", ".json", ".tf", ".ts", ".js", ".py", ".java", ".go"))
_NO_CODE = re.compile(r"metadata\.json|package(-lock)?\.json|(tsconfig|jsconfig|cdk|cdktf|cdk\.context)\.json", re.I)
_RUBRIC = ("requirements.yaml", "requirements.yml", "rubric.yaml", "rubric.yml")
_SKIPPED_FOLDERS = frozenset(("node_modules", "__pycache__", "__macosx", "venv"))
MAX_IDEAL_FILES = 100
MAX_DEPTH = 24


@dataclass(frozen=True, slots=True)
class Folder:
    """The names in one folder, without those that lead out of the corpus (`outside`)."""

    files: Sequence[str] = ()
    folders: Sequence[str] = ()
    outside: Sequence[str] = ()


ListFolder = Callable[[str], Folder]


@dataclass(frozen=True, slots=True)
class TurnNames:
    """The names of one exchange's documents; either may be absent."""

    prompt: str | None
    model_response: str | None


@dataclass(frozen=True, slots=True)
class SampleNames:
    """The names of a sample's files, relative to its folder."""

    turns: tuple[TurnNames, ...]
    ideal_response: str | None = None
    ideal_files: tuple[str, ...] = ()
    model_failures: str | None = None
    rubric: str | None = None
    metadata: str | None = None
    outside: tuple[str, ...] = field(default=())


def find_samples(list_folder: ListFolder) -> Iterator[str]:
    """The samples' folders below the root (`` is the root itself), in the order of their names."""
    yield from _below("", list_folder, 0)


def _below(folder: str, list_folder: ListFolder, depth: int) -> Iterator[str]:
    here = list_folder(folder)
    lib = _lib(here)
    inner = list_folder(join(folder, lib)) if lib else Folder()
    if _holds_documents(here) or _holds_documents(inner) or _is_bare_sample(here, lib, inner):
        yield folder
    elif depth < MAX_DEPTH:
        for name in sorted(here.folders):
            if not name.startswith(".") and name.casefold() not in _SKIPPED_FOLDERS:
                yield from _below(join(folder, name), list_folder, depth + 1)


def _holds_documents(folder: Folder) -> bool:
    return any(document_of(name) for name in (*folder.files, *folder.outside))


def _is_bare_sample(here: Folder, lib: str | None, inner: Folder) -> bool:
    """A sample whose documents are gone: kept, so that the loss is reported."""
    has_metadata = any(name.casefold() == "metadata.json" for name in here.files)
    return has_metadata and (lib is not None or not here.folders) and not inner.folders


def join(folder: str, name: str) -> str:
    """`folder/name`, where the root is ``."""
    return f"{folder}/{name}" if folder else name


def document_of(name: str) -> tuple[str, int] | None:
    """The kind of document that a file name stands for and the number it carries (0 without one)."""
    if name[:1] not in "pPmMiI" or not (match := _DOCUMENT.fullmatch(name)):
        return None
    kind = match["kind"].casefold().replace("response", "_response").replace("failure", "_failure")
    kind = re.sub(r"[-_ ]+", "_", kind)
    return ("model_failures" if kind.startswith("model_f") else kind), int(match["number"] or 0)


def sample_names(here: Folder, inner: Folder, lib: str | None) -> SampleNames:
    """Which files of a sample's folder and of its `lib` folder are what."""
    found: dict[tuple[str, int], str] = {}
    paths = [join(lib or "", name) for name in inner.files] + list(here.files)
    for path in sorted(paths, key=lambda path: _preference(path, lib)):
        key = document_of(PurePosixPath(path).name)
        if key:
            found.setdefault(key, path)
    ideal = _first(found, "ideal_response")
    by_name = {path.casefold(): path for path in sorted(paths, reverse=True)}
    beside = inner if lib and (ideal is None or "/" in ideal) else here
    prefix = lib if beside is inner and lib else ""
    rubric = next((by_name[p] for n in _RUBRIC for p in (n, join((lib or "").casefold(), n)) if p in by_name), None)
    return SampleNames(
        turns=_turns(found),
        ideal_response=ideal,
        ideal_files=tuple(
            join(prefix, name)
            for name in sorted(beside.files)
            if PurePosixPath(name).suffix.casefold() in CODE_EXTENSIONS
            and not _NO_CODE.fullmatch(name)
            and name.casefold() not in _RUBRIC
        )[:MAX_IDEAL_FILES],
        model_failures=_first(found, "model_failures"),
        rubric=rubric,
        metadata=by_name.get("metadata.json") or by_name.get(join((lib or "").casefold(), "metadata.json")),
        outside=(*here.outside, *(join(lib or "", name) for name in inner.outside)),
    )


def _lib(folder: Folder) -> str | None:
    return next((name for name in sorted(folder.folders) if name.casefold() == "lib"), None)


def sample_folder(list_folder: ListFolder, folder: str) -> SampleNames:
    """The names of the sample in `folder`."""
    here = list_folder(folder)
    lib = _lib(here)
    return sample_names(here, list_folder(join(folder, lib)) if lib else Folder(), lib)


def _preference(path: str, lib: str | None) -> tuple[bool, int, bool, str]:
    name = PurePosixPath(path)
    extension = name.suffix.casefold()
    rank = _EXTENSIONS.index(extension) if extension in _EXTENSIONS else len(_EXTENSIONS)
    return (lib is not None and "/" not in path, rank, name.stem != name.stem.upper(), path)


def _first(found: Mapping[tuple[str, int], str], kind: str) -> str | None:
    return min(((number, path) for (k, number), path in found.items() if k == kind), default=(0, None))[1]


def _turns(found: Mapping[tuple[str, int], str]) -> tuple[TurnNames, ...]:
    """The exchanges in order: the one without a number first, then 1, 2, 3 …

    Where one kind starts at 1 and the other without a number (PROMPT, MODEL_RESPONSE1), both are the first turn.
    """
    by_kind = {
        kind: {number: path for (k, number), path in found.items() if k == kind}
        for kind in ("prompt", "model_response")
    }
    for kind, other in (("prompt", "model_response"), ("model_response", "prompt")):
        if 0 not in by_kind[kind] and 1 in by_kind[kind] and 1 not in by_kind[other]:
            by_kind[kind][0] = by_kind[kind].pop(1)
    numbers = sorted(set(by_kind["prompt"]) | set(by_kind["model_response"]))
    return tuple(TurnNames(by_kind["prompt"].get(n), by_kind["model_response"].get(n)) for n in numbers)
