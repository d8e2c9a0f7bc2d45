"""The report: self-contained, safe against the text of samples, complete, and written in one step."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from synthetic_run import HOSTILE, empty_tables, tables, write_run

from gapkit import report
from gapkit.models import GapkitError
from gapkit.run_tables import open_run, read_run


class Page(HTMLParser):
    """What a browser makes of the page: its tags, and the text of each script element by id."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self._script: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self._script = dict(attrs).get("id") or "program"
            self.scripts[self._script] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = None

    def handle_data(self, data: str) -> None:
        if self._script:
            self.scripts[self._script] += data


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "made", tables(25))


@pytest.fixture(scope="module")
def html(run_folder: Path) -> str:
    report.write_report(run_folder, run_folder / "report.html")
    return (run_folder / "report.html").read_text(encoding="utf-8")


def test_text_of_samples_is_never_markup(html: str):
    page = Page(html)
    assert {tag for tag, _ in page.tags}.isdisjoint({"img", "iframe", "object", "embed", "link", "b2"})
    assert sum(tag == "script" for tag, _ in page.tags) == 25 + 2
    for name, text in page.scripts.items():
        if name != "program":
            assert not set(text) & set("<>&\u2028\u2029"), name


def test_every_row_is_embedded_as_it_stands_or_cut_with_a_note(run_folder: Path, html: str):
    page, run = Page(html), read_run(run_folder)
    index = json.loads(page.scripts["index"])
    assert [row[0] for row in index["samples"]] == run.samples["sample_id"].tolist()
    for name in ("requirements", "gaps", "documented_gaps", "problems"):
        place = index["columns"][name].index("message" if name == "problems" else "title")
        texts = [row[place] for i in range(25) for row in json.loads(page.scripts[f"part-{i}"])[name]]
        wanted = getattr(run, name)["message" if name == "problems" else "title"].tolist()
        assert len(texts) == len(wanted)
        for text, whole in zip(sorted(texts), sorted(wanted), strict=True):
            assert text == whole or (text.endswith("more characters)") and whole.startswith(text[:1000]))


def test_the_page_may_load_nothing_and_run_only_its_own_script(html: str):
    page = Page(html)
    policy = next(attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    digest = base64.b64encode(hashlib.sha256(page.scripts["program"].encode()).digest()).decode()
    assert policy is not None
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy
    for _, attrs in page.tags:
        assert not {"src", "srcset", "onclick", "onload", "onerror"} & set(attrs)
        assert not re.match(r"(https?:)?//", attrs.get("href") or "")


def test_the_script_writes_no_markup():
    script = (Path(report.__file__).parent / "templates" / "report.js").read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(|fetch\(", script)


def test_ids_are_unique(html: str):
    ids = [attrs["id"] for _, attrs in Page(html).tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_templates_in_samples_are_not_rendered(html: str):
    assert "{{ 7 * 7 }}" in html


@pytest.mark.parametrize("text", HOSTILE)
def test_safe_json_gives_the_text_back(text: str):
    assert json.loads(report.safe_json([text])) == [text]


def test_large_runs_are_compressed(run_folder: Path, monkeypatch: pytest.MonkeyPatch):
    plain = [json.loads(part.data) for part in report.sample_parts(read_run(run_folder))]
    monkeypatch.setattr(report, "PLAIN_LIMIT", 10)
    packed = list(report.sample_parts(read_run(run_folder)))
    assert {part.encoding for part in packed} == {"zlib"}
    assert [json.loads(zlib.decompress(base64.b64decode(part.data))) for part in packed] == plain


@pytest.mark.parametrize("made", [empty_tables(), tables(1, 0, 0), tables(3, 4, 0)], ids=["empty", "bare", "no gaps"])
@pytest.mark.filterwarnings("error")
def test_small_runs(made: dict[str, pd.DataFrame], tmp_path: Path):
    report.write_report(write_run(tmp_path / "run", made), tmp_path / "deep" / "report.html")
    assert "Gap analysis: run" in (tmp_path / "deep" / "report.html").read_text(encoding="utf-8")


def test_the_same_run_gives_the_same_bytes(run_folder: Path, html: str, tmp_path: Path):
    report.write_report(run_folder, tmp_path / "again.html")
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == html


def test_an_interrupted_write_leaves_the_old_report(run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    output = tmp_path / "report.html"
    output.write_text("old", encoding="utf-8")

    def full(*_: object, **__: object) -> int:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(GapkitError, match="disk full"):
        report.write_report(run_folder, output)
    assert output.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [output]


def test_what_is_no_run_is_said_clearly(tmp_path: Path):
    with pytest.raises(GapkitError, match="gapkit score"):
        read_run(tmp_path)
    folder = write_run(tmp_path / "run", empty_tables())
    (folder / "gaps.parquet").write_bytes(b"not parquet")
    with pytest.raises(GapkitError, match="score the corpus again"):
        read_run(folder)


def test_open_run_takes_the_folder_of_the_environment(run_folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GAPKIT_RUN", str(run_folder))
    assert open_run().name == "made"
    monkeypatch.setenv("GAPKIT_RUN", "no/such/run")
    with pytest.raises(GapkitError, match="not a run folder"):
        open_run()


@pytest.mark.parametrize(("share", "text"), [(0.5, "50\u202f%"), (1.0, "100\u202f%"), (float("nan"), "–")])
def test_percent(share: float, text: str):
    assert report.percent(share) == text


def test_number_table_snapshot():
    frame = pd.DataFrame({"platform": ["cfn", None], "n_samples": [1200, 3], "mean": [0.251, None]})
    assert report.number_table("T", frame) == report.NumberTable(
        "T",
        ("platform", "n samples", "mean"),
        (False, True, True),
        (("cfn", "1,200", "25\u202f%"), ("–", "3", "–")),
    )
