"""Detects graphics cards that can run PyTorch.

This needs no PyTorch and loads nothing into Blender: it runs NVIDIA's own tool and reads the files
of AMD's driver. Either may wait for a sleeping card, so it runs on a thread.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from ..process.subprocesses import read_output

_NVIDIA_SECONDS = 20.0
_NVIDIA_QUERY = ("--query-gpu=name,driver_version,compute_cap", "--format=csv,noheader")
_KFD_NODES = Path("/sys/class/kfd/kfd/topology/nodes")
_SYSTEM_TOOLS = (
    "/usr/bin/nvidia-smi",
    "/usr/lib/wsl/lib/nvidia-smi",
    str(Path(os.environ.get("SYSTEMROOT", "C:/Windows"), "System32", "nvidia-smi.exe")),
)

CUDA_13_DRIVER, CUDA_12_DRIVER = 580, 528
"""Major versions of the oldest drivers for CUDA 13 and 12, on any system."""
CUDA_13_CAPABILITY = (7, 5)
"""Oldest compute capability of CUDA 13: Turing."""
CUDA_12_CAPABILITIES = ((5, 0), (9, 0))
"""Oldest and newest compute capability of PyTorch's CUDA 12.6 build: Maxwell, Hopper."""


class Accelerator(Enum):
    """Device that PyTorch computes with."""

    CPU = "Processor"
    CUDA = "NVIDIA, CUDA 13"
    CUDA_12 = "NVIDIA, CUDA 12"
    ROCM = "AMD, ROCm"
    MPS = "Apple, Metal"


@dataclass(frozen=True)
class DetectedAccelerator:
    """The best accelerator of this computer."""

    accelerator: Accelerator
    name: str = ""
    """Name of the card, from its driver."""
    advice: str = ""
    """Why a card is not used and what would help, as a sentence; "" if there is none."""

    @property
    def description(self) -> str:
        """Text such as "NVIDIA, CUDA 13: NVIDIA H100 PCIe"."""
        return f"{self.accelerator.value}: {self.name}" if self.name else self.accelerator.value


def detect_accelerator() -> DetectedAccelerator:
    """Return the best accelerator. Takes up to a few seconds; never raises."""
    if sys.platform == "darwin":
        is_apple = platform.machine() == "arm64"
        return DetectedAccelerator(Accelerator.MPS if is_apple else Accelerator.CPU)
    nvidia = _nvidia()
    if nvidia is not None and nvidia.accelerator is not Accelerator.CPU:
        return nvidia
    if sys.platform == "linux" and _amd():
        return DetectedAccelerator(Accelerator.ROCM)
    return nvidia or DetectedAccelerator(Accelerator.CPU)


def parse_nvidia_smi(output: str) -> DetectedAccelerator | None:
    """Return what the first card can run; None if there is no card.

    Args:
        output: Lines of "name, driver version, compute capability".
    """
    match = re.search(r"^(.+), *((\d+)[.\d]*), *(\d+)\.(\d+) *$", output, re.MULTILINE)
    if match is None:
        return None
    name, version, driver = match[1], match[2], int(match[3])
    capability = int(match[4]), int(match[5])
    if driver >= CUDA_13_DRIVER and capability >= CUDA_13_CAPABILITY:
        return DetectedAccelerator(Accelerator.CUDA, name)
    oldest, newest = CUDA_12_CAPABILITIES
    if driver >= CUDA_12_DRIVER and oldest <= capability <= newest:
        return DetectedAccelerator(Accelerator.CUDA_12, name)
    if capability < oldest:
        return DetectedAccelerator(Accelerator.CPU, advice=f"{name} is too old for PyTorch.")
    needed = CUDA_12_DRIVER if capability <= newest else CUDA_13_DRIVER
    return DetectedAccelerator(
        Accelerator.CPU,
        advice=f"{name} has driver {version}: install version {needed} or newer to use it, "
        "then set up again.",
    )


class AcceleratorDetection:
    """Detects the accelerator once, on a thread."""

    def __init__(self, detect: Callable[[], DetectedAccelerator] = detect_accelerator) -> None:
        self._detect = detect
        self._thread = threading.Thread(target=self._run, name="anyframe-accelerators", daemon=True)
        self.result: DetectedAccelerator | None = None
        """None until known; replaced as a whole, so any thread may read it."""

    @property
    def is_running(self) -> bool:
        return self._thread.is_alive()

    def start_detection(self) -> None:
        """Start the thread unless it was started before."""
        if self._thread.ident is None:
            self._thread.start()

    def wait_for_result(self) -> DetectedAccelerator:
        """Return the result; may take a few seconds."""
        self.start_detection()
        self._thread.join()
        assert self.result is not None
        return self.result

    def _run(self) -> None:
        self.result = self._detect()


def _nvidia() -> DetectedAccelerator | None:
    # Started from a desktop, Blender has a short PATH.
    for tool in dict.fromkeys((shutil.which("nvidia-smi"), *_SYSTEM_TOOLS)):
        with suppress(OSError, subprocess.SubprocessError):
            if tool is not None:
                return parse_nvidia_smi(read_output([tool, *_NVIDIA_QUERY], _NVIDIA_SECONDS))
    return None


def _amd() -> bool:
    """Return whether AMD's compute driver lists a node with shader units."""
    for node in _KFD_NODES.glob("*/properties"):
        with suppress(OSError):
            text = node.read_text(encoding="ascii", errors="replace")
            if re.search(r"^simd_count +0*[1-9]", text, re.MULTILINE):
                return True
    return False
