"""The zip: what is in it, that it is always the same, and what Blender's validator says."""

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import build_addon

ROOT = Path(build_addon.__file__).resolve().parent


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree") / build_addon.ADDON_NAME
    build_addon.build_tree(folder)
    return folder


def test_the_same_sources_give_the_same_zip(tree: Path, tmp_path: Path) -> None:
    again = tmp_path / "again" / build_addon.ADDON_NAME
    build_addon.build_tree(again)
    archives = [tmp_path / "a.zip", tmp_path / "b.zip"]
    build_addon.build_zip(tree, archives[0])
    build_addon.build_zip(again, archives[1])
    assert archives[0].read_bytes() == archives[1].read_bytes()


def test_what_is_in_it(addon_zip: Path) -> None:
    names = zipfile.ZipFile(addon_zip).namelist()
    assert all(name.startswith("anyframe/") for name in names)
    for needed in (
        "__init__.py",
        "blender_manifest.toml",
        "backend/__main__.py",
        "backend/kinematics/body/take.py",
        "backend/requirements/packages.txt",
        "backend/requirements/torch.txt",
        "backend/requirements/torch-cpu.txt",
        "assets/bone_maps/smpl.json",
        "assets/character.npz",
        "rig/apply/apply.py",
    ):
        assert f"anyframe/{needed}" in names
    for name in names:
        assert "__pycache__" not in name
        assert not (name.startswith("anyframe/assets/") and name.endswith(".py"))
        assert "/." not in name


def test_the_hashed_lists_have_the_projects_pins() -> None:
    build_addon.check_requirements()


@pytest.mark.parametrize(
    ("pin", "words"),
    [
        ("numpy==9.9", r"pyproject\.toml \(without numpy==9\.9\): run make lock"),
        ("torch==9.9", r"without torch==9\.9"),
    ],
)
def test_check_requirements_with_missing_pin_raises(
    monkeypatch: pytest.MonkeyPatch, pin: str, words: str
) -> None:
    others = [
        line
        for line in build_addon.read_project()["dependencies"]
        if not line.startswith(pin.partition("=")[0])
    ]
    monkeypatch.setattr(build_addon, "read_project", lambda: {"dependencies": [*others, pin]})
    with pytest.raises(build_addon.BuildError, match=words):
        build_addon.check_requirements()


def test_check_torch_cpu_with_other_version_raises(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(build_addon, "read_project", lambda: {"dependencies": ["torch==9.9"]})
    with pytest.raises(build_addon.BuildError, match=r"torch-cpu\.txt must have torch==9\.9"):
        build_addon.check_torch_cpu()


def test_check_versions_of_the_sources_agree() -> None:
    assert build_addon.check_versions() == build_addon.read_project()["version"]


def test_check_versions_with_other_version_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_addon, "read_project", lambda: {"version": "9.9.9"})
    with pytest.raises(
        build_addon.BuildError, match=r"same in all files \(pyproject\.toml has 9\.9\.9"
    ):
        build_addon.check_versions()


def test_build_tree_in_a_foreign_folder_raises_and_leaves_it(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("x")
    with pytest.raises(build_addon.BuildError, match="not an Anyframe add-on"):
        build_addon.build_tree(tmp_path / "letters")
    assert (tmp_path / "letters" / "dear.txt").read_text() == "x"


def test_inside_blender_only_what_blender_brings_is_imported(tree: Path) -> None:
    """`backend` is shipped for the child; Blender itself may import two packages of it alone."""
    shared = ("kinematics", "protocol")
    brought = {"blf", "bpy", "bpy_extras", "gpu", "gpu_extras", "mathutils", "numpy", "requests"}
    allowed = brought | set(sys.stdlib_module_names)
    inside = [path for path in tree.rglob("*.py") if path.relative_to(tree).parts[0] != "backend"]
    inside += [path for name in shared for path in (tree / "backend" / name).rglob("*.py")]
    for path in inside:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            where = f"{path.relative_to(tree)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Import):
                for alias in node.names:
                    assert alias.name.partition(".")[0] in allowed, where
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                assert str(node.module).partition(".")[0] in allowed, where
            elif isinstance(node, ast.ImportFrom) and node.level == len(
                path.relative_to(tree).parts
            ):
                top, _, room = str(node.module).partition(".")
                assert top != "backend" or room.partition(".")[0] in shared, where


def test_only_link_speaks_http(tree: Path) -> None:
    for path in tree.rglob("*.py"):
        if "import requests" in path.read_text(encoding="utf-8"):
            assert path.relative_to(tree).parts[0] == "link"


def test_blenders_validator(blender_python: Path, addon_zip: Path) -> None:
    packages = blender_python.parents[1] / "lib"
    (tool,) = packages.rglob("bl_pkg/cli/blender_ext.py")
    done = subprocess.run(
        [blender_python, tool, "validate", addon_zip], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "error" not in (done.stdout + done.stderr).lower()
