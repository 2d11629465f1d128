"""Work on several things at once, one core each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ...cpu import usable_cores

_In = TypeVar("_In")
_Out = TypeVar("_Out")

_MAX_THREADS = 8
"""More would wait for Python's lock, which each needs between two products."""


def parallel_map(function: Callable[[_In], _Out], items: Sequence[_In]) -> Iterator[_Out]:
    """Yield ``map(make, items)`` in order, computed in as many threads as there are cores."""
    threads = min(usable_cores(), len(items), _MAX_THREADS)
    if threads <= 1:
        yield from map(function, items)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting = [pool.submit(function, item) for item in items]
        try:
            for one in waiting:
                yield one.result()
        finally:
            # Asked to stop: what has not begun is not begun.
            for one in waiting:
                one.cancel()
