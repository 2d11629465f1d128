"""Builds of PyTorch by accelerator and system, and their indexes.

Builds on the package index and PyTorch's own build for processors on Linux are pinned by hashes.
The other builds are pinned by version alone, because their hashes cannot be resolved together with
the rest; pip checks them against PyTorch's index.
"""

from dataclasses import dataclass

from .accelerators import Accelerator
from .state import SetupError
from .targets import InstallTarget

INDEX = "https://download.pytorch.org/whl/"
BUILD_NAMES = {Accelerator.CUDA: "cu130", Accelerator.CUDA_12: "cu126", Accelerator.ROCM: "rocm7.2"}
"""PyTorch's names of its builds, which end the addresses of their indexes and their versions."""
PACKAGE_INDEX_PINS, CPU_PINS = "torch.txt", "torch-cpu.txt"
_GIBIBYTES = {
    Accelerator.CPU: 3.0,
    Accelerator.MPS: 3.0,
    Accelerator.CUDA: 12.0,
    Accelerator.CUDA_12: 12.0,
    Accelerator.ROCM: 24.0,
}
"""Free disk space that a set-up needs: wheels and unpacked files, with a margin."""


@dataclass(frozen=True)
class TorchBuild:
    """One build of PyTorch."""

    accelerator: Accelerator
    pins: str = ""
    """List that pins it by hashes; "" if it is pinned by version alone."""
    index: str = ""
    """Address of its index; "" for the package index."""
    version_suffix: str = ""
    """End of its version, such as "+cu126", if it is pinned by version alone."""
    has_unlisted_dependencies: bool = False
    """Whether it needs packages that only its own index has."""


def required_gigabytes(accelerator: Accelerator) -> float:
    """Return the free disk space in GiB that a set-up needs."""
    return _GIBIBYTES[accelerator]


def available_accelerators(system: str) -> tuple[Accelerator, ...]:
    """Return the accelerators that PyTorch supports on a system (`sys.platform`)."""
    if system == "darwin":
        return (Accelerator.MPS,)
    cards = (Accelerator.CUDA, Accelerator.CUDA_12)
    return (Accelerator.CPU, *cards, *((Accelerator.ROCM,) if system == "linux" else ()))


def torch_build(accelerator: Accelerator, target: InstallTarget) -> TorchBuild:
    """Return the build for an accelerator; raise SetupError if there is none for the target."""
    if target.system == "darwin":
        if target.machine != "arm64":
            raise SetupError(
                "PyTorch no longer runs on Macs with Intel processors: use a backend on another "
                "computer."
            )
        # There is one build; without Metal it computes on the processor.
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
