"""The arrows between rooms: which package may import which, without circles."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MAX_FILES = 18
"""Most Python files in one folder."""

SHARED = {"backend.protocol", "backend.kinematics"}
GROUND = SHARED | {"backend.data", "backend.text", "backend.training", "backend.playback"}
MODELS = {
    "backend.nerm",
    "backend.motioninr",
    "backend.styles",
    "backend.inbetween",
    "backend.embedding",
}

ALLOWED: dict[str, set[str]] = {
    # Both sides.
    "backend.protocol": set(),
    "backend.kinematics": {"backend.protocol"},
    # Below every model.
    "backend.data": SHARED,
    "backend.authored": SHARED | {"backend.data"},
    "backend.text": set(),
    "backend.smpl": SHARED,
    "backend.training": SHARED | {"backend.data"},
    "backend.playback": SHARED | {"backend.data"},
    # Models are siblings.
    "backend.nerm": GROUND,
    "backend.motioninr": GROUND,
    "backend.styles": GROUND,
    "backend.inbetween": GROUND,
    "backend.embedding": GROUND,
    "backend.baselines": GROUND | {"backend.nerm"},
    # The server.
    "backend.service.schema": SHARED,
    "backend.service.queue": SHARED
    | {"backend.service.schema", "backend.service.engine.interface"},
    "backend.service.engine": GROUND | MODELS | {"backend.cpu", "backend.service.schema"},
    "backend.service.api": SHARED
    | {"backend.smpl", "backend.service.schema", "backend.service.queue"}
    | {"backend.service.engine.interface", "backend.service.process"},
    "backend.service.process": SHARED
    | {"backend.cpu", "backend.service.api", "backend.service.queue"}
    | {"backend.service.engine", "backend.service.schema"},
    # Nothing that generates imports these.
    "backend.evaluation": GROUND
    | MODELS
    | {"backend.baselines", "backend.service.engine", "backend.service.schema"}
    | {"backend.cpu", "backend.console"},
    "backend.commands": {"backend"},
    "backend.cpu": set(),
    # It prints the errors of these as sentences.
    "backend.console": SHARED | {"backend.data", "backend.service.engine.interface"},
    # The add-on.
    "blender_addon.link": {"backend.protocol"},
    "blender_addon.rig": SHARED,
    "blender_addon.scene": SHARED | {"blender_addon.link", "blender_addon.rig"},
    "blender_addon.operators": SHARED
    | {"blender_addon.link", "blender_addon.rig", "blender_addon.scene"},
    "blender_addon.ui": SHARED
    | {"blender_addon.link", "blender_addon.rig", "blender_addon.scene", "blender_addon.operators"},
}
"""What each room may import beside itself; a package stands for all that it contains."""

EXCEPTIONS = {
    # A memory of training captions is written by the embedder for a NeRM that it opens.
    ("backend.embedding.nerm_retrieval", "backend.nerm"),
}

LAYERS: dict[str, tuple[str, ...]] = {
    "backend.kinematics": (
        *("math", "body", "rigs", "feet", "retarget", "mocap", "editing", "keyframes", "preview"),
    ),
    "blender_addon.rig": ("action", "armature", "smpl", "read", "apply", "resample", "preview"),
    "blender_addon.operators": (*("common", "jobs", "motions", "styles", "armature", "backend"),),
    "blender_addon.link": ("files", "process", "http", "setup", "session"),
}
"""Folders of a room from the ground up: each may import those before it."""


@cache
def modules() -> dict[str, Path]:
    found = {}
    for top in ("backend", "blender_addon"):
        for path in (ROOT / top).rglob("*.py"):
            relative = path.relative_to(ROOT)
            if relative.parts[:2] in {("blender_addon", "backend"), ("blender_addon", "assets")}:
                continue
            parts = relative.with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports_of(module: str) -> Iterator[str]:
    """Modules of the project that a module imports anywhere, as full names."""
    path = modules()[module]
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules())
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            target = ".".join([*base, *filter(None, [node.module])])
            # Inside the add-on, shared code is found as its own subpackage.
            target = target.replace("blender_addon.backend", "backend")
            for alias in node.names:
                full = f"{target}.{alias.name}"
                if full in modules() or target in modules():
                    yield full if full in modules() else target


@cache
def graph() -> dict[str, frozenset[str]]:
    return {module: frozenset(imports_of(module)) - {module} for module in modules()}


def inside(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


@pytest.mark.parametrize("room", ALLOWED)
def test_room_imports_only_what_it_may(room: str) -> None:
    members = [module for module in modules() if inside(module, room)]
    assert members, f"{room} does not exist."
    wrong = [
        f"{module} imports {target}"
        for module in members
        for target in graph()[module]
        if not any(inside(target, allowed) for allowed in ALLOWED[room] | {room})
        and not any(module == a and inside(target, b) for a, b in EXCEPTIONS)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_module_is_in_a_room_with_rules() -> None:
    free = {"backend", "backend.__main__", "backend.service", "blender_addon"}
    outside = [m for m in modules() if not any(inside(m, room) for room in ALLOWED)]
    assert set(outside) <= free, outside


@pytest.mark.parametrize("room", LAYERS)
def test_folder_imports_only_folders_below(room: str) -> None:
    order = LAYERS[room]

    path = ROOT / room.replace(".", "/")

    def folder(module: str) -> str | None:
        return module.removeprefix(f"{room}.").partition(".")[0] if inside(module, room) else None

    folders = {folder(module) for module in modules()} - {None, room}
    assert not {f for f in folders if f not in order and (path / str(f)).is_dir()}
    wrong = [
        f"{module} imports {target}"
        for module in modules()
        for target in graph()[module]
        if (a := folder(module)) in order
        and (b := folder(target)) in order
        and order.index(b) > order.index(a)
    ]
    assert not wrong, "\n".join(wrong)


def test_modules_import_without_circles() -> None:
    state: dict[str, int] = {}
    trail: list[str] = []

    def visit(module: str) -> None:
        state[module] = 1
        trail.append(module)
        for target in sorted(graph()[module]):
            assert state.get(target) != 1, " -> ".join([*trail[trail.index(target) :], target])
            if target not in state:
                visit(target)
        trail.pop()
        state[module] = 2

    for module in sorted(modules()):
        if module not in state:
            visit(module)


def test_folders_hold_few_files() -> None:
    counts: dict[str, int] = {}
    for path in modules().values():
        folder = path.parent.relative_to(ROOT).as_posix()
        counts[folder] = counts.get(folder, 0) + 1
    assert not {folder: n for folder, n in counts.items() if n > MAX_FILES}


def test_packages_have_docstrings() -> None:
    folders = {path.parent for path in modules().values()}
    missing = [
        folder.relative_to(ROOT).as_posix()
        for folder in folders
        if not (folder / "__init__.py").exists()
        or not ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    ]
    assert not missing, missing


def test_imports_in_texts_of_scripts_exist() -> None:
    """Scripts for other processes are texts, which neither ruff nor pyright reads."""
    statement = re.compile(r"from ((?:anyframe|backend|blender_addon)(?:\.\w+)+) import")
    wrong = []
    for path in (ROOT / "tests").rglob("*.py"):
        for name in statement.findall(path.read_text(encoding="utf-8")):
            module = re.sub(r"^(anyframe|blender_addon)\.backend\.", "backend.", name)
            module = re.sub(r"^anyframe\.", "blender_addon.", module)
            if module not in modules():
                wrong.append(f"{path.relative_to(ROOT)}: {name}")
    assert not wrong, wrong
