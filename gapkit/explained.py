"""Gap-analysis documents as files: of one sample, or of each sample of a run."""

from __future__ import annotations

import fnmatch
import sys
from pathlib import Path

from gapkit.corpus import open_corpus, read_sample
from gapkit.explain import explain
from gapkit.models import GapkitError
from gapkit.pipeline import assess

FOLDER = "explained"


def write_document(sample: str, output: Path | None, knowledge: Path | None = None) -> Path | None:
    """Write the document of one sample to a file and return the file; to stdout, and None, without one."""
    text = explain(assess(read_sample(sample), knowledge, explaining=True))
    if output is None:
        sys.stdout.write(text)
        return None
    return _write(output, text)


def write_documents(corpus: str, run: Path, select: str | None = None, knowledge: Path | None = None) -> int:
    """Write `RUN/explained/SAMPLE_ID.md` for the samples that a pattern selects; the number of documents."""
    source = open_corpus(corpus)
    chosen = [i for i in source.sample_ids() if select is None or fnmatch.fnmatchcase(i, select)]
    for sample_id in chosen:
        target = run / FOLDER / f"{sample_id}.md"
        if not target.resolve().is_relative_to((run / FOLDER).resolve()):
            raise GapkitError(f"The sample id {sample_id!r} leads out of {run / FOLDER}: rename the sample.")
        _write(target, explain(assess(source.read(sample_id), knowledge, explaining=True)))
    return len(chosen)


def _write(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise GapkitError(f"{path} cannot be written ({error.strerror}): choose another place with -o.") from error
    return path
