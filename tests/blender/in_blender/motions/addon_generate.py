"""Generate, import, export and undo through the installed extension.

Arguments: the zip, the backend's Python, a folder to write in.
"""

import _thread
import json
import signal
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import addon
import bpy

ZIP, PYTHON, FOLDER = sys.argv[1:]


def check_generate():
    scene = bpy.context.scene
    bpy.ops.anyframe.add_character()
    character = bpy.context.view_layer.objects.active
    bpy.ops.mesh.primitive_cube_add()
    cube = bpy.context.view_layer.objects.active
    bpy.ops.ed.undo_push(message="before")
    before = addon.state()

    result = bpy.ops.anyframe.generate(
        prompt="a person walks", seconds=4.0, seed=7, armature=character.name
    )
    assert result == {"FINISHED"}
    action = character.animation_data.action
    assert action.name == "a person walks", action.name
    frames = [point.co[0] for point in addon.curves_of(character)[0].keyframe_points]
    assert abs(frames[0] - 10.0) < 1e-3, frames[0]
    assert abs(max(c.keyframe_points[-1].co[0] for c in addon.curves_of(character)) - 105.0) < 1e-2
    assert action["anyframe_prompt"] == "a person walks"
    assert action["anyframe_seed"] == "7"

    after = addon.state()
    for same in ("objects", "selected", "active", "mode", "time", "frame"):
        assert after[same] == before[same], same
    assert cube.animation_data is None

    scene.frame_set(60)
    assert character.pose.bones["pelvis"].matrix.translation.y < -1.0
    scene.frame_set(10)

    name = character.name
    bpy.ops.ed.undo()
    data = bpy.data.objects[name].animation_data
    assert not (data and data.action), "one undo takes the motion away"
    assert len(bpy.data.objects) == len(before["objects"]), "and nothing else"
    bpy.ops.ed.redo()
    assert bpy.data.objects[name].animation_data.action.name == "a person walks"


def check_again_on_the_active_armature():
    character = next(item for item in bpy.data.objects if item.type == "ARMATURE")
    bpy.context.view_layer.objects.active = character
    first = character.animation_data.action
    bpy.ops.anyframe.generate(prompt="a person waves", seconds=1.0)
    assert character.animation_data.action is not first
    assert bpy.data.actions.get("a person walks"), "the first motion is kept"
    assert addon.curves_of(character), "the slot is bound"
    timings = addon.module("link.session").queue.last.status.timings
    assert timings["start"] == 0.0, "the backend stayed warm"


def check_the_same_motion_at_another_rate():
    """From the latent that the action carries, and on the frames that it was on."""
    scene = bpy.context.scene
    bpy.ops.anyframe.generate(prompt="a person turns", seconds=2.0)
    scene.frame_set(33)
    assert bpy.ops.anyframe.decode(fps=120.0) == {"FINISHED"}
    character = bpy.context.view_layer.objects.active
    keys = addon.curves_of(character)[0].keyframe_points
    rate = scene.render.fps / scene.render.fps_base
    ends = [c.keyframe_points[-1].co[0] for c in addon.curves_of(character)]
    assert abs(keys[0].co[0] - 10.0) < 1e-3, keys[0].co[0]
    assert abs(max(ends) - (10.0 + 239 * rate / 120)) < 1e-2, max(ends)
    assert scene.frame_current == 33
    other = character.copy()
    other.name = "Other"
    scene.collection.objects.link(other)
    other.animation_data_clear()
    assert bpy.ops.anyframe.decode(source=character.name, armature="Other") == {"FINISHED"}
    assert abs(addon.curves_of(other)[0].keyframe_points[0].co[0] - 10.0) < 1e-3
    ends = [c.keyframe_points[-1].co[0] for c in addon.curves_of(other)]
    assert abs(max(ends) - (10.0 + 47)) < 1e-2, max(ends)
    bpy.data.objects.remove(other)
    scene.frame_set(10)


def span(armature):
    """First and last frame of what an armature plays."""
    keys = [c.keyframe_points for c in addon.curves_of(armature)]
    return min(k[0].co[0] for k in keys), max(k[-1].co[0] for k in keys)


def sent(armature):
    """The request that the backend was sent for what an armature plays."""
    return json.loads(armature.animation_data.action["anyframe"])["asked"]


def pressed(operator):
    """What an operator takes from the panel; without a window, Blender does not ask it to."""
    cls = getattr(bpy.types, f"ANYFRAME_OT_{operator}")
    properties = SimpleNamespace(execute=lambda context: {"FINISHED"})
    assert cls.invoke(properties, bpy.context, None) == {"FINISHED"}
    mixins = addon.module("operators.common.mixins")
    taken = {name: value for name, value in vars(properties).items() if name != "execute"}
    options = (mixins.ApplyOptionsMixin, mixins.ReviewMixin)
    shared = [name for cls in options for name in cls.__annotations__]
    for name in shared:
        assert taken.pop(name) == getattr(bpy.context.scene.anyframe, name), name
    return taken


def check_speed_and_parts():
    scene = bpy.context.scene
    character = bpy.context.view_layer.objects.active
    bpy.ops.anyframe.generate(prompt="a person turns", seconds=4.0)
    whole = character.animation_data.action
    assert bpy.ops.anyframe.decode(speed=2.0, start=1.0, end=3.0, feet="FREE") == {"FINISHED"}
    request = sent(character)
    assert {k: request[k] for k in ("speed", "start", "end", "lock_feet")} == {
        "speed": 2.0, "start": 1.0, "end": 3.0, "lock_feet": False,
    }  # fmt: skip
    first, last = span(character)
    assert abs(first - 10.0) < 1e-3
    assert abs(last - (10.0 + 23)) < 1e-2, last  # a second of 24 frames, at 23.976
    # From there on again: the part is no loss.
    assert bpy.ops.anyframe.decode() == {"FINISHED"}
    assert not {"speed", "start", "end", "lock_feet"} & set(sent(character))
    assert abs(span(character)[1] - (10.0 + 95)) < 1e-2, span(character)
    assert whole.name in bpy.data.actions

    settings = scene.anyframe
    settings.speed, settings.part_start, settings.part_end = 0.5, 1.0, 3.0
    settings.feet_again = "HOLD"
    assert pressed("decode") == {"speed": 0.5, "start": 1.0, "end": 3.0, "feet": "HOLD"}
    for name in ("speed", "part_start", "part_end", "feet_again"):
        settings.property_unset(name)


def check_keying():
    """Each operator that writes keys writes fewer if it is asked to."""
    character = bpy.context.view_layer.objects.active
    path = str(Path(FOLDER, "walk.npz"))
    bpy.ops.anyframe.generate(prompt="a person walks", seconds=4.0, seed=7)
    bpy.ops.anyframe.export_take(filepath=path)
    other = character.animation_data.action.name
    variants = {
        "generate": {"prompt": "a person walks", "seconds": 4.0, "seed": 7},
        "decode": {},
        "interpolate": {"second": other},
        "import_take": {"filepath": path},
    }
    for name, properties in variants.items():
        counts = []
        for keying in ("EVERY_FRAME", "EVERY_NTH", "SPARSE"):
            bpy.ops.anyframe.generate(prompt="a person walks", seconds=4.0, seed=7)
            operator = getattr(bpy.ops.anyframe, name)
            assert operator(keying=keying, key_step=8, **properties) == {"FINISHED"}
            counts.append(sum(len(c.keyframe_points) for c in addon.curves_of(character)))
        assert counts[1] < counts[0] / 6, (name, counts)
        assert counts[2] < counts[0] / 2, (name, counts)
    settings = bpy.context.scene.anyframe
    settings.keying, settings.key_step, settings.key_distance = "SPARSE", 3, 0.01
    pressed("generate")
    for name in ("keying", "key_step", "key_distance"):
        settings.property_unset(name)


def check_between_two():
    character = bpy.context.view_layer.objects.active
    bpy.ops.anyframe.generate(prompt="a person waves", seconds=2.0)
    other = character.animation_data.action
    bpy.context.scene.frame_set(33)
    bpy.ops.anyframe.generate(prompt="a person bows", seconds=4.0)
    mine = character.animation_data.action
    bpy.context.scene.frame_set(10)
    bpy.ops.ed.undo_push(message="before")
    names = mine.name, other.name, character.name
    assert bpy.ops.anyframe.interpolate(second=other.name, share=0.75) == {"FINISHED"}
    made = character.animation_data.action
    assert made not in {mine, other}
    assert made.name == "a person bows / a person waves", made.name
    assert sent(character)["share"] == 0.75
    first, last = span(character)
    assert abs(first - 33.0) < 1e-3, "where the armature's own motion began"
    assert abs(last - (33.0 + 59)) < 1e-2, last  # 2.5 s
    assert {mine.name, other.name} < set(bpy.data.actions.keys()), "both are kept"

    bpy.ops.ed.undo()
    character = bpy.data.objects[names[2]]
    assert character.animation_data.action.name == names[0], "one undo takes it back"
    bpy.ops.ed.redo()
    character = bpy.data.objects[names[2]]
    assert character.animation_data.action.name.startswith("a person bows / ")

    # Of two that are named, with the armature playing a third.
    assert bpy.ops.anyframe.interpolate(first=names[1], second=names[0], share=0.0) == {"FINISHED"}
    between = character.animation_data.action
    assert json.loads(between["anyframe"])["between"] == ["a person waves", "a person bows"]
    settings = bpy.context.scene.anyframe
    settings.blend_with, settings.share = names[1], 0.25
    assert pressed("interpolate") == {"second": names[1], "share": 0.25, "feet": "AS_MADE"}
    settings = addon.module("scene.settings")
    found = settings.search_generated_actions(None, bpy.context, "WAVES")
    assert names[1] in found and names[0] not in found, found


def check_message_of_motion_has_quality():
    character = bpy.context.view_layer.objects.active
    queue = addon.module("link.session").queue
    bpy.ops.anyframe.generate(prompt="a person waves", seconds=1.0)
    assert "Match with its words: 0.75." in queue.last.message
    assert "nearest to “walk_7”" in queue.last.message
    assert character.animation_data.action["anyframe_score"] == 0.75
    assert "lock_feet" not in sent(character)
    bpy.ops.anyframe.generate(prompt="tomatoes", seconds=1.0, lock_feet=False, candidates=3)
    assert "may not show all of the prompt" in queue.last.message
    assert "Match" not in queue.last.message
    assert character.animation_data.action["anyframe_note"].startswith("The motion may not")
    assert (sent(character)["lock_feet"], sent(character)["candidates"]) == (False, 3)
    settings = bpy.context.scene.anyframe
    settings.prompt, settings.seconds, settings.lock_feet = "from the panel", 1.0, False
    panel = pressed("generate")
    assert (panel["prompt"], panel["seconds"]) == ("from the panel", 1.0)
    assert panel["lock_feet"] is False
    settings.lock_feet = True


def check_mode_and_selection():
    character = next(item for item in bpy.data.objects if item.type == "ARMATURE")
    bpy.context.view_layer.objects.active = character
    bpy.ops.object.mode_set(mode="POSE")
    before = addon.state()
    bpy.ops.anyframe.generate(prompt="a person jumps", seconds=1.0)
    after = addon.state()
    for same in ("selected", "active", "mode", "time", "frame"):
        assert after[same] == before[same], same
    bpy.ops.object.mode_set(mode="OBJECT")


def check_files():
    character = next(item for item in bpy.data.objects if item.type == "ARMATURE")
    for ending in ("npz", "bvh"):
        path = Path(FOLDER, f"Überraschung 1.{ending}")
        before = addon.state()
        assert bpy.ops.anyframe.export_take(filepath=str(path)) == {"FINISHED"}
        assert addon.state() == before
        assert path.stat().st_size > 1000
        assert not list(Path(FOLDER).glob(".*")), "no half-written file is left"
        assert bpy.ops.anyframe.import_take(filepath=str(path)) == {"FINISHED"}
        assert character.animation_data.action.name.startswith(path.stem)
        last = max(c.keyframe_points[-1].co[0] for c in addon.curves_of(character))
        assert abs(last - (10.0 + 77 - 5)) < 0.05, last


def check_interrupt():
    before = addon.state()
    # A shell that starts the tests in the background has SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # A job with "slow" in its prompt would end as finished, had it not been stopped before.
    threading.Timer(0.7, _thread.interrupt_main).start()
    assert bpy.ops.anyframe.generate(prompt="slow", seconds=1.0) == {"CANCELLED"}
    assert addon.state() == before


def check_found_again():
    target = addon.module("scene.target")
    errors = addon.module("link.errors")
    character = next(item for item in bpy.data.objects if item.type == "ARMATURE")
    stored = target.MotionTarget.from_armature(character, bpy.context.scene)
    character.name = "Renamed"
    bpy.context.scene.name = "Another"
    assert stored.resolve() == (character, bpy.context.scene)
    copy = character.copy()
    bpy.data.objects.remove(character)
    copy.name = stored.armature
    try:
        stored.resolve()
    except errors.JobError as error:
        assert "was deleted or renamed" in str(error)
    else:
        raise AssertionError("another armature of the same name was taken for it")
    bpy.data.objects.remove(copy)


def check_stops():
    process = addon.child()
    assert process.alive
    bpy.ops.preferences.addon_disable(module=addon.NAME)
    assert not process.alive
    assert not hasattr(bpy.types, "ANYFRAME_OT_generate")
    bpy.ops.preferences.addon_enable(module=addon.NAME)
    addon.use_python(PYTHON)
    bpy.ops.anyframe.add_character()
    bpy.ops.anyframe.generate(prompt="walk", seconds=1.0)
    process = addon.child()
    assert process.alive
    bpy.ops.wm.read_factory_settings()
    assert not process.alive, "settings without the add-on end the backend"
    addon.install(ZIP)
    addon.use_python(PYTHON)


def check_end_of_blender():
    """Leaves a backend running, for the test to see that it ends with this process."""
    bpy.ops.anyframe.add_character()
    bpy.ops.anyframe.generate(prompt="walk", seconds=1.0)
    Path(FOLDER, "pid").write_text(str(addon.child()._process.pid))


def check_new_file_keeps_the_backend():
    child = addon.child()
    assert child.alive
    # Without a start-up file of the user's own, File > New reads the factory's.
    bpy.ops.wm.read_homefile()
    assert addon.child() is child and child.alive
    bpy.ops.anyframe.add_character()
    assert bpy.ops.anyframe.generate(prompt="a person walks", seconds=1.0) == {"FINISHED"}
    timings = addon.module("link.session").queue.last.status.timings
    assert timings["start"] == 0.0, "the backend was kept"


addon.install(ZIP)
addon.use_python(PYTHON)
addon.empty_scene()
check_generate()
check_again_on_the_active_armature()
check_the_same_motion_at_another_rate()
check_speed_and_parts()
check_keying()
check_between_two()
check_message_of_motion_has_quality()
check_mode_and_selection()
check_files()
check_interrupt()
check_found_again()
check_new_file_keeps_the_backend()
check_stops()
check_end_of_blender()
addon.finish()
