#!/usr/bin/env python3
"""Today's Blender in a window, on an older Debian or Ubuntu, without touching its packages.

A folder gets a Debian of its own, and Blender from there runs in it (`chroot`):

    python3 tools/real_blender.py setup          makes the folder; does nothing if it is there
    python3 tools/real_blender.py run [ARG...]   opens a window, with these arguments to Blender
    python3 tools/real_blender.py status         says whether it is there; exit status 0 if so

`setup` needs root, `debootstrap` and a network; 330 MB are downloaded and 1.7 GB written. It goes
on where it was interrupted. `run` opens its window on DISPLAY, or on a virtual screen without one.

Environment:
    ANYFRAME_BLENDER_FOLDER  where it is made (default: ~/.cache/anyframe-blender-SUITE)
    ANYFRAME_BLENDER_SUITE   of Debian (default: sid, which has the newest Blender)
    ANYFRAME_BLENDER_MIRROR  address of Debian's packages (default: as apt is configured here)

Only the standard library is needed. Nothing is ever mounted where another process sees it: each run
has its own mount namespace, which ends with it, so that the folder may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

SUITE = os.environ.get("ANYFRAME_BLENDER_SUITE", "sid")
PACKAGES = (
    "blender",
    # Blender's extensions and add-ons import these; Debian's package depends on none of them.
    *("python3-numpy", "python3-cattr", "python3-requests", "python3-zstandard"),
    # OpenGL in software.
    *("libgl1-mesa-dri", "libegl1", "libglx-mesa0", "libgl1"),
    # Shared libraries of a host's Python that is used inside.
    *("libssl3t64", "libsqlite3-0", "libffi8", "libreadline8t64", "libbz2-1.0", "liblzma5"),
)
APT_CONFIGURATION = """\
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Acquire::Retries "3";
"""
"""Release files are also taken where this computer's clock is past their end."""
HOME = "/home/user"
"""Inside. Blender and Mesa keep compiled shaders there, which makes every later start short."""
ENTER = """\
set -e
root=$1; shift
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
while [ "$1" != -- ]; do mount --rbind "$1" "$root$1"; shift; done
shift
exec chroot "$root" "$@"
"""
WARM_UP = """\
import bpy
def draw():
    bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=1)
    bpy.ops.wm.quit_blender()
bpy.app.timers.register(draw, first_interval=0.5)
"""


class UnavailableError(RuntimeError):
    """This Blender cannot be made or used here; the text is one sentence that says why."""


def chroot_folder() -> Path:
    """Where the Debian with Blender is, or would be."""
    named = os.environ.get("ANYFRAME_BLENDER_FOLDER")
    if named:
        return Path(named).resolve()
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache).resolve() / f"anyframe-blender-{SUITE}"


def unavailable_reason() -> str:
    """Why today's Blender cannot be run here, as a sentence; "" if it can."""
    if problem := _missing_requirement("unshare", "setpriv"):
        return problem
    if not _is_complete(chroot_folder()):
        return (
            f"Today's Blender is not in {chroot_folder()}: run python3 tools/real_blender.py setup."
        )
    probe = subprocess.run([*_namespace(), "true"], capture_output=True, text=True, check=False)
    if probe.returncode:
        return f"Today's Blender runs in a mount namespace: {probe.stderr.strip()}."
    return ""


def blender_version() -> str:
    """The version of Blender that is there, such as "5.2.2"."""
    return _stamp(chroot_folder()).read_text().split()[1]


def chroot_command(
    program: Sequence[str | Path],
    *,
    shared_paths: Sequence[Path] = (),
    working_folder: Path | str = HOME,
    environment: Mapping[str, str] | None = None,
) -> list[str]:
    """The command line that runs a program in the folder's Debian.

    Args:
        program: what is run, with its arguments.
        shared: folders and files of this computer that are seen inside at the same paths.
        working: its working folder, inside.
        environment: its variables, beside HOME, PATH, LANG, DISPLAY and the choice of software
            OpenGL.

    All processes that it starts end with it, and so do its mounts.
    """
    root = chroot_folder()
    variables = {
        "HOME": HOME,
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "LANG": "C.UTF-8",
        "DISPLAY": os.environ.get("DISPLAY", ""),
        "LIBGL_ALWAYS_SOFTWARE": "1",
        **(environment or {}),
    }
    assignments = [f"{name}={value}" for name, value in variables.items()]
    inside = ["env", "-i", "-C", str(working_folder), *assignments, *map(str, program)]
    paths = _outermost(shared_paths)
    for path in paths:
        _make_mount_point(root, path)
    enter = ["sh", "-c", ENTER, "enter", str(root), *map(str, paths), "--"]
    return [*_namespace(), *enter, *inside]


def interpreter_paths(python: Path) -> list[Path]:
    """What has to be shared for a Python of this computer, or of a virtual environment, to run."""
    found = subprocess.run(
        [
            python,
            "-c",
            "import sys, os; print(sys.prefix, sys.base_prefix, os.__file__, sep='\\n')",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    prefix, base = (Path(line).resolve() for line in found[:2])
    if base == Path("/usr"):
        # /usr itself stays that of the other Debian.
        base_paths = [Path(os.path.realpath(python)), Path(found[2]).parent]
    else:
        base_paths = [base]
    return base_paths if prefix == base else [prefix, *base_paths]


def setup() -> None:
    """Make the folder, or go on with what an interruption has left of it.

    Raises:
        UnavailableError: it cannot be made here.
    """
    root = chroot_folder()
    needed = () if _is_complete(root) else ("debootstrap",)
    if problem := _missing_requirement("unshare", "setpriv", *needed):
        raise UnavailableError(problem)
    root.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with _lock(root):
        if not _is_complete(root):
            _make_base(root)
            _install(root)
            _warm_up()
            _print_line(f"It took {time.monotonic() - began:.0f} s.")
    _print_line(f"Blender {blender_version()} is in {root}.")


@contextlib.contextmanager
def virtual_screen(size: str = "1280x800", *options: str) -> Iterator[str]:
    """A virtual screen, as a value of DISPLAY; `options` go to Xvfb."""
    read, write = os.pipe()
    server = subprocess.Popen(
        [
            *("Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24"),
            *("-nolisten", "tcp", *options),
        ],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            yield f":{pipe.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def _make_base(root: Path) -> None:
    """The smallest Debian. It gets its name only when it is whole."""
    if (root / "usr" / "bin" / "apt-get").exists():
        return
    if root.exists():
        raise UnavailableError(f"{root} is something else: name another ANYFRAME_BLENDER_FOLDER.")
    partial = root.with_name(f"{root.name}.partial")
    packages = root.with_name(f"{root.name}.packages")
    if partial.exists():
        _remove(partial)
    packages.mkdir(exist_ok=True)
    _print_line(f"Making a Debian ({SUITE}) in {root}: about 2 minutes.")
    bootstrap = ["debootstrap", "--variant=minbase", f"--cache-dir={packages}"]
    # Its own mounts, too, are to end with it.
    _run_checked([*_namespace(), *bootstrap, SUITE, str(partial), _mirror()])
    partial.rename(root)
    _remove(packages)


def _install(root: Path) -> None:
    """Blender and what it needs; packages that are there already are not fetched again."""
    _print_line("Installing Blender and OpenGL in software: about 4 minutes, 280 MB to download.")
    (root / "etc/apt/apt.conf.d/99anyframe").write_text(APT_CONFIGURATION)
    (root / "etc/dpkg/dpkg.cfg.d").mkdir(parents=True, exist_ok=True)
    (root / "etc/dpkg/dpkg.cfg.d/anyframe").write_text("force-unsafe-io\n")
    (root / HOME[1:]).mkdir(parents=True, exist_ok=True)
    shutil.copyfile("/etc/resolv.conf", root / "etc/resolv.conf")
    for step in (
        ["dpkg", "--configure", "-a"],
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-q", "-y", "--fix-broken", *PACKAGES],
        ["apt-get", "clean"],
    ):
        _run_checked(chroot_command(step, environment={"DEBIAN_FRONTEND": "noninteractive"}))
    said = subprocess.run(
        chroot_command(["blender", "--version"]), capture_output=True, text=True, check=True
    ).stdout
    _stamp(root).write_text(f"{said.splitlines()[0]}\n{_recipe()}\n")


def _warm_up() -> None:
    """Open a window once: the first compiles all shaders, which takes as long as 20 s."""
    if not shutil.which("Xvfb"):
        return
    _print_line("Opening a first window.")
    with tempfile.TemporaryDirectory() as scratch, virtual_screen() as display:
        script = Path(scratch, "warm_up.py")
        script.write_text(WARM_UP)
        start = ["blender", "--factory-startup", "--python", str(script)]
        subprocess.run(
            chroot_command(start, shared_paths=[Path(scratch)], environment={"DISPLAY": display}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=300,
            check=False,
        )


def _missing_requirement(*programs: str) -> str:
    """Why this computer cannot make or run it, as a sentence; "" if it can."""
    if not sys.platform.startswith("linux"):
        return f"Today's Blender is only made on Linux (this is {sys.platform})."
    if os.geteuid() != 0:
        return "Today's Blender runs in a chroot, which needs root."
    missing = [name for name in programs if not shutil.which(name)]
    return (
        f"Today's Blender needs {' and '.join(missing)}, which apt-get installs." if missing else ""
    )


def _mirror() -> str:
    """The address from which this computer gets its own Debian."""
    named = os.environ.get("ANYFRAME_BLENDER_MIRROR")
    if named:
        return named
    release = {}
    with contextlib.suppress(OSError):
        pairs = (line.partition("=") for line in Path("/etc/os-release").read_text().splitlines())
        release = {name: value.strip('"') for name, _, value in pairs}
    addresses = []
    if release.get("ID") == "debian" and shutil.which("apt-get"):
        asked = ["apt-get", "indextargets", "--format", "$(RELEASE) $(COMPONENT) $(REPO_URI)"]
        said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
        rows = (line.split() for line in said.splitlines())
        mine = [release.get("VERSION_CODENAME"), "main"]
        addresses = [row[2] for row in rows if len(row) == 3 and row[:2] == mine]
    if not addresses:
        raise UnavailableError(
            "apt's configuration names no mirror of Debian here: set ANYFRAME_BLENDER_MIRROR."
        )
    return addresses[0]


def _namespace() -> list[str]:
    """Runs what follows with mounts and processes of its own, which end with it and with this."""
    alone = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]
    return ["setpriv", "--pdeathsig", "KILL", "unshare", *alone]


def _outermost(paths: Sequence[Path]) -> list[Path]:
    """The paths without those that lie inside another of them."""
    found: list[Path] = []
    for path in sorted({path.resolve() for path in paths}):
        if not any(path.is_relative_to(outer) for outer in found):
            found.append(path)
    return found


def _make_mount_point(root: Path, path: Path) -> None:
    point = root / path.relative_to("/")
    if path.is_dir():
        point.mkdir(parents=True, exist_ok=True)
    else:
        point.parent.mkdir(parents=True, exist_ok=True)
        point.touch()


def _remove(tree: Path) -> None:
    """Delete a folder made here; never one in which something is mounted."""
    mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    within = [point for point in mounted if Path(point).is_relative_to(tree)]
    if within:
        raise UnavailableError(f"{within[-1]} is mounted: unmount it first.")
    shutil.rmtree(tree)


def _run_checked(arguments: Sequence[str]) -> None:
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        tried = next(a for a in arguments if a in {"debootstrap", "dpkg", "apt-get"})
        raise UnavailableError(
            f"Today's Blender could not be made: {tried} ended with {done.returncode}, see above."
        )


def _recipe() -> str:
    """Changes with what is installed, so that an older folder is completed."""
    return hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()[:16]


def _stamp(root: Path) -> Path:
    return root / "etc" / "anyframe-blender"


def _is_complete(root: Path) -> bool:
    stamp = _stamp(root)
    return stamp.is_file() and _recipe() in stamp.read_text().split()


@contextlib.contextmanager
def _lock(root: Path) -> Iterator[None]:
    """One at a time makes it; a second waits and finds it made."""
    with root.with_name(f"{root.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _print_line(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 a command line speaks


def _run(arguments: list[str]) -> int:
    shared = [Path.cwd(), *interpreter_paths(Path(sys.executable))]
    with contextlib.ExitStack() as stack:
        display = os.environ.get("DISPLAY") or stack.enter_context(virtual_screen())
        _print_line(f"The window is on {display}.")
        inside = chroot_command(
            ["blender", *arguments],
            shared_paths=shared,
            working_folder=Path.cwd(),
            environment={"DISPLAY": display},
        )
        return subprocess.run(inside, check=False).returncode


def main() -> int:
    """Run the command line; returns the exit status."""
    action = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        if action == "setup":
            setup()
        elif action in {"run", "status"}:
            reason = unavailable_reason()
            if reason:
                raise UnavailableError(reason)
            if action == "run":
                return _run(sys.argv[2:])
            _print_line(f"Blender {blender_version()} is in {chroot_folder()}.")
        else:
            _print_line(__doc__ or "")
            return 2
    except UnavailableError as error:
        _print_line(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
