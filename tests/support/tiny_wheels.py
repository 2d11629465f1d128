"""The smallest wheels that pip installs, and lists of pins for them: an index on the disk."""

import hashlib
import zipfile
from pathlib import Path

from tools.lock_requirements import write_markers

PROBE = """
import json, platform
import anyframe_probe, torch
print(json.dumps([platform.python_version(), torch.__version__, "processor"]))
"""
"""Takes the place of the real check, which needs the real packages."""


def make_wheel(folder: Path, name: str, version: str = "1.0", tags: str = "py3-none-any") -> str:
    """A wheel with one module that says its version; returns its entry in a list of pins.

    It says that it needs another package, as real ones do; there is none such anywhere.
    """
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"__version__ = '{version}'\n",
        f"{info}/METADATA": (
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            "Requires-Dist: anyframe-nowhere\n"
        ),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tags}\n",
    }
    record = "".join(f"{file},,\n" for file in [*files, f"{info}/RECORD"])
    path = folder / f"{name}-{version}-{tags}.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(file, text)
    return _entry(name, version, path)


def pack_pip(folder: Path) -> str:
    """This Python's own pip as a wheel; returns its entry in a list of pins."""
    import pip

    package = Path(pip.__file__).parent
    info = package.parent / f"pip-{pip.__version__}.dist-info"
    files = [*sorted(package.rglob("*.py")), *sorted(package.rglob("*.pem"))]
    files += [info / name for name in ("METADATA", "WHEEL", "entry_points.txt")]
    names = [file.relative_to(package.parent).as_posix() for file in files]
    record = f"{info.name}/RECORD"
    path = folder / f"pip-{pip.__version__}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for file, name in zip(files, names, strict=True):
            wheel.write(file, name)
        wheel.writestr(record, "".join(f"{name},,\n" for name in [*names, record]))
    return _entry("pip", pip.__version__, path)


def make_index(wheels: Path, lists: Path) -> None:
    """All that a set-up needs, in two new folders: pip, `anyframe_probe`, `torch`, one more."""
    wheels.mkdir()
    lists.mkdir()
    on_windows = make_wheel(wheels, "only_on_windows")
    entries = [
        pack_pip(wheels),
        make_wheel(wheels, "anyframe_probe"),
        on_windows.replace(" ", " ; sys_platform == 'win32' ", 1),
    ]
    (lists / "packages.txt").write_text("".join(entries))
    torch = make_wheel(wheels, "torch", "2.13.0")
    for name in ("torch.txt", "torch-cpu.txt"):
        (lists / name).write_text(torch)
    write_markers(lists)


def _entry(name: str, version: str, path: Path) -> str:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{name}=={version} \\\n    --hash=sha256:{digest}\n"
