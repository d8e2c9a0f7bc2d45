#!/usr/bin/env python3
"""Peak memory of a run: each worker's and the parent's, over a corpus.

    python bench/memory.py [CORPUS] [--workers 2] [--select PATTERN]

Prints the peak resident set in MB per process; the limit is 1000 MB a worker.  Exits with 1 above it.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

from gapkit.models import Assessment, Sample
from gapkit.runs import score

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
LIMIT_MB = 1000.0
LOG = "GAPKIT_BENCH_LOG"


def peak_mb() -> float:
    """This process's peak resident set so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def assess_and_note(sample: Sample) -> Assessment:
    """Assess, and note this worker's peak."""
    from gapkit.pipeline import assess

    assessment = assess(sample)
    with (Path(os.environ[LOG]) / str(os.getpid())).open("a") as file:
        file.write(f"{peak_mb():.1f} {sample.sample_id}\n")
    return assessment


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, nargs="?", default=SHARED / "corpus")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--select")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        log.mkdir()
        os.environ[LOG] = str(log)
        begun = time.perf_counter()
        run = Path(folder) / "run"
        result = score(
            arguments.corpus, run, workers=arguments.workers, select=arguments.select, assess=assess_and_note
        )
        seconds = time.perf_counter() - begun
        peaks = []
        for file in sorted(log.iterdir()):
            lines = file.read_text().splitlines()
            last = float(lines[-1].split()[0])
            cause = next(line.split()[1] for line in lines if float(line.split()[0]) >= 0.98 * last)
            peaks.append(last)
            print(f"worker {file.name}: peak {last:7.1f} MB over {len(lines)} samples (first reached at {cause})")
    print(f"parent:        peak {peak_mb():7.1f} MB")
    print(f"{result.samples} samples in {seconds:.1f} s; {result.problems} problems; limit {LIMIT_MB:.0f} MB a worker")
    sys.exit(max(peaks, default=0.0) > LIMIT_MB)


if __name__ == "__main__":
    main()
