"""PLACE TIMES DESCRIPTOR COMMAND ...: run a command of proofkit until PLACE is called the TIMES-th
time, say so, and stay.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from contextlib import AbstractContextManager, contextmanager
from typing import Any


def main() -> None:
    """Put a wrapper in PLACE (module:name), then run the command."""
    place, times, descriptor, *command = sys.argv[1:]
    module_name, name = place.split(":")
    module = importlib.import_module(module_name)
    real, calls = getattr(module, name), 0
    owner = os.getpid()

    def stay() -> None:
        if os.getpid() != owner:  # a worker process that inherited the wrapper
            return
        os.write(int(descriptor), b"!")
        while True:
            # Short, since a signal that comes just before a sleep is met only after it.
            time.sleep(0.05)

    def counted(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        result = real(*arguments, **options)
        if calls != int(times):
            return result
        if isinstance(result, AbstractContextManager):
            return _held_inside(result, stay)
        if hasattr(result, "__next__"):
            next(result)
        stay()
        return result

    setattr(module, name, counted)
    sys.argv[1:] = command
    from proofkit.__main__ import main as proofkit

    proofkit()


@contextmanager
def _held_inside(result: Any, stay: Any) -> Any:
    with result as value:
        yield value
        stay()


if __name__ == "__main__":
    main()
