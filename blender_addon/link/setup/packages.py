"""What a set-up installs: the packages for one computer, in groups that come from one place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .pins import Pin, pins_for_target, read_pins
from .state import SetupError
from .targets import InstallTarget
from .torch_builds import PACKAGE_INDEX_PINS, TorchBuild

PACKAGES = "packages.txt"
_BATCH_SIZE = 8
_LARGE = ("torch", "triton", "nvidia-", "scipy", "transformers", "gt-all-")
"""Fetched one by one, so that a cut-off takes no other with it."""


@dataclass(frozen=True)
class PackageGroup:
    """Packages that come from one index, in one way."""

    pins: tuple[Pin, ...]
    index: str = ""
    """The index's address; "" for the package index that the user's pip asks."""
    has_unlisted_dependencies: bool = False
    """Whether what they need is in no list of ours, and pip has to find it out."""

    @property
    def is_hashed(self) -> bool:
        """Whether every file's hash is known."""
        return all(pin.hashes for pin in self.pins)

    @property
    def pip_arguments(self) -> tuple[str, ...]:
        """How pip has to be asked for them, wherever they come from."""
        hashes = ("--require-hashes",) if self.is_hashed else ()
        return (*hashes, *(() if self.has_unlisted_dependencies else ("--no-deps",)))


@dataclass(frozen=True)
class Packages:
    """All that one computer needs."""

    pip: PackageGroup
    """The pip that installs the others; what it prints is understood here."""
    groups: tuple[PackageGroup, ...]

    @property
    def pins(self) -> tuple[Pin, ...]:
        """Every package that is in some list."""
        return tuple(pin for group in (self.pip, *self.groups) for pin in group.pins)


def packages_for(folder: Path, build: TorchBuild, target: InstallTarget) -> Packages:
    """What a target needs for a build of PyTorch.

    Args:
        folder: with the lists of pins.

    Raises:
        SetupError: the lists cannot be read.
    """
    try:
        common = pins_for_target(read_pins(folder / PACKAGES), target)
        listed = pins_for_target(read_pins(folder / (build.pins or PACKAGE_INDEX_PINS)), target)
    except (OSError, ValueError) as error:
        raise SetupError(
            f"The add-on's lists of packages cannot be read ({error}): install the add-on again."
        ) from error
    pip = PackageGroup(tuple(pin for pin in common if pin.name == "pip"))
    others = PackageGroup(tuple(pin for pin in common if pin.name != "pip"))
    if build.pins:
        torch = PackageGroup(tuple(listed), build.index)
    else:
        versions = [pin.version for pin in listed if pin.name == "torch"]
        pins = tuple(Pin("torch", version + build.version_suffix) for version in versions)
        torch = PackageGroup(pins, build.index, build.has_unlisted_dependencies)
    return Packages(pip, (others, torch))


def download_batches(pins: list[Pin]) -> Iterator[list[Pin]]:
    """The pins in the portions that are fetched at once: what is large comes alone."""
    small = [pin for pin in pins if not pin.name.startswith(_LARGE)]
    for start in range(0, len(small), _BATCH_SIZE):
        yield small[start : start + _BATCH_SIZE]
    yield from ([pin] for pin in pins if pin.name.startswith(_LARGE))
