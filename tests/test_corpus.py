"""Inputs of every kind become the same samples, and bad input becomes problems."""

from __future__ import annotations

import io
import json
import os
import pickle
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from sample_folders import DOCUMENTS, IDEAL, PROMPT, RESPONSE, write_corpus, write_sample

from gapkit import trees
from gapkit.corpus import open_corpus, read_sample
from gapkit.models import GapkitError, Sample


def codes(sample: Sample) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.document) for problem in sample.problems]


def test_a_folder_of_samples(tmp_path: Path) -> None:
    write_corpus(tmp_path, 2)
    write_sample(tmp_path / "deep" / "er" / "one")
    write_sample(tmp_path / "node_modules" / "not-mine")
    corpus = open_corpus(tmp_path)
    assert corpus.sample_ids() == ("cfn-yaml/s00", "cfn-yaml/s01", "deep/er/one")
    sample = corpus.read("deep/er/one")
    assert sample.sample_id == "deep/er/one"
    (turn,) = sample.turns
    assert turn.prompt is not None and turn.model_response is not None and sample.ideal_response is not None
    assert (turn.number, turn.prompt.name, turn.prompt.text) == (1, "lib/PROMPT.md", PROMPT)
    assert (turn.model_response.text, sample.ideal_response.text) == (RESPONSE, IDEAL)
    assert sample.model_failures is not None
    assert (sample.metadata.platform, sample.metadata.language) == ("cfn", "yaml")
    assert sample.problems == ()


def zip_of(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target / "corpus.zip", "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, Path("corpus") / path.relative_to(folder))
    return target / "corpus.zip"


def tar_of(folder: Path, target: Path) -> Path:
    with tarfile.open(target / "corpus.tar.gz", "w:gz") as archive:
        archive.add(folder, ".")
    return target / "corpus.tar.gz"


@pytest.mark.parametrize("pack", [zip_of, tar_of])
def test_archives_read_as_the_folder_does(tmp_path: Path, pack: Callable[[Path, Path], Path]) -> None:
    folder = write_corpus(tmp_path / "samples")
    expected = open_corpus(folder)
    archive = open_corpus(pack(folder, tmp_path))
    assert archive.sample_ids() == expected.sample_ids()
    for sample_id in expected.sample_ids():
        assert archive.read(sample_id) == expected.read(sample_id)
    assert pickle.loads(pickle.dumps(archive)).read("cfn-yaml/s01") == expected.read("cfn-yaml/s01")


def test_a_url_is_read_by_fsspec(tmp_path: Path) -> None:
    folder = write_corpus(tmp_path)
    remote = open_corpus(f"file://{folder}")
    assert remote.sample_ids() == open_corpus(folder).sample_ids()
    assert remote.read("cfn-yaml/s00") == open_corpus(folder).read("cfn-yaml/s00")


TEXTS = {"prompt": PROMPT, "model_response": RESPONSE, "ideal_response": IDEAL}
RECORDS = [
    {"sample_id": "a/1", **TEXTS, "metadata": '{"platform": "tf"}'},
    {"sample_id": "a/2", **TEXTS, "model": "m-2"},
]


def jsonl_of(records: list[dict[str, str]], folder: Path) -> Path:
    path = folder / "records.jsonl"
    path.write_text("\n".join(json.dumps(record) for record in records) + "\n\n")
    return path


def parquet_of(records: list[dict[str, str]], folder: Path) -> Path:
    pd.DataFrame(records).to_parquet(folder / "records.parquet", row_group_size=1)
    return folder / "records.parquet"


@pytest.mark.parametrize("write", [jsonl_of, parquet_of])
def test_records(tmp_path: Path, write: Callable[[list[dict[str, str]], Path], Path]) -> None:
    corpus = pickle.loads(pickle.dumps(open_corpus(write(RECORDS, tmp_path))))
    assert corpus.sample_ids() == ("a/1", "a/2")
    first, second = corpus.read("a/1"), corpus.read("a/2")
    assert first.turns[0].prompt is not None
    assert first.turns[0].prompt.text == PROMPT
    assert (first.metadata.platform, second.metadata.model) == ("tf", "m-2")
    assert first.problems == second.problems == ()
    assert first.fingerprint != second.fingerprint


def test_bad_records_are_samples_with_problems(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    whole = json.dumps(RECORDS[0])
    path.write_text(f'{whole}\nno json\n{whole}\n{{"sample_id": "x", "prompt": 7}}\n[1]\n')
    corpus = open_corpus(path)
    assert corpus.sample_ids() == ("a/1", "line-2", "a/1#2", "x", "line-5")
    assert codes(corpus.read("line-2"))[0] == ("bad_record", None)
    assert ("bad_record", "prompt") in codes(corpus.read("x"))
    assert corpus.read("a/1#2").problems == ()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["PROMPT.md", "PROMPT2.md", "MODEL_RESPONSE.md", "MODEL_RESPONSE2.md"], [(0, 2), (1, 3)]),
        (["PROMPT.md", "PROMPT1.md", "MODEL_RESPONSE.md", "MODEL_RESPONSE1.md"], [(0, 2), (1, 3)]),
        (["PROMPT1.md", "MODEL_RESPONSE1.md"], [(0, 1)]),
        (["PROMPT.md", "MODEL_RESPONSE1.md"], [(0, 1)]),
        (["PROMPT.md", "PROMPT_2.md", "PROMPT-10.md", "MODEL_RESPONSE.md"], [(0, 3), (1, None), (2, None)]),
        (["prompt.txt", "Model-Response.markdown"], [(0, 1)]),
        (["PROMPT.md", "MODEL_RESPONSE.md", "MODEL_RESPONSE3.md"], [(0, 1), (None, 2)]),
    ],
)
def test_turns(tmp_path: Path, names: list[str], expected: list[tuple[int | None, int | None]]) -> None:
    for number, name in enumerate(names):
        (tmp_path / name).write_text(f"text {number}")
    sample = read_sample(tmp_path)
    found = [
        tuple(None if source is None else int(source.text.split()[1]) for source in (turn.prompt, turn.model_response))
        for turn in sample.turns
    ]
    assert found == expected
    assert [turn.number for turn in sample.turns] == list(range(1, len(expected) + 1))


def test_flat_samples_code_beside_the_ideal_and_a_rubric(tmp_path: Path) -> None:
    flat = {name.removeprefix("lib/"): content for name, content in DOCUMENTS.items()}
    nothing: dict[str, str | bytes | None] = dict.fromkeys(DOCUMENTS)
    changes: dict[str, str | bytes | None] = {
        **nothing,
        **flat,
        "main.tf": "resource {}",
        "package.json": "{}",
        "requirements.yaml": "[]",
        "note.md": "",
    }
    sample = read_sample(write_sample(tmp_path / "tf-hcl" / "one", changes))
    assert [source.name for source in sample.ideal_files] == ["main.tf"]
    assert sample.rubric is not None and sample.rubric.name == "requirements.yaml"
    assert sample.sample_id == "tf-hcl/one"


@pytest.mark.parametrize(
    ("data", "text", "code"),
    [
        ("größe\n".encode(), "größe\n", None),
        (b"\xef\xbb\xbfx\n", "x\n", None),
        ("größe".encode("utf-16"), "größe", None),
        ("size\n".encode("utf-16-le") * 20, "size\n" * 20, "wrong_encoding"),
        (b"3 \xd7 4 \xe2\x86\x92 12", "3 × 4 → 12", "wrong_encoding"),
        (b"a\r\nb\rc\n", "a\nb\nc\n", None),
        (b"word " * 400 + b"\0", "word " * 400, "nul_bytes"),
        (b"\x7fELF\0\0\0\1\0\0", None, "binary_document"),
        (b" \n", "", "empty_document"),
        (b"", "", "empty_document"),
    ],
)
def test_encodings(tmp_path: Path, data: bytes, text: str | None, code: str | None) -> None:
    sample = read_sample(write_sample(tmp_path / "s", {"lib/MODEL_RESPONSE.md": data}))
    source = sample.turns[0].model_response
    assert (source.text if source else None) == text
    assert codes(sample) == ([(code, "lib/MODEL_RESPONSE.md")] if code else [])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"lib/PROMPT.md": None}, [("missing_document", "lib/PROMPT.md")]),
        ({"lib/IDEAL_RESPONSE.md": None}, [("missing_document", "lib/IDEAL_RESPONSE.md")]),
        ({"lib/MODEL_FAILURES.md": None}, []),
        ({"lib/PROMPT2.md": "more"}, [("missing_document", "lib/MODEL_RESPONSE2.md")]),
        ({"metadata.json": "{'platform'"}, [("bad_metadata", "metadata.json")]),
        ({"metadata.json": "[]"}, [("bad_metadata", "metadata.json")]),
        ({"metadata.json": "[" * 100_000}, [("bad_metadata", "metadata.json")]),
        ({"metadata.json": None}, []),
    ],
)
def test_what_is_missing_or_bad(
    tmp_path: Path, changes: dict[str, str | bytes | None], expected: list[tuple[str, str]]
) -> None:
    assert codes(read_sample(write_sample(tmp_path / "cfn-yaml" / "one", changes))) == expected


def test_a_sample_whose_documents_are_gone_is_kept(tmp_path: Path) -> None:
    write_sample(tmp_path / "a" / "whole")
    write_sample(tmp_path / "a" / "bare", {**dict.fromkeys(DOCUMENTS), "metadata.json": "{}"})
    corpus = open_corpus(tmp_path)
    assert corpus.sample_ids() == ("a/bare", "a/whole")
    assert {code for code, _ in codes(corpus.read("a/bare"))} == {"missing_document"}


def test_links_that_lead_outside_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("secret")
    sample = write_sample(tmp_path / "corpus" / "one", {"lib/PROMPT.md": None})
    (sample / "lib" / "PROMPT.md").symlink_to(secret)
    (sample.parent / "up").symlink_to(tmp_path)
    (sample.parent / "circle").symlink_to(sample.parent)
    corpus = open_corpus(tmp_path / "corpus")
    assert corpus.sample_ids() == ("one",)
    read = corpus.read("one")
    assert read.turns[0].prompt is None
    assert ("link_outside_corpus", "lib/PROMPT.md") in codes(read)


def test_pipes_and_folders_are_no_documents(tmp_path: Path) -> None:
    sample = write_sample(tmp_path / "one", {"lib/PROMPT.md": None, "lib/IDEAL_RESPONSE.md": None})
    os.mkfifo(sample / "lib" / "PROMPT.md")
    (sample / "lib" / "IDEAL_RESPONSE.md").mkdir()
    assert codes(read_sample(sample)) == [
        ("missing_document", "lib/IDEAL_RESPONSE.md"),
        ("missing_document", "lib/PROMPT.md"),
    ]


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_a_document_that_is_too_large(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "MAX_DOCUMENT_BYTES", 1000)
    folder = tmp_path / "samples"
    write_sample(folder / "one", {"lib/PROMPT.md": "x" * 5000})
    place = {"folder": lambda: folder, "zip": lambda: zip_of(folder, tmp_path), "tar": lambda: tar_of(folder, tmp_path)}
    sample = open_corpus(place[kind]()).read("one")
    assert codes(sample) == [("document_too_large", "lib/PROMPT.md")]
    assert sample.turns[0].prompt is None


def test_an_archive_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "MAX_UNPACKED_BYTES", 10_000)
    write_sample(tmp_path / "samples" / "one", {"lib/PROMPT.md": "x" * 50_000})
    with pytest.raises(GapkitError, match="unpacks to more than"):
        open_corpus(tar_of(tmp_path / "samples", tmp_path)).sample_ids()


def test_names_in_archives_never_lead_outside(tmp_path: Path) -> None:
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../up/PROMPT.md", "x")
        archive.writestr("/root/PROMPT.md", "x")
        archive.writestr("good/PROMPT.md", "x")
        link = zipfile.ZipInfo("good/MODEL_RESPONSE.md")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    corpus = open_corpus(path)
    assert corpus.sample_ids() == ("good",)
    assert corpus.read("good").turns[0].model_response is None


@pytest.mark.parametrize("name", ["cut.zip", "cut.tar.gz", "cut.parquet"])
def test_a_damaged_file_is_a_clear_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\3\4 and then nothing")
    with pytest.raises(GapkitError, match=name):
        open_corpus(tmp_path / name).sample_ids()


@pytest.mark.parametrize(
    "place", ["nowhere", "one/nothing", "../outside", "file.txt", "cfn-yaml/../../secret", "records.jsonl/none"]
)
def test_what_cannot_be_opened_says_so(tmp_path: Path, place: str) -> None:
    write_sample(tmp_path / "in" / "one")
    (tmp_path / "in" / "file.txt").write_text("x")
    jsonl_of(RECORDS, tmp_path / "in")
    with pytest.raises(GapkitError, match=r"\. [A-Z]"):
        read_sample(tmp_path / "in" / place)


@pytest.mark.parametrize("sample_id", ["nothing", "..", "../one", "/etc", "", "one/../one"])
def test_ids_cannot_leave_the_corpus(tmp_path: Path, sample_id: str) -> None:
    write_sample(tmp_path / "in" / "one")
    write_sample(tmp_path / "one")
    with pytest.raises(GapkitError, match="holds no sample"):
        open_corpus(tmp_path / "in").read(sample_id)


def test_the_fingerprint_follows_every_document_and_nothing_else(tmp_path: Path) -> None:
    folder = write_sample(tmp_path / "one")
    before = read_sample(folder).fingerprint
    (folder / "unrelated.log").write_text("x")
    os.utime(folder / "lib" / "PROMPT.md", (0, 0))
    assert read_sample(folder).fingerprint == before
    for name in DOCUMENTS:
        changed = write_sample(tmp_path / "changed", {name: f"{DOCUMENTS[name]} "})
        assert read_sample(changed).fingerprint != before, name


def test_samples_inside_files_can_be_named(tmp_path: Path) -> None:
    path = jsonl_of(RECORDS, tmp_path)
    assert read_sample(f"{path}/a/2").sample_id == "a/2"
    archive = zip_of(write_corpus(tmp_path / "c"), tmp_path)
    assert read_sample(f"{archive}/cfn-yaml/s01").sample_id == "cfn-yaml/s01"


def test_a_tar_is_read_from_a_stream_without_unpacking(tmp_path: Path) -> None:
    path = tmp_path / "dev.tar"
    with tarfile.open(path, "w") as archive:
        for name, kind in (("a/PROMPT.md", tarfile.SYMTYPE), ("a/MODEL_RESPONSE.md", tarfile.REGTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.size = kind, "/etc/passwd", 1 if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(b"x"))
    sample = open_corpus(path).read("a")
    assert sample.turns[0].prompt is None
    assert sorted(p.name for p in tmp_path.iterdir()) == ["dev.tar"]


def test_the_shared_corpus_is_read_without_an_exception() -> None:
    root = Path(__file__).parents[1].parent / "shared" / "corpus"
    if not root.is_dir():
        pytest.skip("no ../shared/corpus beside the repository")
    corpus = open_corpus(root)
    ids = corpus.sample_ids()
    assert len(ids) == 2045
    for sample_id in ids[::20]:
        sample = corpus.read(sample_id)
        assert sample.turns and sample.metadata.platform
