"""Which build of PyTorch serves which accelerator on which system, and where it is found.

The builds that the package index has are pinned by their hashes, and so is PyTorch's own build for
processors on Linux. Its other builds are pinned by version alone: their hashes cannot be had
together with the rest, and pip then checks a download against what PyTorch's index says of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .accelerators import Accelerator
from .state import SetupError
from .targets import InstallTarget

INDEX = "https://download.pytorch.org/whl/"
BUILD_NAMES = {Accelerator.CUDA: "cu130", Accelerator.CUDA_12: "cu126", Accelerator.ROCM: "rocm7.2"}
"""PyTorch's names of its builds: the ends of their indexes' addresses and of their versions."""
PACKAGE_INDEX_PINS, CPU_PINS = "torch.txt", "torch-cpu.txt"
_GIBIBYTES = {
    Accelerator.CPU: 3.0,
    Accelerator.MPS: 3.0,
    Accelerator.CUDA: 12.0,
    Accelerator.CUDA_12: 12.0,
    Accelerator.ROCM: 24.0,
}
"""Free disk space that a set-up asks for: the wheels and what they unpack to, with some room."""


@dataclass(frozen=True)
class TorchBuild:
    """One build of PyTorch."""

    accelerator: Accelerator
    pins: str = ""
    """The list that pins it by hashes; "" if it is pinned by version alone."""
    index: str = ""
    """The address of the index that has it; "" for the package index."""
    version_suffix: str = ""
    """What its version ends with, such as "+cu126", where it is pinned by version alone."""
    has_unlisted_dependencies: bool = False
    """Whether it needs packages that only its own index has."""

    @property
    def required_bytes(self) -> int:
        """Free disk space that a set-up with it asks for."""
        return int(required_gigabytes(self.accelerator) * 2**30)


def required_gigabytes(accelerator: Accelerator) -> float:
    """Free disk space, in GiB, that a set-up for an accelerator asks for."""
    return _GIBIBYTES[accelerator]


def available_accelerators(system: str) -> tuple[Accelerator, ...]:
    """What PyTorch can be had for on a system, as `sys.platform` names it."""
    if system == "darwin":
        return (Accelerator.MPS,)
    cards = (Accelerator.CUDA, Accelerator.CUDA_12)
    return (Accelerator.CPU, *cards, *((Accelerator.ROCM,) if system == "linux" else ()))


def torch_build(accelerator: Accelerator, target: InstallTarget) -> TorchBuild:
    """The build for an accelerator; SetupError if PyTorch has none for it on that computer."""
    if target.system == "darwin":
        if target.machine != "arm64":
            raise SetupError(
                "PyTorch no longer runs on Macs with Intel processors: use a backend on another "
                "computer."
            )
        # One build for all: without Metal it computes on the processor.
        return TorchBuild(accelerator, pins=PACKAGE_INDEX_PINS)
    if accelerator not in available_accelerators(target.system):
        raise SetupError(
            f"PyTorch has no build for “{accelerator.value}” on {target.name}: choose another."
        )
    if accelerator in {Accelerator.CUDA_12, Accelerator.ROCM} and target.machine == "aarch64":
        raise SetupError(
            f"PyTorch's build for “{accelerator.value}” needs an x86-64 processor: choose another."
        )
    is_linux = target.system == "linux"
    if accelerator is Accelerator.CPU and is_linux:
        return TorchBuild(accelerator, pins=CPU_PINS, index=f"{INDEX}cpu")
    in_package_index = Accelerator.CUDA if is_linux else Accelerator.CPU
    if accelerator is in_package_index:
        return TorchBuild(accelerator, pins=PACKAGE_INDEX_PINS)
    name = BUILD_NAMES[accelerator]
    return TorchBuild(
        accelerator,
        index=f"{INDEX}{name}",
        version_suffix=f"+{name}",
        has_unlisted_dependencies=is_linux,
    )
