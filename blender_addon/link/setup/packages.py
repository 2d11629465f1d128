"""The packages of an environment, in groups that come from one index.

Builds of PyTorch on the package index and PyTorch's own build for processors on Linux are pinned by
hashes. The other builds are pinned by version alone, because their hashes cannot be resolved
together with the rest; pip checks them against PyTorch's index.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .accelerators import Accelerator
from .pins import Pin, pins_for_target
from .state import SetupError
from .targets import SUPPORTED_MACHINES, InstallTarget

TORCH_INDEX = "https://download.pytorch.org/whl/"
BUILD_NAMES = {Accelerator.CUDA: "cu130", Accelerator.CUDA_12: "cu126", Accelerator.ROCM: "rocm7.2"}
"""PyTorch's names of its builds, which end the addresses of their indexes and their versions."""
PACKAGES, TORCH, TORCH_CPU = "packages.txt", "torch.txt", "torch-cpu.txt"
REQUIRED_GIGABYTES = {
    Accelerator.CPU: 3.0,
    Accelerator.MPS: 3.0,
    Accelerator.CUDA: 12.0,
    Accelerator.CUDA_12: 12.0,
    Accelerator.ROCM: 24.0,
}
"""Free disk space in GiB that a set-up needs: wheels and unpacked files, with a margin."""
_BATCH_SIZE = 8
_LARGE_PREFIXES = ("torch", "triton", "nvidia-", "scipy", "transformers", "gt-all-")
"""Names of large packages, which are fetched one by one so that each interruption costs little."""


@dataclass(frozen=True)
class PackageGroup:
    """Packages that come from one index."""

    pins: tuple[Pin, ...]
    index: str = ""
    """Address of the index; "" for the one that pip is configured for."""
    has_unlisted_dependencies: bool = False
    """Whether pip has to find dependencies that no list contains."""

    @property
    def is_hashed(self) -> bool:
        return all(pin.hashes for pin in self.pins)

    @property
    def pip_arguments(self) -> tuple[str, ...]:
        hashes = ("--require-hashes",) if self.is_hashed else ()
        return (*hashes, *(() if self.has_unlisted_dependencies else ("--no-deps",)))


@dataclass(frozen=True)
class Packages:
    """All packages for one computer."""

    pip: PackageGroup
    """The pip that installs the others, and whose output can be parsed."""
    groups: tuple[PackageGroup, ...]

    @property
    def pins(self) -> tuple[Pin, ...]:
        return tuple(pin for group in (self.pip, *self.groups) for pin in group.pins)


def available_accelerators(system: str) -> tuple[Accelerator, ...]:
    """Return the accelerators that PyTorch supports on a system (`sys.platform`)."""
    if system == "darwin":
        return (Accelerator.MPS,)
    cards = (Accelerator.CUDA, Accelerator.CUDA_12)
    return (Accelerator.CPU, *cards, *((Accelerator.ROCM,) if system == "linux" else ()))


def packages_for(folder: Path, accelerator: Accelerator, target: InstallTarget) -> Packages:
    """Read the lists in `folder` and return the packages for an accelerator of a target.

    Raises:
        SetupError: The target is not supported, or the lists cannot be read.
    """
    torch_list, build = _torch_source(accelerator, target)
    if (target.system, target.machine) not in SUPPORTED_MACHINES:
        raise SetupError(
            f"The backend's packages need another processor than {target.machine}: use a backend "
            "on another computer."
        )
    try:
        common = pins_for_target(folder / PACKAGES, target)
        torch_pins = tuple(pins_for_target(folder / (torch_list or TORCH), target))
    except (OSError, ValueError) as error:
        raise SetupError(
            f"The add-on's lists of packages cannot be read ({error}): install the add-on again."
        ) from error
    pip = PackageGroup(tuple(pin for pin in common if pin.name == "pip"))
    others = PackageGroup(tuple(pin for pin in common if pin.name != "pip"))
    if not torch_list:
        versions = (pin.version for pin in torch_pins if pin.name == "torch")
        torch_pins = tuple(Pin("torch", f"{version}+{build}") for version in versions)
    # The dependencies of PyTorch's own builds for Linux are in its own index alone.
    is_unlisted = not torch_list and target.system == "linux"
    index = TORCH_INDEX + build if build else ""
    return Packages(pip, (others, PackageGroup(torch_pins, index, is_unlisted)))


def _torch_source(accelerator: Accelerator, target: InstallTarget) -> tuple[str, str]:
    """Return the list that pins PyTorch by hashes, if any, and the name of its build there.

    Raises:
        SetupError: There is no build for the target.
    """
    if target.system == "darwin":
        if target.machine != "arm64":
            raise SetupError(
                "PyTorch no longer runs on Macs with Intel processors: use a backend on another "
                "computer."
            )
        return TORCH, ""  # there is one build; without Metal it computes on the processor
    if accelerator not in available_accelerators(target.system):
        raise SetupError(
            f"PyTorch has no build for “{accelerator.value}” on {target.name}: choose another."
        )
    if accelerator in {Accelerator.CUDA_12, Accelerator.ROCM} and target.machine == "aarch64":
        raise SetupError(
            f"PyTorch's build for “{accelerator.value}” needs an x86-64 processor: choose another."
        )
    is_linux = target.system == "linux"
    if accelerator is (Accelerator.CUDA if is_linux else Accelerator.CPU):
        return TORCH, ""  # the build on the package index
    return (TORCH_CPU, "cpu") if accelerator is Accelerator.CPU else ("", BUILD_NAMES[accelerator])


def download_batches(pins: list[Pin]) -> Iterator[list[Pin]]:
    """Split pins into batches that are downloaded together; large packages come alone."""
    small = [pin for pin in pins if not pin.name.startswith(_LARGE_PREFIXES)]
    for start in range(0, len(small), _BATCH_SIZE):
        yield small[start : start + _BATCH_SIZE]
    yield from ([pin] for pin in pins if pin.name.startswith(_LARGE_PREFIXES))
