"""Work on several things at once, one core each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def side_by_side(make: Callable[[_In], _Out], items: Sequence[_In]) -> Iterator[_Out]:
    """``map(make, items)`` in as many threads as torch uses cores, one core each."""
    cores = torch.get_num_threads()
    if min(cores, len(items)) == 1:
        yield from map(make, items)
        return
    with ThreadPoolExecutor(cores, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        waiting = [pool.submit(make, item) for item in items]
        try:
            for one in waiting:
                yield one.result()
        finally:
            # Asked to stop: what has not begun is not begun.
            for one in waiting:
                one.cancel()
            # It is each thread's own number, but also what threads made later begin with.
            torch.set_num_threads(cores)
