"""Assemble the Blender add-on: `python build_addon.py` makes dist/anyframe/ and its zip.

The tree contains blender_addon/* with backend/ and assets/ inside it. It is both an extension
(Blender 4.2 and later, by blender_manifest.toml) and a classic add-on (Blender 3.4, by bl_info).

`python build_addon.py --link [FOLDER]` makes blender_addon/ itself the add-on, for live editing. It
creates links inside it, and a link to it in FOLDER, one of Blender's add-on folders.
"""

import argparse
import ast
import os
import shutil
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
DIST = ROOT / "dist"
ADDON = ROOT / "blender_addon"
ADDON_NAME = "anyframe"
REQUIREMENTS = "backend/requirements"
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
"""Date of every file, so that the same sources give the same zip."""


class BuildError(RuntimeError):
    """Sources that make no add-on; the text is a sentence with the remedy."""


def read_project() -> dict[str, Any]:
    """Read the [project] table of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def shipped_files() -> Iterator[tuple[str, Path]]:
    """List every shipped file as (path in the add-on, path in the repository), in a fixed order."""
    files = [
        (f"{prefix}{path.relative_to(folder).as_posix()}", path)
        for folder, prefix in (
            (ADDON, ""),
            (ROOT / "backend", "backend/"),
            (ROOT / "assets", "assets/"),
        )
        for path in folder.rglob("*")
        if path.is_file() and _ships(path.relative_to(ROOT))
    ]
    if (ROOT / "LICENSE").is_file():
        files.append(("LICENSE", ROOT / "LICENSE"))
    yield from sorted(files)


def _ships(path: Path) -> bool:
    """Return whether a file of the repository is part of the add-on."""
    hidden = any(part.startswith(".") or part == "__pycache__" for part in path.parts)
    linked = path.parts[:2] in {("blender_addon", "backend"), ("blender_addon", "assets")}
    return not (hidden or linked or path.suffix == ".pyc")


def pinned_packages(name: str) -> set[str]:
    """Read the packages of a list in backend/requirements/, each as "name==version"."""
    lines = (ROOT / REQUIREMENTS / name).read_text(encoding="utf-8").splitlines()
    return {line.split()[0] for line in lines if "==" in line and not line.startswith((" ", "#"))}


def check_requirements() -> None:
    """Raise BuildError unless the hashed lists of *Set up* contain the project's pins."""
    listed = pinned_packages("packages.txt") | pinned_packages("torch.txt")
    pins = {line.partition(";")[0].strip() for line in read_project()["dependencies"]}
    if missing := sorted(pins - listed):
        raise BuildError(
            f"{REQUIREMENTS} must have all pins of pyproject.toml (without "
            f"{', '.join(missing)}): run make lock."
        )
    check_torch_cpu()


def check_torch_cpu() -> None:
    """Raise BuildError unless torch-cpu.txt, a manual list, has the project's PyTorch version."""
    (torch,) = (line for line in read_project()["dependencies"] if line.startswith("torch=="))
    if pinned_packages("torch-cpu.txt") != {f"{torch}+cpu"}:
        raise BuildError(
            f"{REQUIREMENTS}/torch-cpu.txt must have {torch}+cpu: write that version and its "
            "hashes into it; its first lines say where they are listed."
        )


def check_versions() -> str:
    """Return the version, after checking that all files that state it agree."""
    manifest = tomllib.loads((ADDON / "blender_manifest.toml").read_text(encoding="utf-8"))
    bl_info = _read_constant(ADDON / "__init__.py", "bl_info")
    versions = {
        "pyproject.toml": read_project()["version"],
        "blender_manifest.toml": manifest["version"],
        "bl_info": ".".join(map(str, bl_info["version"])),
        "backend/protocol/version.py": _read_constant(
            ROOT / "backend" / "protocol" / "version.py", "VERSION"
        ),
    }
    if len(set(versions.values())) > 1:
        texts = ", ".join(f"{name} has {version}" for name, version in versions.items())
        raise BuildError(f"The version must be the same in all files ({texts}).")
    return versions["pyproject.toml"]


def _read_constant(path: Path, name: str) -> Any:
    """Read a literal that a module assigns to a name, without importing the module."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    return next(
        ast.literal_eval(node.value)
        for node in module.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
    )


def build_tree(tree: Path) -> None:
    """Write the add-on's folder anew."""
    _remove(tree)
    for name, path in shipped_files():
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def build_zip(tree: Path, archive: Path) -> None:
    """Zip the add-on's folder; the same tree gives the same bytes."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for path in sorted(tree.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(
                    f"{ADDON_NAME}/{path.relative_to(tree).as_posix()}", ZIP_DATE
                )
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                out.writestr(entry, path.read_bytes())


def link_sources(folder: Path | None) -> list[Path]:
    """Make blender_addon/ itself the add-on, by links in it to backend/ and assets/.

    Args:
        folder: Add-on folder of Blender for a link `anyframe` to blender_addon/.

    Returns:
        The created links.
    """
    links = {ADDON / "backend": ROOT / "backend", ADDON / "assets": ROOT / "assets"}
    if folder is not None:
        links[folder / ADDON_NAME] = ADDON
    for link, target in links.items():
        if link.is_symlink():
            link.unlink()
        elif link.exists():
            raise BuildError(f"{link} is in the way: move it elsewhere.")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target, target_is_directory=True)
    return list(links)


def _remove(tree: Path) -> None:
    """Delete an earlier build; raise BuildError if the path is anything else."""
    if tree.is_symlink() or tree.is_file():
        raise BuildError(f"{tree} is in the way: move it elsewhere.")
    if tree.exists():
        if not (tree / "blender_manifest.toml").exists() and any(tree.iterdir()):
            raise BuildError(f"{tree} is not an Anyframe add-on: move it elsewhere.")
        shutil.rmtree(tree)


def main() -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(description="Assemble the Anyframe add-on for Blender.")
    parser.add_argument(
        "--link",
        nargs="?",
        metavar="FOLDER",
        const="",
        help="make blender_addon/ itself the add-on, by links, and link FOLDER/anyframe to it",
    )
    options = parser.parse_args()
    try:
        version = check_versions()
        check_requirements()
        if options.link is not None:
            made = link_sources(Path(options.link) if options.link else None)
        else:
            tree = DIST / ADDON_NAME
            build_tree(tree)
            archive = DIST / f"{ADDON_NAME}-{version}.zip"
            build_zip(tree, archive)
            made = [tree, archive]
    except (BuildError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for path in made:
        size = f"  {path.stat().st_size / 2**20:.1f} MB" if path.is_file() else os.sep
        sys.stdout.write(f"{path}{size}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
