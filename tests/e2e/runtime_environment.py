"""Create `.venv` for `make demo`: the backend, PyTorch, Blender as a package, and Pillow.

Runs on a Python 3.11 without any packages. An interrupted run resumes: each step keeps its
installations, and pip caches its downloads.
"""

import argparse
import ctypes
import json
import platform
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.e2e import pip_runs
from tests.e2e.pip_runs import InstallError

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"

RETRY_HINT = "Run the same command again to continue."

LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libICE.so.6": "libice6",
    "libSM.so.6": "libsm6",
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libXfixes.so.3": "libxfixes3",
    "libXi.so.6": "libxi6",
    "libXrender.so.1": "libxrender1",
    "libxkbcommon.so.0": "libxkbcommon0",
}
"""System library that bpy needs on Linux -> Debian package."""


@dataclass(frozen=True)
class InstallSize:
    """Size of everything that `make demo` installs, in gigabytes."""

    download: float
    disk: float


CPU, CUDA, MACOS = InstallSize(0.8, 2.5), InstallSize(3.3, 6.5), InstallSize(0.5, 2.0)
"""Sizes with each build of PyTorch: wheels, and unpacked."""


def pinned_requirements() -> dict[str, str]:
    """Name -> "name==version" of all requirements of the demo in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["demo"]]
    return {line.partition("==")[0]: line for line in lines if ";" not in line}


def print_line(text: str = "") -> None:
    """Print a line without buffering."""
    print(text, flush=True)


def check_libraries() -> None:
    """Raise InstallError if Linux lacks libraries of Blender, before anything is downloaded."""
    if sys.platform != "linux":
        return
    missing = []
    for name in LIBRARIES:
        try:
            ctypes.CDLL(name)
        except OSError:
            missing.append(name)
    if missing:
        packages = " ".join(LIBRARIES[name] for name in missing)
        raise InstallError(
            f"Blender needs these system libraries: {', '.join(missing)}. "
            f"On Debian and Ubuntu: sudo apt install {packages}"
        )


def make_venv() -> None:
    """Create `.venv`, or complete an interrupted one."""
    if PYTHON.exists() or PYTHON.is_symlink():
        script = "import sys; print(*sys.version_info[:2], sep='.')"
        try:
            version = _run(PYTHON, "-c", script).stdout.strip() or "that does not run"
        except OSError:
            version = "that does not run"
        if version != "3.11":
            raise InstallError(
                f".venv must hold Python 3.11 (got {version}): delete the folder {VENV}."
            )
    if PYTHON.exists() and _run(PYTHON, "-m", "pip", "--version").returncode == 0:
        return
    made = _run(sys.executable, "-m", "venv", VENV)
    if made.returncode:
        lines = (made.stdout + made.stderr).strip().splitlines() or ["no output"]
        raise InstallError(f"`python -m venv .venv` failed: {lines[-1]}")


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True)


def remove_interrupted() -> None:
    """Remove packages that an interrupted pip has unpacked in part: it takes them for complete.

    Pip writes INSTALLER last. Folders that begin with "~" hold versions that it was replacing.
    """
    (packages,) = VENV.glob("lib/python3.11/site-packages")
    for folder in packages.iterdir():
        unfinished = folder.suffix == ".dist-info" and not (folder / "INSTALLER").exists()
        if folder.is_dir() and (unfinished or folder.name.startswith("~")):
            shutil.rmtree(folder)


def packages_to_install(requirement: str, *index: str) -> dict[str, str]:
    """Name -> version of all packages that pip would install for a requirement."""
    text = pip_runs.dry_run_report(PYTHON, *index, requirement, log=LOG, package=requirement)
    packages = (package["metadata"] for package in json.loads(text)["install"])
    return {package["name"].lower(): package["version"] for package in packages}


def print_plan(torch: str, bpy: str, *index: str) -> None:
    """Print the size of the download; raises InstallError if the disk is too small."""
    torch_packages = packages_to_install(torch, *index)
    blender_packages = packages_to_install(bpy)
    if "torch" not in torch_packages and "bpy" not in blender_packages:
        print_line("    PyTorch and Blender are installed already.")
        return
    is_cuda = any(name.startswith("nvidia-") for name in torch_packages)
    size = CUDA if is_cuda else MACOS if sys.platform == "darwin" else CPU
    parts = []
    if "torch" in torch_packages:
        cards = " for NVIDIA graphics cards" if is_cuda else ""
        parts.append(f"PyTorch {torch_packages['torch']}{cards}")
    if "bpy" in blender_packages:
        parts.append(f"Blender {blender_packages['bpy']} as a Python package")
    about = "About" if len(parts) == 2 else "Less than"
    print_line(f"    {about} {size.download:g} GB to download and {size.disk:g} GB on disk:")
    print_line(f"    {', '.join(parts)} and smaller packages.")
    if is_cuda and not index:
        print_line(
            "    Without an NVIDIA card a smaller build is enough: see TORCH_INDEX in README.md."
        )
    free = shutil.disk_usage(ROOT).free / 1e9
    if len(parts) == 2 and free < size.download + size.disk:
        raise InstallError(
            f"The installation needs {size.download + size.disk:.1f} GB of free disk space, "
            f"downloads included, and {ROOT} has {free:.1f} GB: make room there."
        )


def make_environment(index: str) -> None:
    """Run all steps; raises InstallError if one fails."""
    print_line("The first run downloads 0.5 to 3.5 GB of Python packages; the exact size follows.")
    print_line(
        "They go into .venv in this folder; pip's cache keeps the downloads. Ctrl-C stops it."
    )
    print_line("1/4 Python environment")
    check_libraries()
    make_venv()
    remove_interrupted()
    versions = pinned_requirements()
    pip_runs.install(PYTHON, versions["pip"], log=LOG, package="pip", reports_bytes=False)
    from_index = ("--index-url", index) if index else ()
    print_plan(versions["torch"], versions["bpy"], *from_index)
    print_line("2/4 PyTorch")
    # First and alone, so that its index serves nothing else.
    pip_runs.install(PYTHON, *from_index, versions["torch"], log=LOG, package="PyTorch")
    print_line("3/4 Blender and the other packages")
    pip_runs.install(
        PYTHON,
        "-e",
        f"{ROOT}[demo]",
        log=LOG,
        package=f"Blender ({versions['bpy']}) and the backend",
    )


def main() -> int:
    """Create the environment and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--torch-index", default="", help="address of a package index with PyTorch")
    options = parser.parse_args()
    if sys.version_info[:2] != (3, 11):
        print_line(f"The Python version must be 3.11 (this is {platform.python_version()}).")
        return 1
    try:
        make_environment(options.torch_index)
    except (InstallError, OSError) as error:
        print(f"\n{error}\n{RETRY_HINT}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nStopped. {RETRY_HINT}", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
