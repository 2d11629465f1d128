"""Devices and cores: names for users, freed memory, and work in parallel."""

import contextlib
import ctypes
import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from ...cpu import usable_cores

_In = TypeVar("_In")
_Out = TypeVar("_Out")

_MAX_THREADS = 8
"""More would wait for Python's lock, which each needs between two matrix products."""


def device_name(device: torch.device) -> str:
    """Return a name for users: "CPU", or that of the graphics card."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return "Apple GPU" if device.type == "mps" else device.type.upper()


def release_cached_memory(device: torch.device) -> None:
    """Return freed memory, which allocators cache, to the system."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):  # not glibc
            ctypes.CDLL(None).malloc_trim(0)


def parallel_map(function: Callable[[_In], _Out], items: Sequence[_In]) -> Iterator[_Out]:
    """Yield ``map(function, items)`` in order, computed in as many threads as there are cores."""
    threads = min(usable_cores(), len(items), _MAX_THREADS)
    if threads <= 1:
        yield from map(function, items)
        return
    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(function, item) for item in items]
        try:
            for future in futures:
                yield future.result()
        finally:
            # When the caller stops early, what has not started does not start.
            for future in futures:
                future.cancel()
