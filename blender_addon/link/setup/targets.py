"""Computers and Python versions that packages are installed for."""

import re
from dataclasses import dataclass
from itertools import product

_GLIBC_MINOR_VERSIONS = range(28, 4, -1)
"""Minor versions of glibc 2 that wheels may require; PyTorch's require 2.28."""
_MACOS_VERSIONS = range(14, 10, -1)
_WHEEL = re.compile(r"^(?P<name>[^-]+)-(?P<version>[^-]+)(-\d[^-]*)?-(?P<tags>[^-]+-[^-]+-[^-]+)$")
_SYSTEM_NAMES = {"linux": "Linux", "win32": "Windows", "darwin": "macOS"}

SUPPORTED_MACHINES = (
    ("win32", "AMD64"),
    ("linux", "x86_64"),
    ("linux", "aarch64"),
    ("darwin", "arm64"),
)
"""Systems and processors for which PyTorch and all other packages have wheels."""


@dataclass(frozen=True)
class InstallTarget:
    """A system, a processor and a version of CPython."""

    system: str
    """Value of `sys.platform`: "linux", "win32" or "darwin"."""
    machine: str
    """Value of `platform.machine()`: "x86_64", "aarch64", "AMD64" or "arm64"."""
    python: tuple[int, int, int]

    @property
    def name(self) -> str:
        """Name for messages, such as "Windows with Python 3.11"."""
        return f"{_SYSTEM_NAMES[self.system]} with Python {self.python[0]}.{self.python[1]}"

    @property
    def key(self) -> str:
        """Name in the table of markers, such as "linux x86_64 3.11"."""
        return f"{self.system} {self.machine} {self.python[0]}.{self.python[1]}"

    @property
    def platform_tags(self) -> tuple[str, ...]:
        """Platform tags of wheels that run there, the best first."""
        if self.system == "win32":
            return ("win_amd64",)
        if self.system == "darwin":
            kinds = ("arm64", "universal2")
            newer = [f"macosx_{version}_0_{kind}" for version in _MACOS_VERSIONS for kind in kinds]
            return (*newer, "macosx_10_9_universal2")
        legacy = ("manylinux2014", "manylinux2010", "manylinux1")
        names = [*(f"manylinux_2_{minor}" for minor in _GLIBC_MINOR_VERSIONS), *legacy, "linux"]
        return tuple(f"{name}_{self.machine}" for name in names)

    @property
    def pip_arguments(self) -> tuple[str, ...]:
        """Arguments that make the pip of another computer fetch packages for this one."""
        version = f"{self.python[0]}{self.python[1]}"
        return (
            *(f"--platform={tag}" for tag in self.platform_tags),
            *("--implementation=cp", f"--python-version={version}"),
            *(f"--abi=cp{version}", "--abi=abi3", "--abi=none"),
        )

    def supports_wheel(self, tags: str) -> bool:
        """Return whether a wheel with the tags "python-abi-platform" can be installed (PEP 425)."""
        pythons, abis, platforms = (part.split(".") for part in tags.split("-"))
        major, minor, _ = self.python
        this = f"cp{major}{minor}"
        supported = {(this, this), (this, "none"), (f"py{major}", "none")}
        supported |= {(f"py{major}{older}", "none") for older in range(minor + 1)}
        supported |= {(f"cp{major}{older}", "abi3") for older in range(2, minor + 1)}
        runs = not supported.isdisjoint(product(pythons, abis))
        return runs and not {"any", *self.platform_tags}.isdisjoint(platforms)


def parse_wheel_name(stem: str) -> tuple[str, str, str] | None:
    """Return normalized name, version and tags from a wheel's file name without ".whl"."""
    match = _WHEEL.match(stem)
    return match and (canonical_name(match["name"]), match["version"], match["tags"])


def canonical_name(name: str) -> str:
    """Normalize a package's name (PEP 503): "Foo_Bar" becomes "foo-bar"."""
    return re.sub(r"[-_.]+", "-", name).lower()
