"""Assemble the Blender add-on: `python build_addon.py` makes dist/anyframe/ and its zip.

The tree is blender_addon/* with backend/ and assets/ inside it. It is an extension (Blender 4.2 and
later, through blender_manifest.toml) and a classic add-on (Blender 3.4, through bl_info) at once.

`python build_addon.py --link [FOLDER]` makes blender_addon/ itself work as the add-on, by links,
for live editing, and links it into FOLDER, one that Blender looks for add-ons in.
"""

from __future__ import annotations

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
"""One date for every file, so that the same sources give the same zip."""


class BuildError(RuntimeError):
    """The sources do not make an add-on; the text says what to mend."""


def read_project() -> dict[str, Any]:
    """The [project] table of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def shipped_files() -> Iterator[tuple[str, Path]]:
    """Every shipped file as (path inside the add-on, path in the repository), in a fixed order."""
    found = [
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
        found.append(("LICENSE", ROOT / "LICENSE"))
    yield from sorted(found)


def _ships(path: Path) -> bool:
    """Whether a file, by its path in the repository, is part of the add-on."""
    hidden = any(part.startswith(".") or part == "__pycache__" for part in path.parts)
    linked = path.parts[:2] in {("blender_addon", "backend"), ("blender_addon", "assets")}
    return not (hidden or linked or path.suffix == ".pyc")


def pinned_packages(name: str) -> set[str]:
    """The packages of a list in backend/requirements/, each as "name==version"."""
    lines = (ROOT / REQUIREMENTS / name).read_text(encoding="utf-8").splitlines()
    return {line.split()[0] for line in lines if "==" in line and not line.startswith((" ", "#"))}


def check_requirements() -> None:
    """Make sure that the hashed lists which *Set up* installs from have the project's pins."""
    listed = pinned_packages("packages.txt") | pinned_packages("torch.txt")
    pins = {line.partition(";")[0].strip() for line in read_project()["dependencies"]}
    if missing := sorted(pins - listed):
        raise BuildError(
            f"{REQUIREMENTS} does not have {', '.join(missing)} of pyproject.toml: run make lock."
        )
    check_torch_cpu()


def check_torch_cpu() -> None:
    """Make sure that the list which is kept by hand has the project's version of PyTorch."""
    (torch,) = (line for line in read_project()["dependencies"] if line.startswith("torch=="))
    if pinned_packages("torch-cpu.txt") != {f"{torch}+cpu"}:
        raise BuildError(
            f"{REQUIREMENTS}/torch-cpu.txt is not of {torch}: write that version and its hashes "
            "into it; its first lines say where they are listed."
        )


def check_versions() -> str:
    """The version, after making sure that all three files that state it agree."""
    version = read_project()["version"]
    manifest = tomllib.loads((ADDON / "blender_manifest.toml").read_text(encoding="utf-8"))
    module = ast.parse((ADDON / "__init__.py").read_text(encoding="utf-8"))
    bl_info = next(
        ast.literal_eval(node.value)
        for node in module.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "bl_info"
    )
    classic = ".".join(map(str, bl_info["version"]))
    if not version == manifest["version"] == classic:
        raise BuildError(
            f"pyproject.toml says version {version}, blender_manifest.toml {manifest['version']} "
            f"and bl_info {classic}: make them the same."
        )
    return version


def build_tree(tree: Path) -> None:
    """Write the add-on's folder afresh."""
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
        folder: of add-ons that Blender looks in; gets a link `anyframe` to blender_addon/.

    Returns:
        The links that were made.
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
    """Delete a tree made here before; never one that is something else."""
    if tree.is_symlink() or tree.is_file():
        raise BuildError(f"{tree} is in the way: move it elsewhere.")
    if tree.exists():
        if not (tree / "blender_manifest.toml").exists() and any(tree.iterdir()):
            raise BuildError(f"{tree} is not an Anyframe add-on: move it elsewhere.")
        shutil.rmtree(tree)


def main() -> int:
    """Run the command line; returns the exit status."""
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
