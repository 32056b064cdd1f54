"""Worker processes that end with the program: an interrupt stops them at once, without a word of
theirs.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def started_without_interrupts() -> Iterator[None]:
    """Processes that are started in this block never see an interrupt, not even while they load
    their modules.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def worker_processes(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """``jobs`` processes; when the block is left by an exception (Ctrl-C among them) they are
    terminated, not waited for.
    """
    pool = ProcessPoolExecutor(jobs, initializer=_leave_interrupts_to_the_parent)
    try:
        yield pool
    except BaseException:
        # No future may be cancelled (as pool.map does): the pool's own thread trips over them when
        # the processes are gone
        # (Python 3.11 to 3.13).
        pool.shutdown(wait=False)
        for child in multiprocessing.active_children():
            child.terminate()
        raise
    pool.shutdown()


def in_order(
    pool: ProcessPoolExecutor, function: Callable[[A], B], work: Iterable[A], chunk: int = 1
) -> Iterator[B]:
    """function(item) for every item, in order, ``chunk`` items a task."""
    items = list(work)
    tasks = [
        pool.submit(_batch, function, items[k : k + chunk]) for k in range(0, len(items), chunk)
    ]
    for task in tasks:
        yield from task.result()


def _batch(function: Callable[[A], B], items: list[A]) -> list[B]:
    return [function(item) for item in items]
