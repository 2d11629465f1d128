"""Write the hashed lists that *Set up* installs from: `make lock`, after a pin has changed.

`backend/requirements/packages.txt` has everything but PyTorch, `torch.txt` PyTorch as the package
index has it, with the libraries it needs for graphics cards on Linux. Both hold every file's
SHA-256, for all systems and Python versions at once, with markers. `markers.json` has the targets
for which each marker is true, so that Blender need not evaluate markers. `torch-cpu.txt` is written
by hand; its first lines say why.
"""

import json
import re
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName

import build_addon
from blender_addon.link.setup.pins import MARKERS, pins_for_target, read_pins
from blender_addon.link.setup.pythons import NEWEST_PYTHON, OLDEST_PYTHON
from blender_addon.link.setup.targets import (
    SUPPORTED_MACHINES,
    InstallTarget,
    canonical_name,
    parse_wheel_name,
)

FOLDER = build_addon.ROOT / build_addon.REQUIREMENTS
PIP = "pip==26.3"
"""Pip of the environment; *Set up* parses its output."""
TORCH_PACKAGES = re.compile(r"(torch|triton|nvidia-[a-z0-9-]+|cuda-[a-z0-9-]+)==")
"""PyTorch and the libraries of its build for graphics cards."""
HEADER = "# Made by `make lock` from the pins in pyproject.toml; not to be edited.\n"


def compile_requirements(pins: list[str], *options: str) -> str:
    """Resolve all packages of the pins, for every system; raises CalledProcessError.

    Args:
        pins: Requirements such as "numpy==1.26.4".
        *options: Options of `uv pip compile`, such as the format.
    """
    uv = Path(sysconfig.get_path("scripts")) / "uv"
    oldest = ".".join(map(str, OLDEST_PYTHON))
    done = subprocess.run(
        [
            *(str(uv), "--native-tls", "--no-config", "pip", "compile", "-", "--universal"),
            *("--python-version", oldest, "--only-binary", ":all:"),
            *("--no-annotate", "--no-header", "--quiet", *options),
        ],
        input="\n".join(pins),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def package_entries(text: str) -> Iterator[str]:
    """Split a list into the text of each package: its line and those with its hashes."""
    yield from re.findall(r"^\S.*(?:\n[ \t].*)*\n?", text, flags=re.MULTILINE)


def supported_targets() -> Iterator[InstallTarget]:
    """Yield each supported machine with each supported version of Python."""
    for system, machine in SUPPORTED_MACHINES:
        for minor in range(OLDEST_PYTHON[1], NEWEST_PYTHON[1] + 1):
            yield InstallTarget(system, machine, (OLDEST_PYTHON[0], minor, 0))


def check_wheels(pylock: str) -> None:
    """Raise BuildError unless every supported computer has a wheel of each package it needs.

    Args:
        pylock: Output of `uv` in the format pylock.toml, which lists all wheels.
    """
    tags: dict[tuple[str, str], list[str]] = {}
    for package in tomllib.loads(pylock)["packages"]:
        for wheel in package.get("wheels", ()):
            parts = parse_wheel_name(wheel["url"].rpartition("/")[2].removesuffix(".whl"))
            if parts is not None:
                key = canonical_name(package["name"]), package["version"]
                tags.setdefault(key, []).append(parts[2])
    for target in supported_targets():
        pins = [
            pin
            for name in ("packages.txt", "torch.txt")
            for pin in pins_for_target(FOLDER / name, target)
        ]
        missing = [
            f"{pin.name} {pin.version}"
            for pin in pins
            if not any(map(target.supports_wheel, tags.get((pin.name, pin.version), ())))
        ]
        if missing:
            where = f"{target.name} ({target.machine})"
            raise build_addon.BuildError(f"There is no wheel for {where} of {', '.join(missing)}.")
        sys.stdout.write(f"{target.name} ({target.machine}): wheels of {len(pins)} packages\n")


def is_marker_true(marker: str, target: InstallTarget) -> bool:
    """Evaluate a marker (PEP 508) for a target, whatever the patch version of its Python.

    Raises:
        BuildError: The marker is invalid, or depends on the patch version.
    """
    system, machine, (major, minor, _) = target.system, target.machine, target.python
    environment = {
        "sys_platform": system,
        "platform_system": {"linux": "Linux", "win32": "Windows", "darwin": "Darwin"}[system],
        "os_name": "nt" if system == "win32" else "posix",
        "platform_machine": machine,
        "python_version": f"{major}.{minor}",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    try:
        first, last = (
            Marker(marker).evaluate(
                {**environment, "python_full_version": f"{major}.{minor}.{patch}"}
            )
            for patch in (0, 99)
        )
    except (InvalidMarker, UndefinedEnvironmentName) as error:
        raise build_addon.BuildError(f"The marker {marker!r} cannot be read.") from error
    if first is not last:
        raise build_addon.BuildError(f"The marker {marker!r} must not depend on a patch version.")
    return first


def write_markers(folder: Path) -> None:
    """Write the targets for which each marker in the lists of a folder is true."""
    markers = {pin.marker for path in folder.glob("*.txt") for pin in read_pins(path)}
    targets = list(supported_targets())
    table = {
        marker: [target.key for target in targets if is_marker_true(marker, target)]
        for marker in sorted(markers - {""})
    }
    text = json.dumps(table, indent=1) + "\n"
    (folder / MARKERS).write_text(text, encoding="utf-8", newline="\n")


def main() -> int:
    """Write the lists and return the exit status."""
    pins = [*build_addon.read_project()["dependencies"], PIP]
    try:
        packages = list(package_entries(compile_requirements(pins, "--generate-hashes")))
        for name, is_torch in (("packages.txt", False), ("torch.txt", True)):
            chosen = [entry for entry in packages if bool(TORCH_PACKAGES.match(entry)) is is_torch]
            lines = HEADER + "".join(chosen)
            (FOLDER / name).write_text(lines, encoding="utf-8", newline="\n")
        write_markers(FOLDER)
        check_wheels(compile_requirements(pins, "--format", "pylock.toml"))
        build_addon.check_requirements()
    except subprocess.CalledProcessError as error:
        sys.stderr.write(error.stderr)
        return 1
    except build_addon.BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
