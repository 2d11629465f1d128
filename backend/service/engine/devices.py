"""What a model runs on: its name, and its memory given back to the system."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys

import torch


def device_name(device: torch.device) -> str:
    """What a user calls it: "CPU", or the name of the graphics card."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return "Apple GPU" if device.type == "mps" else device.type.upper()


def release_cached_memory(device: torch.device) -> None:
    """Return what was freed in this process, which its allocators keep for themselves."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):  # not glibc
            ctypes.CDLL(None).malloc_trim(0)
