"""What the checks of *Learn* and *Blend* share: a scene with a character, and a shelf of styles."""

import json
import sys
from pathlib import Path

import addon
import bpy

ops = bpy.ops.anyframe


def character():
    return bpy.data.objects["Anyframe Character"]


def session():
    return addon.module("link.session")


def shelf():
    return session().style_library()


def report():
    return session().queue.last.message


def info():
    return json.loads(character().animation_data.action["anyframe"])


def learning():
    return bpy.context.scene.anyframe_learning


def blending():
    return bpy.context.scene.anyframe_blend


def fresh():
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.ed.undo_push(message="empty")
    addon.empty_scene()
    for marker in list(bpy.context.scene.timeline_markers):
        bpy.context.scene.timeline_markers.remove(marker)
    ops.add_character()
    # Of the installed copy: the panels are as they are where no style ships.
    shelf().style_path(addon.module("link.files.style_library").SHIPPED_STYLE).unlink(
        missing_ok=True
    )
    shelf().refresh()
    for name in list(shelf().styles):
        shelf().delete_style(name)


def motions(*words, seconds=2.0):
    """An action for each word, the last of which plays."""
    for word in words:
        ops.generate(prompt=word, seconds=seconds, seed=3)
    for word in words:
        bpy.data.actions[word].use_fake_user = True


def mine(*labels):
    """A style without the fuss of learning it."""
    sys.path.insert(0, str(Path(__file__).parents[3]))
    from tests.support.fake_backend import style_file

    shelf().save_style("mine", style_file(list(labels or ("walk", "run", "sneak"))))
    return len(shelf().read_style_bytes("mine"))
