"""The packages of an environment, in groups that come from one index."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .pins import Pin, pins_for_target
from .state import SetupError
from .targets import SUPPORTED_MACHINES, InstallTarget
from .torch_builds import PACKAGE_INDEX_PINS, TorchBuild

PACKAGES = "packages.txt"
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


def packages_for(folder: Path, build: TorchBuild, target: InstallTarget) -> Packages:
    """Read the lists in `folder` and return the packages that a target needs.

    Raises:
        SetupError: The target is not supported, or the lists cannot be read.
    """
    if (target.system, target.machine) not in SUPPORTED_MACHINES:
        raise SetupError(
            f"The backend's packages need another processor than {target.machine}: use a backend "
            "on another computer."
        )
    try:
        common = pins_for_target(folder / PACKAGES, target)
        torch_pins = pins_for_target(folder / (build.pins or PACKAGE_INDEX_PINS), target)
    except (OSError, ValueError) as error:
        raise SetupError(
            f"The add-on's lists of packages cannot be read ({error}): install the add-on again."
        ) from error
    pip = PackageGroup(tuple(pin for pin in common if pin.name == "pip"))
    others = PackageGroup(tuple(pin for pin in common if pin.name != "pip"))
    if build.pins:
        torch = PackageGroup(tuple(torch_pins), build.index)
    else:
        versions = [pin.version for pin in torch_pins if pin.name == "torch"]
        pins = tuple(Pin("torch", version + build.version_suffix) for version in versions)
        torch = PackageGroup(pins, build.index, build.has_unlisted_dependencies)
    return Packages(pip, (others, torch))


def download_batches(pins: list[Pin]) -> Iterator[list[Pin]]:
    """Split pins into batches that are downloaded together; large packages come alone."""
    small = [pin for pin in pins if not pin.name.startswith(_LARGE_PREFIXES)]
    for start in range(0, len(small), _BATCH_SIZE):
        yield small[start : start + _BATCH_SIZE]
    yield from ([pin] for pin in pins if pin.name.startswith(_LARGE_PREFIXES))
