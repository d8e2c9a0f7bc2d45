"""Processes that score samples; one that dies or hangs costs one sample, never the run.

Each worker writes into shared memory which sample it is at and since when, so the parent knows whom to blame
without a message per sample.
"""

from __future__ import annotations

import gc
import multiprocessing as mp
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

from gapkit.models import GapkitError, Problem

POLL_SECONDS = 0.25
FAILED_STARTS = 4  # workers that end before their first sample; more means that none can work
ATTEMPTS = 2  # a worker that was killed from outside is no fault of its sample: once more, then it is
IDLE = -1.0

Score = Callable[[Sequence[Any], Callable[[int], None]], Any]


@dataclass(frozen=True, slots=True)
class Done:
    """A finished chunk: its items and what scoring them returned."""

    items: tuple[Any, ...]
    result: Any


@dataclass(frozen=True, slots=True)
class Lost:
    """An item that no worker could finish, and why."""

    item: Any
    problem: Problem


@dataclass
class _Worker:
    process: SpawnProcess
    connection: Connection
    place: Any  # shared memory: [index of the item in the chunk or IDLE, when it was begun]
    chunk: tuple[Any, ...] = ()


def run_chunks(
    chunks: Sequence[tuple[Any, ...]], make_score: Callable[[], Score], workers: int, time_limit: float
) -> Generator[Done | Lost, None, None]:
    """Results of the chunks as they come, from `workers` processes.

    `make_score` is called once in each process and has to be picklable; what it returns scores a chunk's items,
    calling its second argument with the index of each item that it begins.  An item that takes more than
    `time_limit` seconds, or whose worker dies twice, comes back as Lost; the rest of its chunk is scored again.
    """
    context = mp.get_context("spawn")  # the same on every platform, and safe with threads in the parent
    waiting: deque[tuple[Any, ...]] = deque(chunks)
    deaths: dict[Any, int] = {}
    pool: list[_Worker] = []
    failed_starts = 0
    try:
        while waiting or any(worker.chunk for worker in pool):
            while len(pool) < min(workers, len(waiting) + sum(bool(worker.chunk) for worker in pool)):
                pool.append(_start(context, make_score))
            for worker in pool:
                if not worker.chunk and waiting:
                    _give(worker, waiting.popleft())
            ready = wait([worker.connection for worker in pool if worker.chunk], POLL_SECONDS)
            for worker in list(pool):
                if worker.connection in ready:
                    try:
                        result = worker.connection.recv()
                    except (EOFError, OSError):
                        result = None
                    if result is not None:
                        done = Done(worker.chunk, result[0])
                        worker.chunk = ()
                        failed_starts = 0
                        yield done
                        continue
                    hung = False
                else:
                    hung = _hangs(worker, time_limit)
                    if worker.process.is_alive() and not hung:
                        continue
                pool.remove(worker)
                failed_starts += worker.place[0] == IDLE
                if failed_starts > FAILED_STARTS:
                    raise GapkitError(
                        f"The scoring processes end before they begin (exit code {worker.process.exitcode}). In a "
                        'script, call gapkit.runs.score under `if __name__ == "__main__":`.'
                    )
                yield from _after_loss(worker, hung, waiting, deaths, time_limit)
    finally:
        for worker in pool:
            _stop(worker)


def _start(context: Any, make_score: Callable[[], Score]) -> _Worker:
    ours, theirs = context.Pipe()
    place = context.RawArray("d", [IDLE, 0.0])
    process = context.Process(target=_work, args=(theirs, place, make_score), daemon=True)
    with _fixed_hash_seed():
        process.start()
    theirs.close()
    return _Worker(process, ours, place)


@contextmanager
def _fixed_hash_seed() -> Iterator[None]:
    """Workers iterate over sets in one order, so that no tie can fall differently in two runs."""
    before = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONHASHSEED"]
        else:
            os.environ["PYTHONHASHSEED"] = before


def _give(worker: _Worker, chunk: tuple[Any, ...]) -> None:
    worker.chunk = chunk
    try:
        worker.connection.send(chunk)
    except OSError:
        return  # it died while idle; the next look at it gives the chunk to another


def _hangs(worker: _Worker, time_limit: float) -> bool:
    index, begun = worker.place
    return bool(index != IDLE and time.monotonic() - begun > time_limit)


def _after_loss(
    worker: _Worker, hung: bool, waiting: deque[tuple[Any, ...]], deaths: dict[Any, int], time_limit: float
) -> Iterator[Lost]:
    """Puts the rest of a lost worker's chunk back, a sample a chunk, and gives up the one that it was lost at."""
    if not hung:
        worker.process.join(1)  # its pipe closes a moment before it is gone
    _stop(worker)
    index = int(worker.place[0])
    culprit = worker.chunk[max(index, 0)]
    deaths[culprit] = deaths.get(culprit, 0) + 1
    rest = [item for item in worker.chunk if item != culprit]
    if hung:
        message = (
            f"The sample took more than {time_limit:g} s and was given up. Shorten it, or raise the time limit "
            "(gapkit score --time-limit)."
        )
        yield Lost(culprit, Problem("runs", "time_limit", message))
    elif deaths[culprit] >= ATTEMPTS:
        message = (
            f"The process that scored the sample ended with exit code {worker.process.exitcode}, twice. Look for "
            "memory that ran out; gapkit score --select scores the sample alone."
        )
        yield Lost(culprit, Problem("runs", "worker_died", message))
    else:
        rest.insert(0, culprit)
    waiting.extend((item,) for item in rest)


def _stop(worker: _Worker) -> None:
    worker.connection.close()
    if worker.process.is_alive():
        worker.process.kill()
    worker.process.join(5)


def settle() -> None:
    """Prepare a process that scores many samples: what was imported never becomes garbage, so it is never looked at.

    Without this a quarter of the time goes into looking for cycles among thousands of parsed facts.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(1_000_000, 20, 50)


def _work(connection: Connection, place: Any, make_score: Callable[[], Score]) -> None:
    """The life of a worker: score what is sent until the parent goes away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    score = make_score()
    settle()

    def begin(index: int) -> None:
        place[1] = time.monotonic()
        place[0] = index

    while True:
        try:
            chunk = connection.recv()
        except (EOFError, OSError):
            return
        result = score(chunk, begin)
        place[0] = IDLE
        try:
            connection.send((result,))
        except OSError:
            return
