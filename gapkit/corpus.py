"""A path or URL -> samples: folders, archives, JSONL and Parquet; what is unreadable becomes a Problem.

Listing is cheap and reading is lazy: a worker that is given a sample_id reads that sample alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import Protocol

from gapkit.decoding import STAGE, decode
from gapkit.layout import Folder, SampleNames, document_of, find_samples, join, sample_folder, sample_names
from gapkit.metadata import normalise_metadata
from gapkit.models import GapkitError, Problem, Sample, Source, Turn
from gapkit.records import Record, Records, is_records, open_records
from gapkit.trees import LocalTree, RemoteTree, Tree, UnreadableError, archive_tree, is_archive

_METADATA_COLUMNS = ("platform", "language", "complexity", "subtask", "model")


class Corpus(Protocol):
    """Samples in a fixed order; it can be pickled, so that workers read for themselves."""

    location: str

    def sample_ids(self) -> tuple[str, ...]:
        """Every sample's id, without reading the samples."""

    def read(self, sample_id: str) -> Sample:
        """One sample; raises GapkitError where there is none of that id."""


def open_corpus(location: str | os.PathLike[str]) -> Corpus:
    """The corpus at a path or URL: a folder of samples, a sample's own folder, an archive, a JSONL or Parquet file.

    Raises GapkitError where there is nothing, or nothing of these.
    """
    place = os.fspath(location)
    remote = "://" in place or "::" in place
    if not remote and not Path(place).exists():
        raise GapkitError(f"{place} does not exist. Give a folder of samples, an archive, a JSONL or a Parquet file.")
    if remote or not Path(place).is_dir():
        if is_records(place):
            return RecordCorpus(place, open_records(place))
        if is_archive(place.split("::")[0]):
            return FolderCorpus(place, archive_tree(place))
        if not remote:
            raise GapkitError(f"{place} is not a corpus. Give a folder, .zip, .tar.gz, .jsonl or .parquet.")
        return FolderCorpus(place, RemoteTree(place))
    return FolderCorpus(place, LocalTree(Path(place)))


def read_sample(location: str | os.PathLike[str]) -> Sample:
    """The sample at `CORPUS/SAMPLE`, where the corpus may be a folder or a file; raises GapkitError."""
    place = os.fspath(location)
    path = Path(place)
    if path.is_dir():
        if path.resolve().name.casefold() == "lib" and not (path / "lib").exists():
            path = path.resolve().parent
        # The nearest folder above names the platform (`cfn-yaml/Pr1`), so the sample is read from there.
        above = path.resolve().parent
        corpus = FolderCorpus(str(above.parent), LocalTree(above.parent))
        if corpus.is_sample(f"{above.name}/{path.resolve().name}"):
            return corpus.read(f"{above.name}/{path.resolve().name}")
        ids = open_corpus(place).sample_ids()
        if not ids:
            raise GapkitError(f"{place} holds no sample. Give the folder that holds PROMPT.md or lib/PROMPT.md.")
        raise GapkitError(f"{place} holds {len(ids)} samples. Give one of them: {place.rstrip('/')}/{ids[0]}")
    parts = place.split("/")
    for cut in range(len(parts) - 1, 0, -1):
        corpus_place, sample_id = "/".join(parts[:cut]), "/".join(parts[cut:])
        if Path(corpus_place).is_file() or (
            "://" in corpus_place and (is_archive(corpus_place) or is_records(corpus_place))
        ):
            return open_corpus(corpus_place).read(sample_id)
        if Path(corpus_place).is_dir():
            break
    raise GapkitError(f"{place} does not exist. Give CORPUS/SAMPLE, such as data/cfn-yaml/queue.")


@dataclass
class FolderCorpus:
    """Samples kept as folders of documents, in a tree of any kind."""

    location: str
    tree: Tree

    @cached_property
    def _folders(self) -> dict[str, str]:
        """sample_id -> folder; the root itself, where it is the sample, goes by its own name."""
        return {folder or self.tree.name: folder for folder in find_samples(self.tree.list_folder)}

    def sample_ids(self) -> tuple[str, ...]:
        """Every sample's id, in the order of the folders' names."""
        return tuple(self._folders)

    def is_sample(self, sample_id: str) -> bool:
        """Whether that very folder is a sample, found without listing the corpus."""
        return (
            next(iter(find_samples(lambda folder: self.tree.list_folder(join(sample_id, folder).rstrip("/")))), None)
            == ""
        )

    def read(self, sample_id: str) -> Sample:
        """One sample; raises GapkitError where there is none of that id."""
        if self._is_below_root(sample_id):
            folder = sample_id
        elif sample_id in self._folders:
            folder = self._folders[sample_id]
        else:
            raise GapkitError(f"{self.location} holds no sample {sample_id!r}. Give its folder relative to the corpus.")
        names = sample_folder(self.tree.list_folder, folder)
        return _Reader(sample_id, lambda path: self.tree.read(join(folder, path))).sample(names)

    def _is_below_root(self, sample_id: str) -> bool:
        """Known without listing the corpus, as a worker needs it; never true of a way out of the corpus."""
        parts = sample_id.split("/")
        if not sample_id or any(part in ("", ".", "..") for part in parts):
            return False
        names = self.tree.list_folder(sample_id)
        return bool(names.files or names.folders or names.outside)

    def __getstate__(self) -> dict[str, object]:
        return {"location": self.location, "tree": self.tree}


@dataclass
class RecordCorpus:
    """Samples kept as the records of one file."""

    location: str
    records: Records

    def sample_ids(self) -> tuple[str, ...]:
        """Every record's id, in the order of the file."""
        return self.records.ids()

    def read(self, sample_id: str) -> Sample:
        """One sample; raises GapkitError where there is none of that id."""
        try:
            record = self.records.read(sample_id)
        except KeyError:
            raise GapkitError(f"{self.location} holds no sample {sample_id!r}. Check the id.") from None
        problems: list[Problem] = []
        files = _record_files(record, problems)
        return _Reader(sample_id, files.__getitem__, problems).sample(sample_names(Folder(list(files)), Folder(), None))


class _Reader:
    """Reads one sample's files, gathering problems and the fingerprint of all that was read."""

    def __init__(self, sample_id: str, read: Callable[[str], bytes], problems: list[Problem] | None = None) -> None:
        self.sample_id = sample_id
        self.problems = problems or []
        self.read = read
        self._digest = blake2b(digest_size=16)

    def sample(self, names: SampleNames) -> Sample:
        """The sample made of the files of these names."""
        raw: Mapping[str, object] = {}
        if names.metadata:
            raw = self._metadata(names.metadata)
        metadata, unknown = normalise_metadata(raw, self.sample_id, names.metadata or "metadata.json")
        self.problems += unknown
        turns = tuple(
            Turn(number, self._source(turn.prompt), self._source(turn.model_response))
            for number, turn in enumerate(names.turns, 1)
        )
        ideal = self._source(names.ideal_response)
        ideal_files = tuple(s for s in map(self._source, names.ideal_files) if s)
        failures = self._source(names.model_failures)
        rubric = self._source(names.rubric)
        for name in names.outside:
            message = f"{name} is a link that leads out of the corpus and was not followed. Put the file in its place."
            self._problem("link_outside_corpus", message, name)
        if self.problems:  # a document that turned unreadable is a change, too
            self._digest.update(repr(self.problems).encode("utf-8", "replace"))
        return _with_missing(
            Sample(
                sample_id=self.sample_id,
                turns=turns,
                ideal_response=ideal,
                ideal_files=ideal_files,
                model_failures=failures,
                rubric=rubric,
                metadata=metadata,
                fingerprint=self._digest.hexdigest(),
                problems=tuple(self.problems),
            ),
            names,
        )

    def _source(self, path: str | None) -> Source | None:
        data = self._bytes(path) if path else None
        if path is None or data is None:
            return None
        decoded = decode(data, path)
        self.problems += decoded.problems
        return None if decoded.text is None else Source(path, decoded.text)

    def _bytes(self, path: str) -> bytes | None:
        try:
            data = self.read(path)
        except UnreadableError as error:
            self._problem(error.code, str(error), path)
            return None
        self._digest.update(f"{path}\0{len(data)}\0".encode())
        self._digest.update(data)
        return data

    def _metadata(self, path: str) -> Mapping[str, object]:
        data = self._bytes(path)
        if data is None:
            return {}
        text = decode(data, path).text or ""
        return _parsed_metadata(text, path, self.problems)

    def _problem(self, code: str, message: str, document: str) -> None:
        self.problems.append(Problem(STAGE, code, message, document))


def _parsed_metadata(text: str, document: str, problems: list[Problem]) -> Mapping[str, object]:
    """The JSON object in `text`; {} and a Problem `bad_metadata` where there is none."""
    line = None
    try:
        raw = json.loads(text)
        if isinstance(raw, dict):
            return raw
        reason = "is no JSON object"
    except json.JSONDecodeError as error:
        reason, line = f"is not JSON: {error.msg}", error.lineno
    except (ValueError, RecursionError):
        reason = "is not JSON that can be read"
    problems.append(Problem(STAGE, "bad_metadata", f"{document} {reason}. Correct it.", document, line))
    return {}


def _with_missing(sample: Sample, names: SampleNames) -> Sample:
    """The sample with a Problem `missing_document` for each document that there is no file of."""
    folder = _folder_of(names)
    missing = [join(folder, "IDEAL_RESPONSE.md")] if names.ideal_response is None else []
    for number, turn in enumerate(names.turns, 1) if names.turns else [(1, None)]:
        suffix = "" if number == 1 else str(number)
        if turn is None or turn.prompt is None:
            missing.append(join(folder, f"PROMPT{suffix}.md"))
        if turn is None or turn.model_response is None:
            missing.append(join(folder, f"MODEL_RESPONSE{suffix}.md"))
    if not missing:
        return sample
    found = tuple(Problem(STAGE, "missing_document", f"There is no {name}. Add it.", name) for name in sorted(missing))
    return replace(sample, problems=sample.problems + found)


def _folder_of(names: SampleNames) -> str:
    known = [
        names.ideal_response,
        names.model_failures,
        *(n for t in names.turns for n in (t.prompt, t.model_response)),
    ]
    first = next((name for name in known if name), "lib/PROMPT.md")
    return "" if "/" not in first else str(PurePosixPath(first).parent)


def _record_files(record: Record, problems: list[Problem]) -> dict[str, bytes]:
    """A record's columns as the files they stand for."""
    if record is None:
        problems.append(Problem(STAGE, "bad_record", "The record is no JSON object. Correct its line.", None))
        return {}
    files: dict[str, bytes] = {}
    for column, value in record.items():
        if value is None or not document_of(column):
            continue
        if isinstance(value, str):
            files[column] = value.encode("utf-8", "replace")
        else:
            problems.append(Problem(STAGE, "bad_record", f"{column} is no text. Write it as a string.", column))
    metadata = record.get("metadata")
    if isinstance(metadata, str):
        files["metadata.json"] = metadata.encode("utf-8", "replace")
    else:
        columns = {name: record[name] for name in _METADATA_COLUMNS if record.get(name)}
        merged = {**(metadata if isinstance(metadata, dict) else {}), **columns}
        if merged:
            files["metadata.json"] = json.dumps(merged, default=str, sort_keys=True).encode("utf-8", "replace")
    return files
