"""The dask engine: the same chunks on a dask cluster, local or at an address."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from importlib import import_module
from itertools import islice
from typing import Any

from gapkit.models import GapkitError, Problem
from gapkit.workers import Done, Lost, Score


def _score_chunk(make_score: Callable[[], Score], chunk: tuple[Any, ...]) -> Any:
    return make_score()(chunk, lambda index: None)


def run_chunks_on_dask(
    chunks: Sequence[tuple[Any, ...]], make_score: Callable[[], Score], scheduler: str | None, workers: int
) -> Generator[Done | Lost, None, None]:
    """Results of the chunks as they come, from the cluster at `scheduler`, else from `workers` local processes.

    Every dask worker has to reach the corpus at the same path or URL.  A chunk whose worker dies is tried again a
    sample at a time; dask has no time limit for a sample.  Raises GapkitError where dask or the cluster is missing.
    """
    try:
        distributed: Any = import_module("distributed")  # it is typed in part only
    except ImportError as error:
        raise GapkitError("The dask engine needs dask. Install it: pip install 'gapkit[dask]'.") from error
    cluster = None
    try:
        if scheduler is None:
            cluster = distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None)
        client = distributed.Client(cluster or scheduler, timeout=20)
    except (OSError, ValueError) as error:
        raise GapkitError(f"There is no dask scheduler at {scheduler}: {error}. Check the address.") from error
    try:
        shared = client.scatter(make_score, broadcast=True, hash=False)

        def submit(chunk: tuple[Any, ...]) -> Any:
            future = client.submit(_score_chunk, shared, chunk, pure=False)
            chunk_of[future.key] = chunk
            return future

        chunk_of: dict[Any, tuple[Any, ...]] = {}
        waiting = iter(chunks)
        running = distributed.as_completed([submit(chunk) for chunk in islice(waiting, 4 * workers)])
        for future in running:
            chunk = chunk_of.pop(future.key)
            try:
                yield Done(chunk, future.result())
            except distributed.scheduler.KilledWorker:
                if len(chunk) > 1:
                    for item in chunk:
                        running.add(submit((item,)))
                else:
                    message = "The dask worker that scored the sample died. Look for memory that ran out."
                    yield Lost(chunk[0], Problem("runs", "worker_died", message))
            future.release()
            following = next(waiting, None)
            if following is not None:
                running.add(submit(following))
    finally:
        client.close()
        if cluster is not None:
            cluster.close()
