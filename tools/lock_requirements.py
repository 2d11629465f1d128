"""Write the hashed lists that *Set up* installs from: `make lock`, after a pin has changed.

`backend/requirements/packages.txt` contains everything except PyTorch; `torch.txt` contains PyTorch
from the package index, with its libraries for graphics cards on Linux. Both list the SHA-256 of
every file, for all systems and Python versions, with markers. `torch-cpu.txt` is edited by hand, as
its head explains.
"""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from pathlib import Path

import build_addon
from blender_addon.link.setup.pins import pins_for_target, read_pins
from blender_addon.link.setup.pythons import NEWEST_PYTHON, OLDEST_PYTHON
from blender_addon.link.setup.targets import canonical_name, parse_wheel_name, supported_targets

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
    for target in supported_targets(OLDEST_PYTHON, NEWEST_PYTHON):
        pins = [
            pin
            for name in ("packages.txt", "torch.txt")
            for pin in pins_for_target(read_pins(FOLDER / name), target)
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


def main() -> int:
    """Write the lists and return the exit status."""
    pins = [*build_addon.read_project()["dependencies"], PIP]
    try:
        packages = list(package_entries(compile_requirements(pins, "--generate-hashes")))
        for name, is_torch in (("packages.txt", False), ("torch.txt", True)):
            chosen = [entry for entry in packages if bool(TORCH_PACKAGES.match(entry)) is is_torch]
            lines = HEADER + "".join(chosen)
            (FOLDER / name).write_text(lines, encoding="utf-8", newline="\n")
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
