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
from collections.abc import Iterator
from pathlib import Path

import build_addon

FOLDER = build_addon.ROOT / build_addon.REQUIREMENTS
PIP = "pip==26.3"
"""The pip that the environment gets; the set-up reads what it prints."""
OF_TORCH = re.compile(r"(torch|triton|nvidia-[a-z0-9-]+|cuda-[a-z0-9-]+)==")
"""PyTorch and the libraries that only its build for graphics cards needs."""
HEAD = "# Made by `make lock` from the pins in pyproject.toml; not to be edited.\n"


def locked(pins: list[str], oldest: str) -> str:
    """All packages that the pins need, with hashes, in pip's format; raises CalledProcessError.

    Args:
        oldest: the oldest Python that they must run on, such as "3.11".
    """
    uv = Path(sysconfig.get_path("scripts")) / "uv"
    done = subprocess.run(  # noqa: S603 the tool that this environment was made for
        [
            *(str(uv), "--native-tls", "--no-config", "pip", "compile", "-", "--universal"),
            *("--python-version", oldest, "--generate-hashes", "--only-binary", ":all:"),
            *("--no-annotate", "--no-header", "--quiet"),
        ],
        input="\n".join(pins),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def entries(text: str) -> Iterator[str]:
    """One text for each package: its line and those with its hashes."""
    yield from re.findall(r"^\S.*(?:\n[ \t].*)*\n?", text, flags=re.MULTILINE)


def main() -> int:
    """Write the lists; returns the exit status."""
    project = build_addon.project()
    oldest = project["requires-python"].partition(",")[0].removeprefix(">=")
    try:
        text = locked([*project["dependencies"], PIP], oldest)
        build_addon.check_torch_cpu()
    except subprocess.CalledProcessError as error:
        sys.stderr.write(error.stderr)
        return 1
    except build_addon.BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    found = list(entries(text))
    for name, wanted in (("packages.txt", False), ("torch.txt", True)):
        chosen = [entry for entry in found if bool(OF_TORCH.match(entry)) is wanted]
        lines = HEAD + "".join(chosen)
        (FOLDER / name).write_text(lines, encoding="utf-8", newline="\n")
        sys.stdout.write(f"{FOLDER / name}  {len(chosen)} packages\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
