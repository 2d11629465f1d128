"""Write the hashed lists that *Set up* installs from: `make lock`, after a pin has changed.

`backend/requirements/packages.txt` has everything but PyTorch, `torch.txt` PyTorch as the package
index has it, with the libraries it needs for graphics cards on Linux. Both hold every file's
SHA-256, for all systems and Python versions at once, with markers. `torch-cpu.txt` is kept by hand;
its head says why.
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
"""The pip that the environment gets; the set-up reads what it prints."""
TORCH_PACKAGES = re.compile(r"(torch|triton|nvidia-[a-z0-9-]+|cuda-[a-z0-9-]+)==")
"""PyTorch and the libraries that only its build for graphics cards needs."""
HEADER = "# Made by `make lock` from the pins in pyproject.toml; not to be edited.\n"


def compile_requirements(pins: list[str], *options: str) -> str:
    """All packages that the pins need, for every system; raises CalledProcessError.

    Args:
        options: of `uv pip compile`, such as the format.
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
    """One text for each package: its line and those with its hashes."""
    yield from re.findall(r"^\S.*(?:\n[ \t].*)*\n?", text, flags=re.MULTILINE)


def check_wheels(pylock: str) -> None:
    """Make sure that each computer which the backend runs on has a wheel of each package it needs.

    Args:
        pylock: what `uv` says in the format pylock.toml, which has the names of all wheels.
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
        lacking = [
            f"{pin.name} {pin.version}"
            for pin in pins
            if not any(map(target.supports_wheel, tags.get((pin.name, pin.version), ())))
        ]
        if lacking:
            where = f"{target.name} ({target.machine})"
            raise build_addon.BuildError(f"There is no wheel for {where} of {', '.join(lacking)}.")
        sys.stdout.write(f"{target.name} ({target.machine}): wheels of {len(pins)} packages\n")


def main() -> int:
    """Write the lists; returns the exit status."""
    pins = [*build_addon.read_project()["dependencies"], PIP]
    try:
        found = list(package_entries(compile_requirements(pins, "--generate-hashes")))
        for name, wanted in (("packages.txt", False), ("torch.txt", True)):
            chosen = [entry for entry in found if bool(TORCH_PACKAGES.match(entry)) is wanted]
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
