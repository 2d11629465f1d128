"""The installed extension as scripts use it: install, ask, look for changes; runs in Blender."""

import atexit
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import bpy

NAME = "bl_ext.user_default.anyframe"


def install(archive: str | Path) -> None:
    """Install the zip as an extension and enable it."""
    bpy.ops.extensions.package_install_files(
        repo="user_default", filepath=str(archive), enable_on_install=True
    )


def finish() -> None:
    """End the script. pip's bpy 4.2 crashes in its own clean-up once any add-on is enabled."""
    if bpy.app.version < (4, 3, 0):
        atexit._run_exitfuncs()
        sys.stdout.flush()
        os._exit(0)


def module(name: str) -> ModuleType:
    """A module of the add-on, such as "link.session"."""
    return importlib.import_module(f"{NAME}.{name}")


def use_python(program: str | Path) -> None:
    """Name the Python of the backend in the preferences."""
    bpy.context.preferences.addons[NAME].preferences.python = str(program)


def child() -> Any:
    """The backend's process; None if none was started."""
    worker = module("link.session").queue._worker
    connection = worker._connection if worker else None
    return connection.process if connection else None


def empty_scene() -> None:
    """No objects, no actions; a scene at 23.976 fps, standing at frame 10."""
    for item in list(bpy.data.objects):
        bpy.data.objects.remove(item)
    for action in list(bpy.data.actions):
        bpy.data.actions.remove(action)
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 24, 1.001
    scene.frame_start, scene.frame_end = 5, 77
    scene.frame_set(10)


def state() -> dict[str, Any]:
    """All that an operator which fails must leave alone."""
    scene = bpy.context.scene
    active = bpy.context.view_layer.objects.active
    return {
        "objects": sorted(item.name for item in bpy.data.objects),
        "actions": sorted(action.name for action in bpy.data.actions),
        "animated": sorted(item.name for item in bpy.data.objects if item.animation_data),
        "selected": sorted(item.name for item in bpy.context.selected_objects),
        "active": active.name if active else None,
        "mode": bpy.context.mode,
        "time": (scene.render.fps, scene.render.fps_base, scene.frame_start, scene.frame_end),
        "frame": (scene.frame_current, scene.frame_subframe),
        "poses": [
            [tuple(value) for row in bone.matrix_basis for value in [row]]
            for item in bpy.data.objects
            if item.pose
            for bone in item.pose.bones
        ],
    }


def refused(call: Callable[[], Any], *words: str) -> str:
    """The sentence that an operator refuses with.

    Fails unless it is one sentence or a few, holds the words, and nothing has changed.
    """
    before = state()
    try:
        result = call()
    except RuntimeError as error:
        sentence = str(error).removeprefix("Error: ").strip()
    else:
        raise AssertionError(f"It was not refused but gave {result}")
    assert "Traceback" not in sentence, sentence
    assert "\n" not in sentence, sentence
    assert sentence.endswith((".", ")")), sentence
    first = sentence.split()[0]
    assert first[0].isupper() or first[0] in "“/" or "." in first, sentence  # a name of a file
    for word in words:
        assert word in sentence, f"{word!r} is not in {sentence!r}"
    assert state() == before, f"Something changed although it said {sentence!r}"
    return sentence


def curves_of(armature: bpy.types.Object) -> list[Any]:
    """The F-curves that the armature plays, on any version."""
    data = armature.animation_data
    if hasattr(data.action, "layers"):
        (strip,) = data.action.layers[0].strips
        return list(strip.channelbag(data.action_slot).fcurves)
    return list(data.action.fcurves)


def keys_of(armature: bpy.types.Object) -> dict[tuple[str, int], list[tuple[Any, ...]]]:
    """All that the armature plays: channel -> frame, value, handles and their kind of each key."""
    return {
        (curve.data_path, curve.array_index): [
            (*key.co, *key.handle_left, *key.handle_right, key.interpolation, key.handle_left_type)
            for key in curve.keyframe_points
        ]
        for curve in curves_of(armature)
    }
