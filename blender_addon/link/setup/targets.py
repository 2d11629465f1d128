"""The computer and the Python that packages are installed for: this one or another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_GLIBC = range(28, 4, -1)
"""The minor versions of glibc 2 that wheels may ask for; PyTorch's need 2.28."""
_MACOS = range(14, 10, -1)
_WHEEL = re.compile(r"^(?P<name>[^-]+)-(?P<version>[^-]+)(-\d[^-]*)?-(?P<tags>[^-]+-[^-]+-[^-]+)$")


SUPPORTED_MACHINES = (
    ("win32", "AMD64"),
    ("linux", "x86_64"),
    ("linux", "aarch64"),
    ("darwin", "arm64"),
)
"""Systems and processors that PyTorch and all else has wheels for."""


@dataclass(frozen=True)
class InstallTarget:
    """A system, a processor and a version of CPython."""

    system: str
    """As `sys.platform` says: "linux", "win32" or "darwin"."""
    machine: str
    """As `platform.machine()` says there: "x86_64", "aarch64", "AMD64", "arm64"."""
    python: tuple[int, int, int]

    @property
    def name(self) -> str:
        """A few words for people, such as "Windows with Python 3.11"."""
        system = {"linux": "Linux", "win32": "Windows", "darwin": "macOS"}[self.system]
        return f"{system} with Python {self.python[0]}.{self.python[1]}"

    @property
    def markers(self) -> dict[str, str]:
        """The values of the environment markers in requirements, by name."""
        major, minor, _ = self.python
        return {
            "sys_platform": self.system,
            "platform_system": {"linux": "Linux", "win32": "Windows", "darwin": "Darwin"}[
                self.system
            ],
            "os_name": "nt" if self.system == "win32" else "posix",
            "platform_machine": self.machine,
            "python_version": f"{major}.{minor}",
            "python_full_version": ".".join(map(str, self.python)),
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
        }

    @property
    def platform_tags(self) -> tuple[str, ...]:
        """The platform tags of wheels that run there, the best first."""
        if self.system == "win32":
            return ("win_amd64",)
        if self.system == "darwin":
            kinds = ("arm64", "universal2")
            newer = [f"macosx_{version}_0_{kind}" for version in _MACOS for kind in kinds]
            return (*newer, "macosx_10_9_universal2")
        machine = self.machine
        old = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
        tags = [f"manylinux_2_{minor}_{machine}" for minor in _GLIBC]
        tags += [f"{name}_{machine}" for name in old.values()]
        return (*tags, f"linux_{machine}")

    @property
    def pip_arguments(self) -> tuple[str, ...]:
        """What makes another computer's pip fetch packages for this target."""
        version = f"{self.python[0]}{self.python[1]}"
        return (
            *(f"--platform={tag}" for tag in self.platform_tags),
            *("--implementation=cp", f"--python-version={version}"),
            *(f"--abi=cp{version}", "--abi=abi3", "--abi=none"),
        )

    def supports_wheel(self, tags: str) -> bool:
        """Whether a wheel with these tags, "python-abi-platform", can be installed there."""
        pythons, abis, platforms = (part.split(".") for part in tags.split("-"))
        suits_platform = "any" in platforms or not set(self.platform_tags).isdisjoint(platforms)
        return suits_platform and self._speaks(pythons, abis)

    def _speaks(self, pythons: list[str], abis: list[str]) -> bool:
        major, minor, _ = self.python
        if "none" in abis and not {f"py{major}", f"py{major}{minor}"}.isdisjoint(pythons):
            return True
        if f"cp{major}{minor}" in pythons and not {f"cp{major}{minor}", "none"}.isdisjoint(abis):
            return True
        older = {f"cp{major}{earlier}" for earlier in range(2, minor + 1)}
        return "abi3" in abis and not older.isdisjoint(pythons)


def parse_wheel_name(stem: str) -> tuple[str, str, str] | None:
    """Name, version and tags from a wheel's file name without ".whl"; None if it is no such name.

    The name is normalised as package indexes do.
    """
    found = _WHEEL.match(stem)
    if found is None:
        return None
    return canonical_name(found["name"]), found["version"], found["tags"]


def canonical_name(name: str) -> str:
    """A package's name as indexes compare it: "Foo_Bar" is "foo-bar"."""
    return re.sub(r"[-_.]+", "-", name).lower()


def supported_targets(oldest: tuple[int, int], newest: tuple[int, int]) -> Iterator[InstallTarget]:
    """All kinds that the backend runs on, with each version of CPython from oldest to newest."""
    for system, machine in SUPPORTED_MACHINES:
        for minor in range(oldest[1], newest[1] + 1):
            yield InstallTarget(system, machine, (oldest[0], minor, 0))
