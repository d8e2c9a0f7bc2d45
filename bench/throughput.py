#!/usr/bin/env python3
"""gapkit's time per sample against plain parsing of the same samples, in one process and one run.

    python bench/throughput.py [CORPUS] [-n 200] [--seed 0] [--rounds 3] [--peers ../shared/bench/peers.py]

The peers file gives `floor` (read, find fences, only parse) and `libraries` (what one would write without gapkit).
The samples are timed in turn with each, a few at a time, so that a busy machine is busy for all of them.  `gapkit`
is reading and assessing; `gapkit+tables` makes the rows of a run, too.  A ratio is seconds over the floor's seconds;
its spread is over the rounds.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import gapkit.words
from gapkit.corpus import open_corpus
from gapkit.pipeline import assess
from gapkit.tables import arrow_tables
from gapkit.workers import settle

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
SLICE = 10  # samples of one program before it is the next one's turn

Work = Callable[[Sequence[str]], object]


def load(path: Path) -> ModuleType:
    """The peers file as a module."""
    spec = importlib.util.spec_from_file_location("peers", path)
    if spec is None or spec.loader is None or not path.exists():
        sys.exit(f"{path} does not exist; give the peers file with --peers")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def interleaved(programs: dict[str, Work], ids: Sequence[str]) -> dict[str, float]:
    """Seconds that each program took for all samples."""
    seconds = dict.fromkeys(programs, 0.0)
    for start in range(0, len(ids), SLICE):
        for name, work in programs.items():
            begun = time.perf_counter()
            work(ids[start : start + SLICE])
            seconds[name] += time.perf_counter() - begun
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, nargs="?", default=SHARED / "corpus")
    parser.add_argument("-n", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", type=Path, default=SHARED / "bench" / "peers.py")
    parser.add_argument("--no-libraries", action="store_true", help="leave out the slow one")
    arguments = parser.parse_args()
    if not arguments.corpus.is_dir():
        sys.exit(f"{arguments.corpus} does not exist; give a corpus")
    logging.disable(logging.WARNING)  # deepdiff warns of every limit that it keeps
    peers = load(arguments.peers)
    corpus = open_corpus(arguments.corpus)
    ids = list(corpus.sample_ids())
    random.Random(arguments.seed).shuffle(ids)
    ids = ids[: arguments.n]

    programs: dict[str, Work] = {
        "floor": lambda some: [peers.floor(arguments.corpus / i) for i in some],
        "gapkit": lambda some: [assess(corpus.read(i)) for i in some],
        "gapkit+tables": lambda some: arrow_tables([assess(corpus.read(i)) for i in some]),
    }
    if not arguments.no_libraries:
        programs["libraries"] = lambda some: [peers.libraries(arguments.corpus / i) for i in some]
    for work in programs.values():
        work(ids[:SLICE])
    settle()  # as the processes of `gapkit score` do; all programs here gain by it
    rounds = [interleaved(programs, ids) for _ in range(arguments.rounds)]
    kind = "Python source" if str(gapkit.words.__file__).endswith(".py") else "compiled modules"
    print(f"{len(ids)} samples, {arguments.rounds} rounds, one process, {kind}")
    print(f"{'':14s} {'ms/sample':>10s} {'samples/s':>10s} {'x floor':>9s}  spread")
    for name in programs:
        seconds = statistics.median(r[name] for r in rounds)
        ratios = sorted(r[name] / r["floor"] for r in rounds)
        ratio = statistics.median(ratios)
        print(
            f"{name:14s} {seconds / len(ids) * 1e3:10.2f} {len(ids) / seconds:10.1f} {ratio:9.2f}"
            f"  [{ratios[0]:.2f}, {ratios[-1]:.2f}]",
            flush=True,
        )


if __name__ == "__main__":
    main()
