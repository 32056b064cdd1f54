"""A wall-clock limit on code that cannot be asked to stop (SymPy, mpmath)."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TimeIsUp(Exception):
    """The limit was reached."""


@contextmanager
def time_limit(seconds: float) -> Iterator[bool]:
    """Raise TimeIsUp inside the block after ``seconds``.

    Yields False, without a limit, outside the main thread and where an alarm is
    already set: callers then skip work that may not end.
    """
    usable = threading.current_thread() is threading.main_thread() and signal.getitimer(signal.ITIMER_REAL)[0] == 0 and seconds > 0
    if not usable:
        yield False
        return

    def ring(number: int, frame: FrameType | None) -> None:
        raise TimeIsUp

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield True
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
