"""A Python that only pretends to make environments and to install: at once, and failing on demand.

What it does wrong is said by the environment variable FAKE_PYTHON: `{"at": STEP, "do": WHAT}` with
a step of venv, download, install or probe and one of fail, full, hang, end or kill (the parent).
"""

import hashlib
import json
import sys
import time
from pathlib import Path

from blender_addon.link.setup.accelerators import (
    Accelerator,
    AcceleratorDetection,
    DetectedAccelerator,
)
from blender_addon.link.setup.installer import Installer
from blender_addon.link.setup.pythons import Python
from blender_addon.link.setup.state import SetupOptions
from blender_addon.link.setup.targets import InstallTarget

STEPS = ("venv", "download", "install", "probe")
NAMES = ("pip", "alpha", "beta", "gamma", "scipy")
ALL = sorted([*NAMES, "torch"])
PYTHON = (
    f"#!{sys.executable} -IS"
    + r"""
import json, os, shutil, signal, sys, time
from pathlib import Path
arguments = sys.argv[7:]  # after -I -X utf8 -u -c WATCH
troubles = json.loads(os.environ.get("FAKE_PYTHON", "{}"))
kind, what = arguments[:2]
step = "probe" if kind == "-c" else what if what != "pip" else arguments[2]

def after(option):
    return arguments[arguments.index(option) + 1]

def trouble():
    if troubles.get("at") != step:
        return
    do = troubles["do"]
    if do == "fail":
        sys.exit("It refuses to work.")
    if do == "full":
        sys.exit("OSError: [Errno 28] No space left on device")
    if do == "hang":
        Path(troubles["sign"]).write_text(str(os.getpid()))
        time.sleep(600)
    if do == "kill":
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(20)

if step == "venv":
    folder = Path(arguments[-1])
    (folder / "bin").mkdir(exist_ok=True)
    trouble()
    program = folder / "bin" / "python"
    program.write_bytes(Path(__file__).read_bytes())
    program.chmod(0o755)
    (folder / "pyvenv.cfg").write_text(f"home = {Path(__file__).parent}\n")
elif step == "probe":
    trouble()
    installed = Path(__file__).parents[1] / "installed"
    print(json.dumps(["3.11.7", "2.13.0+fake", "processor"] if installed.exists() else []))
else:
    pins = [line.split() for line in Path(after("-r")).read_text().splitlines()]
    for number, (pin, *_) in enumerate(pins):
        name, _, version = pin.partition("===")
        wheel = f"{name}-{version}-py3-none-any.whl"
        if step == "download":
            print(f"Collecting {pin}")
            print(f"  Downloading {wheel} (1 kB)")
            print("Progress 500 of 1000")
            target = Path(after("--dest"), wheel)
            target.write_text("cut")
            trouble()
            target.write_text(name)
        else:
            found = Path(after("--find-links"), wheel)
            if not found.exists() or found.read_text() != name:
                sys.exit(f"ERROR: No matching distribution found for {pin}")
            trouble()
            with (Path(__file__).parents[1] / "installed").open("a") as file:
                file.write(f"{name}\n")
"""
)


def hash_of(name: str) -> str:
    """The hash of the wheel that the fake pip fetches."""
    return hashlib.sha256(name.encode()).hexdigest()


def write_lists(folder: Path, names: tuple[str, ...] = NAMES) -> Path:
    """Lists of pins as the add-on has them, of packages that there are not."""
    folder.mkdir(exist_ok=True)
    lines = (f"{name}==1.0 \\\n    --hash=sha256:{hash_of(name)}\n" for name in names)
    (folder / "packages.txt").write_text("".join(lines))
    for name in ("torch.txt", "torch-cpu.txt"):
        (folder / name).write_text(f"torch==2.13.0 --hash=sha256:{hash_of('torch')}\n")
    return folder


def write_python(folder: Path, name: str = "python") -> Python:
    """The fake Python as a program."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(PYTHON)
    program.chmod(0o755)
    return Python(str(program), InstallTarget("linux", "x86_64", (3, 11, 7)))


def make_installer(folder: Path) -> Installer:
    """An installer with the fake Python, that writes in `folder`/user."""
    python = write_python(folder / "home")
    (folder / "user").mkdir(exist_ok=True)
    return Installer(
        folder / "user",
        write_lists(folder / "lists"),
        find_pythons=lambda: iter([python]),
        detection=AcceleratorDetection(lambda: DetectedAccelerator(Accelerator.CPU)),
    )


def installed(installer: Installer) -> list[str]:
    """What the fake pip has installed in the environment in use."""
    current = installer.environments.current
    assert current is not None
    return sorted((current / "installed").read_text().split())


def trouble(step: str, do: str, **more: str) -> str:
    """The value of FAKE_PYTHON."""
    return json.dumps({"at": step, "do": do, **more})


def set_up(setup: Installer, options: SetupOptions | None = None) -> None:
    """Set up and wait until that has ended."""
    setup.start(options)
    setup.wait()


def wait_for_sign(sign: Path) -> int:
    """The process id that a program has written down."""
    deadline = time.monotonic() + 60
    while not (sign.exists() and sign.read_text()):
        assert time.monotonic() < deadline, "the program did not start"
        time.sleep(0.01)
    return int(sign.read_text())


def is_gone(pid: int, *, wait: bool = True) -> bool:
    """Whether a process has ended, if need be in a moment."""
    deadline = time.monotonic() + (10 if wait else 0)
    while True:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return True
        if stat.rpartition(")")[2].split()[0] == "Z":
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
