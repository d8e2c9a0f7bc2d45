"""A JSONL or Parquet file with a record a sample, read a record at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Protocol

import fsspec

from gapkit.models import GapkitError

MAX_RECORD_BYTES = 64 * 2**20
Record = Mapping[str, object] | None


class Records(Protocol):
    """A file of records; a record that cannot be read is None."""

    def ids(self) -> tuple[str, ...]:
        """Each record's sample_id, unique, in the order of the file."""

    def read(self, sample_id: str) -> Record:
        """The record; None where it is no JSON object; raises KeyError."""


def unique_ids(written: list[object]) -> dict[str, int]:
    """sample_id -> place in the file; a record without one is named for its line, a repeated one gets `#2`."""
    ids: dict[str, int] = {}
    for place, value in enumerate(written):
        name = str(value).strip().strip("/") if isinstance(value, str | int) and not isinstance(value, bool) else ""
        name = name.encode("utf-8", "replace").decode() or f"line-{place + 1}"
        unique, count = name, 1
        while unique in ids:
            count += 1
            unique = f"{name}#{count}"
        ids[unique] = place
    return ids


class JsonLines:
    """A JSONL file, compressed or not by its name; only the places of its lines are kept."""

    def __init__(self, location: str) -> None:
        self.location = location

    @cached_property
    def _index(self) -> tuple[dict[str, int], list[int]]:
        offsets: list[int] = []
        written: list[object] = []
        offset = 0
        try:
            with self._open() as file:
                for line in file:
                    if line.strip():
                        offsets.append(offset)
                        record = _json_object(line)
                        written.append(record.get("sample_id", record.get("id")) if record else None)
                    offset += len(line)
        except (OSError, EOFError, ValueError) as error:
            raise GapkitError(f"{self.location} cannot be read: {error}. Check the file.") from error
        return unique_ids(written), offsets

    def _open(self) -> Any:
        return fsspec.open(self.location, "rb", compression="infer").open()

    def ids(self) -> tuple[str, ...]:
        """Each record's sample_id, in the order of the file."""
        return tuple(self._index[0])

    def read(self, sample_id: str) -> Record:
        """The record of one line."""
        places, offsets = self._index
        with self._open() as file:
            file.seek(offsets[places[sample_id]])
            return _json_object(file.readline(MAX_RECORD_BYTES))


def _json_object(line: bytes) -> dict[str, object] | None:
    try:
        record = json.loads(line.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


class ParquetRows:
    """A Parquet file; one row group at a time is in memory."""

    def __init__(self, location: str) -> None:
        self.location = location
        self._group: tuple[int, Any] = (-1, None)

    @cached_property
    def _file(self) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.ParquetFile(fsspec.open(self.location, "rb").open())
        except (OSError, pa.ArrowException, ValueError) as error:
            raise GapkitError(f"{self.location} cannot be read as Parquet: {error}. Check the file.") from error

    @cached_property
    def _index(self) -> dict[str, int]:
        names = self._file.schema_arrow.names
        key = next((name for name in ("sample_id", "id") if name in names), None)
        if key is None:
            return unique_ids([None] * self._file.metadata.num_rows)
        return unique_ids(self._file.read(columns=[key]).column(key).to_pylist())

    @cached_property
    def _group_ends(self) -> list[int]:
        ends, total = [], 0
        for group in range(self._file.num_row_groups):
            total += self._file.metadata.row_group(group).num_rows
            ends.append(total)
        return ends

    def ids(self) -> tuple[str, ...]:
        """Each row's sample_id, in the order of the file."""
        return tuple(self._index)

    def read(self, sample_id: str) -> Record:
        """One row."""
        from bisect import bisect_right

        place = self._index[sample_id]
        group = bisect_right(self._group_ends, place)
        if self._group[0] != group:
            self._group = (group, self._file.read_row_group(group))
        start = self._group_ends[group - 1] if group else 0
        row: dict[str, object] = self._group[1].slice(place - start, 1).to_pylist()[0]
        return row

    def __getstate__(self) -> dict[str, Any]:
        return {"location": self.location, "_group": (-1, None)}


def is_records(location: str) -> bool:
    """Whether the name is that of a file of records."""
    name = location.casefold()
    return name.endswith((".jsonl", ".ndjson", ".jsonl.gz", ".jsonl.zst", ".parquet"))


def open_records(location: str) -> Records:
    """The records of a file; raises GapkitError when it is first used and cannot be read."""
    return ParquetRows(location) if location.casefold().endswith(".parquet") else JsonLines(location)
