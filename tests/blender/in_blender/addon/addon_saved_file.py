"""A file that version 0.1.0 saved: all that it keeps is read, and motions go on from it.

Arguments: the zip, a Python with the backend, the .blend, what it keeps as JSON, the file of the
style that it names, a folder to write in.
"""

import json
import sys
from pathlib import Path

import addon
import bpy
from stored_properties import stored

ZIP, PYTHON, BLEND, RECORDED, STYLE, FOLDER = sys.argv[1:]
ops = bpy.ops.anyframe
CLOSE = 2e-3
"""By which a channel may differ on another processor."""


def scene():
    return bpy.data.scenes["Scene"]


def hero():
    return bpy.data.objects["Hero"]


def entry(action):
    return next(one for one in scene().anyframe_history.entries if one.action == action)


def play(name):
    """Have Hero play an action."""
    data = hero().animation_data
    data.action = bpy.data.actions[name]
    if hasattr(data, "action_slot") and data.action_slot is None:
        data.action_slot = data.action_suitable_slots[0]


def rest():
    """Have Hero play nothing, and stand at rest."""
    hero().animation_data.action = None
    for bone in hero().pose.bones:
        bone.matrix_basis.identity()
    bpy.context.view_layer.update()


def channels():
    """What Hero plays: channel -> its value on each frame of the motion."""
    first, last = map(int, hero().animation_data.action.frame_range)
    return {
        (curve.data_path, curve.array_index): [curve.evaluate(n) for n in range(first, last + 1)]
        for curve in addon.curves_of(hero())
    }


def opened():
    bpy.ops.wm.open_mainfile(filepath=BLEND)
    bpy.context.view_layer.objects.active = hero()


def differences(expected, found, where=""):
    """Where something told is not found, or is another. More may be found."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key, value in expected.items():
            if key not in found:
                yield f"{where}/{key} is missing"
            else:
                yield from differences(value, found[key], f"{where}/{key}")
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for n, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from differences(one, other, f"{where}/{n}")
    elif expected != found and not (
        isinstance(expected, int | float)
        and isinstance(found, int | float)
        and abs(expected - found) < 2e-5 * max(1.0, abs(expected))
    ):
        yield f"{where} is {found!r} and not {expected!r}"


def check_all_is_read(expected):
    wrong = list(differences(expected, stored()))
    assert not wrong, "\n".join(wrong)


def check_all_is_saved_again(expected):
    path = str(Path(FOLDER, "again.blend"))
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.wm.open_mainfile(filepath=path)
    check_all_is_read(expected)


def check_motion_comes_again(name):
    """*Regenerate Exactly* makes the keys that are in the file."""
    opened()
    play(name)
    before = channels()
    rest()
    assert ops.regenerate(key=entry(name).key) == {"FINISHED"}
    assert hero().animation_data.action.name != name
    after = channels()
    assert after.keys() == before.keys(), name
    for channel, values in before.items():
        assert len(after[channel]) == len(values), name
        off = max(abs(a - b) for a, b in zip(values, after[channel], strict=True))
        assert off < CLOSE, f"{name}: {channel} is off by {off}"


def check_travel_is_put_back():
    opened()
    play("a person walks forward")
    assert hero().animation_data.action["anyframe_in_place"]
    travel = ('pose.bones["pelvis"].location', 0), ('pose.bones["pelvis"].location', 2)
    spread = lambda: max(max(v) - min(v) for k, v in channels().items() if k in travel)  # noqa: E731
    before = spread()
    assert ops.set_in_place(in_place=False) == {"FINISHED"}
    assert not hero().animation_data.action["anyframe_in_place"]
    assert spread() > before + 0.2, (before, spread())


def check_latents_are_sampled_again():
    opened()
    play("a person jumps")
    assert ops.decode(fps=12.0) == {"FINISHED"}
    assert hero().animation_data.action["anyframe_fps"] == 12.0
    play("a person walks → jump")
    assert ops.decode(fps=12.0) == {"FINISHED"}
    play("a person jumps")
    assert ops.interpolate(second="a person runs off", share=0.3) == {"FINISHED"}


def check_settings_are_used_again():
    opened()
    assert ops.use_settings(key=entry("a person walks → jump").key) == {"FINISHED"}
    words = [(one.prompt, one.action) for one in scene().anyframe_blocks.blocks]
    assert words == [("a person walks", ""), ("", "jump")], words
    assert scene().anyframe.part == "LOWER_BODY"
    assert ops.use_settings(key=entry("walk → sway slowly").key) == {"FINISHED"}
    blend = scene().anyframe_blend
    assert [one.label for one in blend.coarse] == ["walk", "sway slowly"]
    assert ops.use_settings(key=entry("jump").key) == {"FINISHED"}
    assert (scene().anyframe.model, scene().anyframe.action) == ("motioninr", "jump")


def check_bones_and_rest_count():
    opened()
    path = Path(FOLDER, "bones.json")
    assert ops.export_bones(filepath=str(path), armature="Hero") == {"FINISHED"}
    assert json.loads(path.read_text(encoding="utf-8"))["bones"]["left_wrist"] == "left_hand"
    # That the bones are those of then is asked when a motion is put on them.
    assert ops.generate(prompt="a person runs", seconds=0.5, armature="Stander") == {"FINISHED"}
    assert ops.own_rest(armature="Stander") == {"FINISHED"}
    assert "anyframe_standing" not in bpy.data.objects["Stander"].data


addon.install(ZIP)
addon.use_python(PYTHON)
assert ops.import_style(filepath=STYLE, name="Tiny") == {"FINISHED"}
opened()
recorded = json.loads(Path(RECORDED).read_text(encoding="utf-8"))
check_all_is_read(recorded)
check_all_is_saved_again(recorded)
for action in ("a person jumps", "jump", "a person walks → jump", "walk → sway slowly"):
    check_motion_comes_again(action)
check_travel_is_put_back()
check_latents_are_sampled_again()
check_settings_are_used_again()
check_bones_and_rest_count()
addon.finish()
