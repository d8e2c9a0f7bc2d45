"""The files of a run folder: parts of a run under way, and finished tables put in place all at once.

.parts/part-*.zip      a finished chunk: the five tables as Arrow streams
.parts/versions.json   what the parts were made with
.parts/ready/          the finished tables, complete; whoever finds it moves them into place
"""

from __future__ import annotations

import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from gapkit.models import GapkitError
from gapkit.tables import SCHEMAS

RUN_FILE = "run.json"
BLOCK = 256  # samples per row group: fixed, so that the bytes do not depend on how the work was split
Bundle = Mapping[str, pa.Table]


def packed(tables: Bundle) -> bytes:
    """Five tables as one zip of Arrow streams."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, table in tables.items():
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table)
            archive.writestr(zipfile.ZipInfo(f"{name}.arrows"), sink.getvalue().to_pybytes())
    return buffer.getvalue()


def unpacked(part: Path) -> dict[str, pa.Table]:
    """The five tables of a part; raises OSError, BadZipFile, KeyError or ArrowException where it is damaged."""
    with zipfile.ZipFile(part) as archive:
        return {name: pa.ipc.open_stream(archive.read(f"{name}.arrows")).read_all() for name in SCHEMAS}


class RunFolder:
    """A run folder, as the one process that writes it sees it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.parts = path / ".parts"
        self.ready = self.parts / "ready"
        self._next = 0

    def prepare(self) -> None:
        """Make the folder and finish what a cut-off run had ready; raises GapkitError where it cannot be written."""
        if self.path.exists() and not self.path.is_dir():
            raise GapkitError(f"{self.path} is a file. Give a folder with -o.")
        with _writing(self.path):
            self.parts.mkdir(parents=True, exist_ok=True)
            self._move_into_place()
            taken = [int(part.stem.split("-")[1]) for part in self._part_files()]
            self._next = max(taken, default=-1) + 1

    def discard_parts_of(self, versions: Mapping[str, str]) -> None:
        """Drop the parts of a cut-off run that other versions made, and note the versions of those to come."""
        note = self.parts / "versions.json"
        text = json.dumps(dict(versions), sort_keys=True)
        with _writing(self.path):
            if not note.exists() or note.read_text(encoding="utf-8") != text:
                for part in self._part_files():
                    part.unlink()
                _write(note, text.encode())

    def run_facts(self) -> dict[str, Any]:
        """What run.json says; {} where there is none that can be read."""
        try:
            facts = json.loads((self.path / RUN_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return facts if isinstance(facts, dict) else {}

    def add_part(self, content: bytes) -> Path:
        """Keep a finished chunk."""
        part = self.parts / f"part-{self._next:06d}.zip"
        self._next += 1
        with _writing(self.path):
            _write(part, content)
        return part

    def finished_parts(self) -> Iterator[tuple[Path, pa.Table]]:
        """The parts of a cut-off run with their `samples` table; a damaged one is dropped."""
        for part in self._part_files():
            try:
                samples = unpacked(part)["samples"]
                if samples.schema != SCHEMAS["samples"]:
                    raise KeyError("samples")
            except (OSError, zipfile.BadZipFile, KeyError, pa.ArrowException):
                part.unlink(missing_ok=True)
                continue
            yield part, samples

    def finished_samples(self) -> pa.Table | None:
        """The `samples` table of the finished run, if all five tables are there."""
        if any(not (self.path / f"{name}.parquet").is_file() for name in SCHEMAS):
            return None
        try:
            tables = {name: pq.ParquetFile(self.path / f"{name}.parquet") for name in SCHEMAS}
            if any(table.schema_arrow != SCHEMAS[name] for name, table in tables.items()):
                return None
            return tables["samples"].read()
        except (OSError, pa.ArrowException):
            return None

    def finish(self, order: Sequence[str], sources: Mapping[str, Path | None], facts: dict[str, Any]) -> dict[str, int]:
        """Write the tables with the samples in `order`, each from its part (None: the finished run), and put all in
        place; returns each table's number of rows."""
        with _writing(self.path):
            building = self.parts / "building"
            shutil.rmtree(building, ignore_errors=True)
            building.mkdir()
            counts, fingerprint = self._write_tables(building, order, sources)
            facts["corpus_fingerprint"] = fingerprint
            facts["counts"] = {**facts.get("counts", {}), **counts}
            _write(building / RUN_FILE, (json.dumps(facts, indent=2) + "\n").encode())
            shutil.rmtree(self.ready, ignore_errors=True)
            building.rename(self.ready)
            self._move_into_place()
            shutil.rmtree(self.parts)
        return counts

    def _write_tables(
        self, folder: Path, order: Sequence[str], sources: Mapping[str, Path | None]
    ) -> tuple[dict[str, int], str]:
        digest = blake2b(digest_size=16)
        counts = dict.fromkeys(SCHEMAS, 0)
        writers = {name: pq.ParquetWriter(folder / f"{name}.parquet", schema) for name, schema in SCHEMAS.items()}
        cached: dict[Path, dict[str, pa.Table]] = {}
        try:
            for start in range(0, len(order), BLOCK):
                block = order[start : start + BLOCK]
                wanted = {sources[sample_id] for sample_id in block}
                cached = {part: cached.get(part) or unpacked(part) for part in wanted if part}
                for name, writer in writers.items():
                    pieces = [tables[name] for tables in cached.values()]
                    if None in wanted:
                        old = [sample_id for sample_id in block if sources[sample_id] is None]
                        pieces.append(_read_rows(self.path / f"{name}.parquet", old).cast(SCHEMAS[name]))
                    table = _in_order(pa.concat_tables(pieces), block)
                    counts[name] += table.num_rows
                    if name == "samples":
                        digest.update("".join(f"{i}\0{f}\0" for i, f in sample_rows(table)).encode())
                    writer.write_table(table, row_group_size=max(1, table.num_rows))
        finally:
            for writer in writers.values():
                writer.close()
        return counts, digest.hexdigest()

    def _move_into_place(self) -> None:
        if not self.ready.is_dir():
            return
        for name in (*(f"{table}.parquet" for table in SCHEMAS), RUN_FILE):
            if (self.ready / name).exists():
                os.replace(self.ready / name, self.path / name)  # noqa: PTH105 - the word that promises atomicity
        shutil.rmtree(self.ready)
        for part in self._part_files():  # they are in the tables now
            part.unlink()

    def _part_files(self) -> list[Path]:
        return sorted(self.parts.glob("part-*.zip"))


def _read_rows(file: Path, sample_ids: Sequence[str]) -> pa.Table:
    """The rows of some samples; row groups that hold none of them are skipped."""
    return ds.dataset(file).to_table(filter=ds.field("sample_id").isin(list(sample_ids)))


def _in_order(table: pa.Table, block: Sequence[str]) -> pa.Table:
    """The rows of the block's samples, samples in the block's order, each sample's rows in theirs."""
    place = pc.index_in(table.column("sample_id"), value_set=pa.array(block, pa.string()))
    row = pa.array(range(table.num_rows), pa.int64())
    keys = pa.table({"place": place, "row": row}).filter(pc.is_valid(place))
    order = keys.sort_by([("place", "ascending"), ("row", "ascending")]).column("row")
    return table.take(order).combine_chunks()


def _write(file: Path, content: bytes) -> None:
    """Write a file so that it is whole or not there."""
    temporary = file.with_name(file.name + ".tmp")
    temporary.write_bytes(content)
    os.replace(temporary, file)  # noqa: PTH105


class _writing:
    """Turns a full disk or a forbidden folder into one sentence for the caller."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            why = error.strerror or str(error)
            raise GapkitError(
                f"{error.filename or self.folder} cannot be written: {why}. Free some space or give another folder "
                "with -o; what was scored so far is kept."
            ) from error


def sample_rows(samples: pa.Table) -> Iterable[tuple[str, str]]:
    """(sample_id, fingerprint) of each row."""
    return zip(samples.column("sample_id").to_pylist(), samples.column("fingerprint").to_pylist(), strict=True)
