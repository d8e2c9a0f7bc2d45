"""Where a corpus's files stand: a local folder, an archive or a remote folder; each lists names and reads bytes.

Nothing here leaves its root: `..`, absolute names and links that lead outside are never followed.
"""

from __future__ import annotations

import os
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol

import fsspec

from gapkit.layout import CODE_EXTENSIONS, Folder, document_of
from gapkit.models import GapkitError

MAX_DOCUMENT_BYTES = 16 * 2**20
MAX_UNPACKED_BYTES = 4 * 2**30  # of a whole tar stream, read or skipped: no archive bomb goes on for ever
MAX_KEPT_BYTES = 600 * 2**20  # of a tar's documents, which have to stay in memory
ARCHIVE_SUFFIXES = (".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tar.xz")


class UnreadableError(Exception):
    """A file of a sample cannot be read; `code` is the problem's code, the message says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Tree(Protocol):
    """A folder of a corpus, wherever it is kept; paths are relative to its root, with `/`."""

    name: str

    def list_folder(self, folder: str) -> Folder:
        """The names in `folder`; nothing where there is no such folder."""

    def read(self, path: str) -> bytes:
        """A file's bytes; raises UnreadableError."""


class LocalTree:
    """A folder on this machine."""

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self.name = root.resolve().name
        self._real_root = os.path.realpath(root)

    def list_folder(self, folder: str) -> Folder:
        """The names in `folder`; linked folders are left out, so that no link can lead in a circle."""
        files: list[str] = []
        folders: list[str] = []
        outside: list[str] = []
        try:
            entries = list(os.scandir(f"{self.root}/{folder}" if folder else self.root))
        except OSError:
            return Folder()
        for entry in entries:
            if not _printable(entry.name):
                continue
            if entry.is_symlink():
                if not self._inside(entry.path):
                    outside.append(entry.name)
                elif entry.is_file():
                    files.append(entry.name)
            elif entry.is_dir():
                folders.append(entry.name)
            elif entry.is_file():  # no pipes, sockets or devices
                files.append(entry.name)
        return Folder(files, folders, outside)

    def _inside(self, path: str) -> bool:
        real = os.path.realpath(path)
        return real.startswith(self._real_root.rstrip(os.sep) + os.sep)

    def read(self, path: str) -> bytes:
        """A file's bytes; raises UnreadableError."""
        try:
            with open(f"{self.root}/{path}", "rb") as file:  # noqa: PTH123 - Path.open costs more than the read
                return _limited(file, path)
        except OSError as error:
            raise UnreadableError("unreadable_document", f"{path} cannot be read: {error.strerror}.") from error


class NamesTree:
    """A tree known by the list of all its files, as archives and remote folders are."""

    def __init__(self, name: str) -> None:
        self.name = name

    @cached_property
    def _folders(self) -> dict[str, Folder]:
        files: dict[str, list[str]] = {"": []}
        folders: dict[str, dict[str, None]] = {"": {}}
        for path in self._paths():
            parts = path.split("/")
            for depth in range(len(parts) - 1):
                folder = "/".join(parts[:depth])
                folders.setdefault(folder, {})[parts[depth]] = None
            files.setdefault("/".join(parts[:-1]), []).append(parts[-1])
        return {folder: Folder(files.get(folder, ()), list(folders.get(folder, ()))) for folder in {*files, *folders}}

    def list_folder(self, folder: str) -> Folder:
        """The names in `folder`; nothing where there is no such folder."""
        return self._folders.get(folder, Folder())

    def _paths(self) -> Iterable[str]:
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        # A worker opens its own handle: two processes must not share a file's position.
        return {key: value for key, value in self.__dict__.items() if key in ("name", "location")}


class ZipTree(NamesTree):
    """A zip archive; a file is unpacked only when it is read, and never to disk."""

    def __init__(self, location: str) -> None:
        super().__init__(_stem(location))
        self.location = location

    @cached_property
    def _zip(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(fsspec.open(self.location, "rb").open())
        except (OSError, zipfile.BadZipFile, zlib.error, ValueError) as error:
            raise _bad_archive(self.location, error) from error

    @cached_property
    def _members(self) -> dict[str, zipfile.ZipInfo]:
        infos = {
            info.filename: info
            for info in self._zip.infolist()
            if not info.is_dir() and not stat.S_ISLNK(info.external_attr >> 16)
        }
        return {path: infos[name] for path, name in _safe_paths(infos, self.name).items()}

    def _paths(self) -> Iterable[str]:
        return self._members

    def read(self, path: str) -> bytes:
        """A member's bytes; raises UnreadableError."""
        try:
            with self._zip.open(self._members[path]) as file:
                return _limited(file, path)
        except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
            raise UnreadableError("unreadable_document", f"{path} cannot be unpacked: {error}.") from error


class TarTree(NamesTree):
    """A tar archive, compressed or not; read once from front to end, its documents kept in memory."""

    def __init__(self, location: str) -> None:
        super().__init__(_stem(location))
        self.location = location

    @cached_property
    def _contents(self) -> dict[str, bytes | None]:
        contents: dict[str, bytes | None] = {}
        unpacked = kept = 0
        try:
            with fsspec.open(self.location, "rb").open() as raw, tarfile.open(fileobj=raw, mode="r|*") as archive:
                for member in archive:
                    unpacked += member.size
                    if unpacked > MAX_UNPACKED_BYTES:
                        raise GapkitError(
                            f"{self.location} unpacks to more than {MAX_UNPACKED_BYTES >> 30} GB. "
                            "Unpack it and give the folder."
                        )
                    if not member.isreg() or not _wanted(member.name):
                        continue
                    file = archive.extractfile(member)
                    big = member.size > MAX_DOCUMENT_BYTES or file is None
                    contents[member.name] = None if big or file is None else file.read()
                    kept += len(contents[member.name] or b"")
                    if kept > MAX_KEPT_BYTES:
                        raise GapkitError(
                            f"{self.location} holds more than {MAX_KEPT_BYTES >> 20} MB of documents. "
                            "Unpack it and give the folder, or make a zip of it."
                        )
        except (OSError, tarfile.TarError, zlib.error, EOFError, ValueError) as error:
            raise _bad_archive(self.location, error) from error
        return {path: contents[name] for path, name in _safe_paths(contents, self.name).items()}

    def _paths(self) -> Iterable[str]:
        return self._contents

    def read(self, path: str) -> bytes:
        """A member's bytes; raises UnreadableError."""
        data = self._contents[path]
        if data is None:
            raise _too_large(path)
        return data


class RemoteTree(NamesTree):
    """A folder behind a URL, by fsspec."""

    def __init__(self, location: str) -> None:
        super().__init__(_stem(location))
        self.location = location

    @cached_property
    def _names(self) -> dict[str, str]:
        try:
            filesystem, root = fsspec.core.url_to_fs(self.location)
            found = filesystem.find(root)
        except (OSError, ValueError, ImportError) as error:
            raise GapkitError(f"{self.location} cannot be listed: {error}. Check the address.") from error
        prefix = root.rstrip("/") + "/"
        names = {name[len(prefix) :]: name for name in found if name.startswith(prefix)}
        return {path: names[name] for path, name in _safe_paths(names, "").items()}

    def _paths(self) -> Iterable[str]:
        return self._names

    def read(self, path: str) -> bytes:
        """A file's bytes; raises UnreadableError."""
        try:
            filesystem, _ = fsspec.core.url_to_fs(self.location)
            with filesystem.open(self._names[path], "rb") as file:
                return _limited(file, path)
        except (OSError, ValueError) as error:
            raise UnreadableError("unreadable_document", f"{path} cannot be fetched: {error}.") from error


def is_archive(location: str) -> bool:
    """Whether the name is an archive's."""
    return location.casefold().endswith(ARCHIVE_SUFFIXES)


def archive_tree(location: str) -> Tree:
    """The tree in an archive; raises GapkitError when it is first used and cannot be read."""
    return ZipTree(location) if location.casefold().endswith(".zip") else TarTree(location)


def _limited(file: IO[bytes], path: str) -> bytes:
    data = file.read(MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise _too_large(path)
    return data


def _too_large(path: str) -> UnreadableError:
    limit = MAX_DOCUMENT_BYTES >> 20
    return UnreadableError("document_too_large", f"{path} is larger than {limit} MB and was not read. Shorten it.")


def _bad_archive(location: str, error: Exception) -> GapkitError:
    return GapkitError(f"{location} cannot be read as an archive: {error}. Check that it is complete.")


def _safe_paths(names: Iterable[str], archive: str) -> dict[str, str]:
    """Path in the tree -> name as stored, without names that lead outside.

    A single top folder that bears the archive's own name (`corpus/` in corpus.zip) is not part of the paths.
    """
    safe: dict[str, str] = {}
    for name in names:
        path = name.replace("\\", "/")
        path = path.removeprefix("./")
        parts = path.split("/")
        if path.startswith("/") or ".." in parts or ":" in parts[0] or not _printable(path):
            continue
        safe["/".join(part for part in parts if part not in ("", "."))] = name
    if archive and all(path.startswith(archive + "/") for path in safe):
        return {path[len(archive) + 1 :]: name for path, name in safe.items()}
    return safe


def _wanted(name: str) -> bool:
    path = PurePosixPath(name)
    return document_of(path.name) is not None or path.suffix.casefold() in CODE_EXTENSIONS


def _stem(location: str) -> str:
    name = location.split("::")[0].rstrip("/").rsplit("/", 1)[-1]
    return re.sub(r"(\.tar)?\.(zip|gz|tgz|tar|bz2|xz)$", "", name, flags=re.IGNORECASE)


def _printable(name: str) -> bool:
    """Names that are no valid text (lone surrogates) cannot become a sample_id."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
