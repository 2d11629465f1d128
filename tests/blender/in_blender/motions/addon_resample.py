"""*Resample Take* through the installed extension: keys stay, what is between them is filled in.

Arguments: the zip, the backend's Python, which goes straight between poses but for a rise of 5 cm
(`fake_backend.RISE`).
"""

import math
import sys

import addon
import bpy
import numpy as np
from resample_scene import (
    KEYS,
    RATE,
    SLOTS,
    bone,
    character,
    fresh,
    keys_of,
    of_body,
    ops,
    place,
    posed,
    turn,
    values_unchanged,
)

ZIP, PYTHON = sys.argv[1:]


def hips():
    """(T, 3) where the pelvis is on each frame from the first key to the last."""
    scene, armature = bpy.context.scene, character()
    found = []
    for frame in range(KEYS[0], KEYS[-1] + 1):
        scene.frame_set(frame)
        graph = bpy.context.evaluated_depsgraph_get()
        found.append(armature.evaluated_get(graph).pose.bones["pelvis"].head.copy())
    scene.frame_set(10)
    return np.array(found)


def spine():
    """(K, 4) values of the curves of a bone that has few keys, on the keys of all."""
    path = bone("spine2", "rotation_quaternion")
    curves = [curve for curve in addon.curves_of(character()) if curve.data_path == path]
    return np.array([[curve.evaluate(frame) for curve in curves] for frame in KEYS])


def check_the_keys_stay_and_the_rest_is_filled_in():
    before = posed()
    shown, bent = hips(), spine()
    assert ops.resample() == {"FINISHED"}
    after = addon.keys_of(character())
    values_unchanged(before, after, of_body)
    action = character().animation_data.action
    assert action.name == "Mine (23.976 fps)", action.name
    assert bpy.data.actions["Mine"].use_fake_user and set(after) >= set(before)
    assert set(after) == set(before)
    for path in (bone("pelvis", "location"), bone("left_shoulder", "rotation_euler")):
        assert np.allclose(keys_of(path)[:, 0], np.arange(10, 30)), keys_of(path)
    # Bones with fewer keys are where they were on the keys of others, also where these are dense.
    assert np.abs(spine() - bent).max() < 1e-6
    # Between the keys it rises, as the backend says, and in them it is where it was.
    now = hips()
    at = np.array(KEYS) - KEYS[0]
    assert np.abs(now[at] - shown[at]).max() < 1e-6
    straight = np.interp(np.arange(20), at, shown[at, 2])
    rise = now[:, 2] - straight
    assert np.abs(rise[7] - 0.05 * math.sin(math.pi * 3 / 6)) < 2e-3, rise
    for curve in addon.curves_of(character()):
        if curve.data_path == bone("pelvis", "location"):
            kinds = {key.co[0]: key.type for key in curve.keyframe_points}
            assert {frame for frame, kind in kinds.items() if kind == "KEYFRAME"} == set(KEYS)
            assert set(kinds.values()) == {"KEYFRAME", "GENERATED"}
    message = report()
    ops.resample(fps=60.0)
    assert character().animation_data.action.name == "Mine (60 fps)"
    assert "has 14 new frames at 23.976 fps; “Mine” stays." in message, message
    assert "A plain spline on frames 22–29." in message, message


def report():
    return addon.module("link.session").queue.last.message


def check_curves_are_smooth():
    posed()
    ops.resample(fps=240 / 1.001)
    for curve in addon.curves_of(character()):
        if not of_body(curve.data_path):
            continue
        frames = np.arange(10.0, 29.0, 0.05)
        values = np.array([curve.evaluate(frame) for frame in frames])
        assert np.abs(np.diff(values)).max() < 0.1, (curve.data_path, curve.array_index)


def check_slow_motion():
    before = posed()
    assert ops.resample(slow=0.25) == {"FINISHED"}
    after = addon.keys_of(character())
    values_unchanged(before, after, of_body, slow=0.25)
    frames = keys_of(bone("pelvis", "location"))[:, 0]
    assert np.allclose(frames, np.arange(10, 10 + 4 * 19 + 1)), frames
    prop = keys_of('["prop"]')
    assert np.allclose(prop, [(18.0, 0.0), (78.0, 3.0)]), prop
    assert (bpy.context.scene.frame_start, bpy.context.scene.frame_end) == (5, 77)


def check_undo():
    before = posed()
    bpy.ops.ed.undo_push(message="posed")
    ops.resample()
    assert len(bpy.data.actions) == 2
    bpy.ops.ed.undo()
    assert [action.name for action in bpy.data.actions] == ["Mine"]
    assert not bpy.data.actions["Mine"].use_fake_user
    assert addon.keys_of(character()) == before
    bpy.ops.ed.redo()
    values_unchanged(before, addon.keys_of(character()), of_body)


def check_slots():
    if not SLOTS:
        return
    posed()
    action = character().animation_data.action
    lamp = bpy.data.objects.new("Lamp", None)
    bpy.context.scene.collection.objects.link(lamp)
    lamp.animation_data_create().action = action
    lamp.animation_data.action_slot = action.slots.new("OBJECT", "Lamp")
    lamp.keyframe_insert("location", frame=3)
    lamp_keys = addon.keys_of(lamp)
    ops.resample(slow=0.5)
    data = character().animation_data
    assert data.action != action and data.action_slot is not None
    assert [slot.name_display for slot in data.action.slots] == [data.action_slot.name_display]
    assert lamp.animation_data.action == action and addon.keys_of(lamp) == lamp_keys
    assert "Other slots of the old Action" in report()


def check_sub_frames_and_other_rates():
    posed()
    turn("right_knee", 16.5, 0.7, 0.0, 0.0)
    before = addon.keys_of(character())
    ops.resample(fps=60.0)
    after = addon.keys_of(character())
    values_unchanged(before, after, of_body)
    frames = keys_of(bone("pelvis", "location"))[:, 0]
    grid, keys = 10 + np.arange(0, 19 * 60 / RATE) * RATE / 60, np.array([*KEYS, 16.5])
    # At 10 frames from the first key, 13.996 is the key on 14.
    expected = np.union1d(grid[np.abs(grid[:, None] - keys).min(axis=1) > 0.01], keys)
    assert len(expected) < len(np.union1d(grid, keys))
    assert np.allclose(frames, expected, atol=2e-3), (frames, expected)


def check_stepped_keys():
    posed()
    knee = bone("right_knee", "rotation_quaternion")
    for curve in addon.curves_of(character()):
        if curve.data_path == knee:
            curve.keyframe_points[1].interpolation = "CONSTANT"
    ops.resample()
    assert not [f for f in keys_of(knee, 1)[:, 0] if 14 < f < 20]
    assert len(keys_of(knee, 1)) == 20 - 5
    scene = bpy.context.scene
    scene.frame_set(19)
    assert (
        abs(character().pose.bones["right_knee"].rotation_quaternion[1] - keys_of(knee, 1)[4, 1])
        < 1e-6
    )
    assert len(keys_of(bone("pelvis", "location"))) == 20
    assert "1 hold found: they stay; choose Smooth to move through them." in report(), report()
    character().animation_data.action = bpy.data.actions["Mine"]
    if SLOTS:
        character().animation_data.action_slot = bpy.data.actions["Mine"].slots[0]
    ops.resample(holds="SMOOTH")
    assert len(keys_of(knee, 1)) == 20, keys_of(knee, 1)
    kinds = {key[6] for key in addon.keys_of(character())[knee, 1]}
    assert kinds == {"BEZIER"}, kinds
    assert "1 hold found: the short ones are smoothed" in report()


def on_twos():
    for n, frame in enumerate(range(10, 30)):
        step = n // 2
        place("pelvis", frame, 0.05 * step, 0.0, 0.0)
        turn("left_shoulder", frame, 0.1 * step, 0.0, 0.0)


def check_animation_on_twos():
    on_twos()
    addon.refused(ops.resample, "already has a key on each frame of 23.98 fps")
    ops.resample(holds="SMOOTH")
    path = bone("pelvis", "location")
    assert np.allclose(keys_of(path)[:, 0], np.arange(10, 30))
    steps = np.diff(keys_of(path)[:-1, 1])
    assert np.abs(steps - 0.025).max() < 1e-3, steps
    assert "10 holds found: the short ones are smoothed" in report(), report()
    fresh()
    on_twos()
    ops.resample(fps=1.5 * RATE, holds="SMOOTH")
    frames = keys_of(path)[:, 0]
    assert not [frame for frame in frames if frame % 2 == 1 and frame < 29], frames
    check_resample_twos_with_keep_holds()


def check_resample_twos_with_keep_holds():
    fresh()
    on_twos()
    ops.resample(fps=2 * RATE)
    keys = keys_of(bone("pelvis", "location"))
    assert len(keys) == 39
    held = keys[(keys[:, 0] % 1 == 0.5) & (keys[:, 0] % 2 < 1), 1]
    assert np.allclose(held, 0.05 * np.arange(10), atol=1e-6), held
    assert "10 holds found: they stay; choose Smooth" in report(), report()


def check_exact():
    posed()
    for frame in np.arange(10.0, 29.01, 0.25):
        turn("right_knee", float(frame), frame / 20, 0.0, 0.0)
    knee = bone("right_knee", "rotation_quaternion")
    curve = next(c for c in addon.curves_of(character()) if c.data_path == knee)
    expected = [curve.evaluate(frame) for frame in range(10, 30, 2)]
    sentence = addon.refused(lambda: ops.resample(fps=RATE / 2), "turn on Exact")
    assert "at least the 95.9 keys per second of “Mine” (got 11.99 fps)" in sentence, sentence
    before = addon.keys_of(character())
    assert ops.resample(fps=RATE / 2, exact=True) == {"FINISHED"}
    keys = keys_of(knee)
    assert np.allclose(keys[:-1, 0], np.arange(10, 29, 2)) and abs(keys[-1, 0] - 29.0) < 1e-5, keys
    assert np.abs(keys[:-1, 1] - expected).max() < 1e-7
    after = addon.keys_of(character())
    for key, lamp_keys in before.items():
        if not of_body(key[0]):
            assert after[key] == lamp_keys
    assert addon.child() is None or addon.child().alive


def check_turns_by_the_whole():
    for frame, angle in ((10, 0.0), (20, 4 * math.pi), (30, 4 * math.pi + 0.5)):
        turn("left_shoulder", frame, angle, 0.0, 0.0, mode="XYZ")
        place("pelvis", frame, 0.0, 0.0, 0.1 * frame)
    path = bone("left_shoulder", "rotation_euler")

    def turning():
        curve = next(c for c in addon.curves_of(character()) if c.data_path == path)
        return [curve.evaluate(frame) for frame in np.arange(10.0, 20.0, 0.5)]

    before = turning()
    ops.resample()
    frames = keys_of(path)[:, 0]
    assert np.allclose(frames, [10, *range(20, 31)]), frames
    assert np.abs(np.array(turning()) - before).max() < 1e-5, turning()


def check_unfiltered_captures():
    """Quaternions that change sides from key to key."""
    path = bone("left_shoulder", "rotation_quaternion")
    for n in range(6):
        turn("left_shoulder", 10 + 2 * n, 0.2 * n, 0.0, 0.0)
        place("pelvis", 10 + 2 * n, 0.0, 0.0, 0.1 * n)
    for curve in addon.curves_of(character()):
        if curve.data_path == path:
            for key in list(curve.keyframe_points)[1::2]:
                key.co[1] *= -1
            curve.update()
    before = addon.keys_of(character())
    ops.resample(fps=4 * RATE)
    values_unchanged(before, addon.keys_of(character()), of_body)
    curves = [c for c in addon.curves_of(character()) if c.data_path == path]
    for frame in np.arange(10.0, 20.0, 0.1):
        values = np.array([c.evaluate(frame) for c in curves])
        assert abs(np.linalg.norm(values) - 1) < 1e-3, (frame, values)
        # Steadily, as the backend goes, but for a last step before a key on the other side.
        since = (frame - 10) % 2
        if since < 1.5:
            angle = 2 * math.atan2(abs(values[1]), abs(values[0]))
            assert abs(angle - 0.1 * (frame - 10)) < 2e-3, (frame, angle)


def check_bones_between_move_by_themselves():
    """A root above the body carries it, and keeps its own curve."""
    armature = character()
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    bones = armature.data.edit_bones
    root = bones.new("root")
    root.head, root.tail = (0.0, 0.0, 0.0), (0.0, 0.3, 0.1)
    bones["pelvis"].parent = root
    bpy.ops.object.mode_set(mode="OBJECT")
    for n, frame in enumerate((10, 18, 26)):
        place("root", frame, 0.0, 2.0 * n * n, 0.3 * n)
        turn("root", frame, 0.3 * n, 0.5 * n, 0.2)
        place("pelvis", frame, 0.0, 0.0, 0.02 * n)
        turn("left_shoulder", frame, 0.2 * n, 0.0, 0.0)
    armature.animation_data.action.name = "Mine"
    before = addon.keys_of(armature)
    ops.resample()
    after = addon.keys_of(character())
    values_unchanged(before, after, lambda path: '"root"' not in path)
    # The backend goes straight but for its rise, and so the hips do, whatever the root's curve.
    scene, shown = bpy.context.scene, []
    for frame in range(10, 19):
        scene.frame_set(frame)
        graph = bpy.context.evaluated_depsgraph_get()
        evaluated = armature.evaluated_get(graph).pose.bones
        middle = (evaluated["left_hip"].head + evaluated["right_hip"].head) / 2
        shown.append(middle.copy())
    shown = np.array(shown)
    travel = shown[-1, :2] - shown[0, :2]
    along = (shown[:, :2] - shown[0, :2]) @ travel / (travel @ travel)
    assert np.abs(along - np.arange(9) / 8).max() < 0.01, along


addon.install(ZIP)
addon.use_python(PYTHON)
for name, check in list(globals().items()):
    if name.startswith("check_"):
        fresh()
        check()
        print(name)
addon.finish()
