#!/usr/bin/env python3
"""Run the newest Blender in a window, on an older Debian or Ubuntu, without changing its packages.

Blender is installed into a separate Debian in a folder and runs there (`chroot`):

    python3 tools/real_blender.py setup          creates the folder; does nothing if it is complete
    python3 tools/real_blender.py run [ARG...]   opens a window and passes the arguments to Blender
    python3 tools/real_blender.py status         prints whether it is usable; exit status 0 if so

`setup` needs root, `debootstrap` and a network; it downloads 330 MB and writes 1.7 GB. After an
interruption it resumes. `run` opens its window on DISPLAY, or else on a virtual screen.

Environment:
    ANYFRAME_BLENDER_FOLDER  the folder (default: ~/.cache/anyframe-blender-SUITE)
    ANYFRAME_BLENDER_SUITE   Debian suite (default: sid, which has the newest Blender)
    ANYFRAME_BLENDER_MIRROR  address of Debian's packages (default: apt's configuration)

The script needs only the standard library. Each run has its own mount namespace, which ends with
it, so that no other process sees its mounts and the folder can be deleted at any time.
"""

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
    # Imported by Blender's extensions and add-ons, but no dependencies of Debian's package.
    *("python3-numpy", "python3-cattr", "python3-requests", "python3-zstandard"),
    # OpenGL in software.
    *("libgl1-mesa-dri", "libegl1", "libglx-mesa0", "libgl1"),
    # Shared libraries of the host's Python when it runs inside.
    *("libssl3t64", "libsqlite3-0", "libffi8", "libreadline8t64", "libbz2-1.0", "liblzma5"),
)
APT_CONFIGURATION = """\
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Acquire::Retries "3";
"""
"""Expired release files are accepted, because this computer's clock may be wrong."""
HOME = "/home/user"
"""Home folder inside; Blender and Mesa cache compiled shaders there."""
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
    """Blender cannot be installed or used here; the text is a sentence with the reason."""


def chroot_folder() -> Path:
    """Folder of the Debian with Blender, whether it exists or not."""
    named = os.environ.get("ANYFRAME_BLENDER_FOLDER")
    if named:
        return Path(named).resolve()
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache).resolve() / f"anyframe-blender-{SUITE}"


def unavailable_reason() -> str:
    """Return the reason why Blender cannot run here, as a sentence, or ""."""
    if problem := _missing_requirement("unshare", "setpriv"):
        return problem
    if not _is_complete(chroot_folder()):
        return f"Blender is not in {chroot_folder()}: run python3 tools/real_blender.py setup."
    probe = subprocess.run([*_namespace(), "true"], capture_output=True, text=True, check=False)
    if probe.returncode:
        return f"Blender needs a mount namespace: {probe.stderr.strip()}."
    return ""


def blender_version() -> str:
    """Version of the installed Blender, such as "5.2.2"."""
    return _stamp(chroot_folder()).read_text().split()[1]


def chroot_command(
    program: Sequence[str | Path],
    *,
    shared_paths: Sequence[Path] = (),
    working_folder: Path | str = HOME,
    environment: Mapping[str, str] | None = None,
) -> list[str]:
    """Build the command line that runs a program in the folder's Debian.

    All processes that the program starts end with it, and so do its mounts.

    Args:
        program: Program with its arguments.
        shared_paths: Folders and files of this computer that are visible inside at the same paths.
        working_folder: Working folder, inside.
        environment: Variables beside HOME, PATH, LANG, DISPLAY and the choice of software OpenGL.
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
    """List the paths to share so that a Python of this computer or of a venv runs inside."""
    lines = subprocess.run(
        [
            python,
            "-c",
            "import sys, os; print(sys.prefix, sys.base_prefix, os.__file__, sep='\\n')",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    prefix, base = (Path(line).resolve() for line in lines[:2])
    if base == Path("/usr"):
        # /usr itself remains that of the other Debian.
        base_paths = [Path(os.path.realpath(python)), Path(lines[2]).parent]
    else:
        base_paths = [base]
    return base_paths if prefix == base else [prefix, *base_paths]


def setup() -> None:
    """Create the folder, or resume after an interruption.

    Raises:
        UnavailableError: It cannot be created here.
    """
    root = chroot_folder()
    needed = () if _is_complete(root) else ("debootstrap",)
    if problem := _missing_requirement("unshare", "setpriv", *needed):
        raise UnavailableError(problem)
    root.parent.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    with _lock(root):
        if not _is_complete(root):
            _make_base(root)
            _install(root)
            _warm_up()
            _print_line(f"It took {time.monotonic() - start:.0f} s.")
    _print_line(f"Blender {blender_version()} is in {root}.")


@contextlib.contextmanager
def virtual_screen(size: str = "1280x800", *options: str) -> Iterator[str]:
    """Start a virtual screen and give its DISPLAY; `options` are passed to Xvfb."""
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
    """Install a minimal Debian; the folder is renamed only when it is complete."""
    if (root / "usr" / "bin" / "apt-get").exists():
        return
    if root.exists():
        raise UnavailableError(f"{root} holds something else: set another ANYFRAME_BLENDER_FOLDER.")
    partial = root.with_name(f"{root.name}.partial")
    packages = root.with_name(f"{root.name}.packages")
    if partial.exists():
        _remove(partial)
    packages.mkdir(exist_ok=True)
    _print_line(f"Installing Debian ({SUITE}) in {root}: about 2 minutes.")
    bootstrap = ["debootstrap", "--variant=minbase", f"--cache-dir={packages}"]
    # In a namespace, so that its mounts end with it.
    _run_checked([*_namespace(), *bootstrap, SUITE, str(partial), _mirror()])
    partial.rename(root)
    _remove(packages)


def _install(root: Path) -> None:
    """Install Blender and its dependencies; existing packages are not downloaded again."""
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
    output = subprocess.run(
        chroot_command(["blender", "--version"]), capture_output=True, text=True, check=True
    ).stdout
    _stamp(root).write_text(f"{output.splitlines()[0]}\n{_recipe()}\n")


def _warm_up() -> None:
    """Open a window once, because compiling all shaders takes up to 20 s."""
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
    """Return the reason why this computer cannot install or run it, as a sentence, or ""."""
    if not sys.platform.startswith("linux"):
        return f"The newest Blender needs Linux (this is {sys.platform})."
    if os.geteuid() != 0:
        return "The newest Blender runs in a chroot, which needs root."
    missing = [name for name in programs if not shutil.which(name)]
    return (
        f"The newest Blender needs {' and '.join(missing)}, which apt-get installs."
        if missing
        else ""
    )


def _mirror() -> str:
    """Address from which this computer gets its Debian packages."""
    named = os.environ.get("ANYFRAME_BLENDER_MIRROR")
    if named:
        return named
    release = {}
    with contextlib.suppress(OSError):
        pairs = (line.partition("=") for line in Path("/etc/os-release").read_text().splitlines())
        release = {name: value.strip('"') for name, _, value in pairs}
    addresses = []
    if release.get("ID") == "debian" and shutil.which("apt-get"):
        command = ["apt-get", "indextargets", "--format", "$(RELEASE) $(COMPONENT) $(REPO_URI)"]
        output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        rows = (line.split() for line in output.splitlines())
        columns = [release.get("VERSION_CODENAME"), "main"]
        addresses = [row[2] for row in rows if len(row) == 3 and row[:2] == columns]
    if not addresses:
        raise UnavailableError(
            "apt's configuration must name a mirror of Debian: set ANYFRAME_BLENDER_MIRROR."
        )
    return addresses[0]


def _namespace() -> list[str]:
    """Prefix of a command with its own mounts and processes, which end with it."""
    options = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"]
    return ["setpriv", "--pdeathsig", "KILL", "unshare", *options]


def _outermost(paths: Sequence[Path]) -> list[Path]:
    """Drop the paths that lie inside another of them."""
    outermost: list[Path] = []
    for path in sorted({path.resolve() for path in paths}):
        if not any(path.is_relative_to(outer) for outer in outermost):
            outermost.append(path)
    return outermost


def _make_mount_point(root: Path, path: Path) -> None:
    point = root / path.relative_to("/")
    if path.is_dir():
        point.mkdir(parents=True, exist_ok=True)
    else:
        point.parent.mkdir(parents=True, exist_ok=True)
        point.touch()


def _remove(tree: Path) -> None:
    """Delete a folder; raise UnavailableError if something is mounted in it."""
    mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    within = [point for point in mounted if Path(point).is_relative_to(tree)]
    if within:
        raise UnavailableError(f"{within[-1]} is mounted: unmount it first.")
    shutil.rmtree(tree)


def _run_checked(arguments: Sequence[str]) -> None:
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        program = next(a for a in arguments if a in {"debootstrap", "dpkg", "apt-get"})
        raise UnavailableError(
            f"The newest Blender could not be installed: {program} ended with {done.returncode} "
            "(see above)."
        )


def _recipe() -> str:
    """Hash of the package list, so that an older folder is completed."""
    return hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()[:16]


def _stamp(root: Path) -> Path:
    return root / "etc" / "anyframe-blender"


def _is_complete(root: Path) -> bool:
    stamp = _stamp(root)
    return stamp.is_file() and _recipe() in stamp.read_text().split()


@contextlib.contextmanager
def _lock(root: Path) -> Iterator[None]:
    """Serialize setups; a second one waits and finds the folder complete."""
    with root.with_name(f"{root.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _print_line(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 command-line output


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
    """Run the command line and return the exit status."""
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
