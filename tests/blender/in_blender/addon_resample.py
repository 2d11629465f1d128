"""*Resample Take* through the installed extension: keys stay, what is between them is filled in.

Arguments: the zip, the backend's Python, which goes straight between poses but for a rise of 5 cm
(`fake_backend.RISE`).
"""

import math
import sys
from types import SimpleNamespace

import addon
import bpy
import numpy as np
from mathutils import Vector

ZIP, PYTHON = sys.argv[1:]
ops = bpy.ops.anyframe
RATE = 24 / 1.001
KEYS = (10, 14, 20, 21, 22, 29)
SLOTS = bpy.app.version >= (4, 4, 0)


def character():
    return next(item for item in bpy.data.objects if item.type == "ARMATURE")


def turn(name, frame, *angles, mode="QUATERNION"):
    """Key a bone's rotation, from Euler angles."""
    bone = character().pose.bones[name]
    bone.rotation_mode = "XYZ"
    bone.rotation_euler = angles
    bone.keyframe_insert("rotation_euler", frame=frame)
    if mode == "QUATERNION":
        quaternion = bone.rotation_euler.to_quaternion()
        bone.keyframe_delete("rotation_euler", frame=frame)
        bone.rotation_mode = mode
        bone.rotation_quaternion = quaternion
        bone.keyframe_insert("rotation_quaternion", frame=frame)


def place(name, frame, *where):
    bone = character().pose.bones[name]
    bone.location = where
    bone.keyframe_insert("location", frame=frame)


def posed():
    """A motion in a few keys, and much beside it that is none of the body's."""
    armature = character()
    for n, frame in enumerate(KEYS):
        place("pelvis", frame, 0.1 * n, 0.02 * math.sin(n), 0.3 * n)
        turn("pelvis", frame, 0.1 * n, 0.4 * n, 0.0)
        turn("left_shoulder", frame, 0.2, math.sin(n), 0.3 * n, mode="XYZ")
        turn("right_knee", frame, 0.3 * n, 0.0, 0.0)
    turn("spine2", KEYS[0], 0.0, 0.1, 0.0)
    turn("spine2", KEYS[1], 0.4, -0.1, 0.0)
    turn("spine2", KEYS[-1], -0.4, 0.1, 0.2)
    turn("left_hand", 11, 0.3, 0.2, 0.1)
    turn("left_hand", 23, 0.0, 0.9, 0.1)
    armature["prop"] = 0.0
    armature.keyframe_insert('["prop"]', frame=12)
    armature["prop"] = 3.0
    armature.keyframe_insert('["prop"]', frame=27)
    armature.keyframe_insert("location", frame=12)
    armature.animation_data.action.name = "Mine"
    return addon.keys_of(armature)


def keys_of(path, index=0):
    """(K, 2) frames and values of one curve that plays."""
    return np.array([key[:2] for key in addon.keys_of(character())[path, index]])


def bone(name, path):
    return f'pose.bones["{name}"].{path}'


def fresh():
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.ed.undo_push(message="empty")
    addon.empty_scene()
    ops.add_character()


def values_kept(before, after, mapped, slow=1.0, about=10.0):
    """All keys of the old curves are in the new ones, to the last bit."""
    for (path, index), keys in before.items():
        now = {np.float32(key[0]): key for key in after[path, index]}
        for key in keys:
            frame = np.float32(about + (key[0] - about) / slow)
            near = min(now, key=lambda other: abs(other - frame))
            assert abs(near - frame) < 1e-3, (path, key, sorted(now))
            assert now[near][1] == key[1], (path, index, key[1], now[near][1])
        if not mapped(path):
            assert len(after[path, index]) == len(keys), path
            if slow == 1.0:
                assert after[path, index] == keys, path


def of_body(path):
    names = ("pelvis", "left_shoulder", "right_knee", "spine2")
    return any(f'"{name}"' in path for name in names)


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
    values_kept(before, after, of_body)
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
    message = said()
    ops.resample(fps=60.0)
    assert character().animation_data.action.name == "Mine (60 fps)"
    assert "has 14 new frames at 23.976 fps; “Mine” is kept." in message, message
    assert "A plain spline on frames 22–29." in message, message


def said():
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
    values_kept(before, after, of_body, slow=0.25)
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
    values_kept(before, addon.keys_of(character()), of_body)


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
    kept = addon.keys_of(lamp)
    ops.resample(slow=0.5)
    data = character().animation_data
    assert data.action != action and data.action_slot is not None
    assert [slot.name_display for slot in data.action.slots] == [data.action_slot.name_display]
    assert lamp.animation_data.action == action and addon.keys_of(lamp) == kept
    assert "slots of its own" in said()


def check_sub_frames_and_other_rates():
    posed()
    turn("right_knee", 16.5, 0.7, 0.0, 0.0)
    before = addon.keys_of(character())
    ops.resample(fps=60.0)
    after = addon.keys_of(character())
    values_kept(before, after, of_body)
    frames = keys_of(bone("pelvis", "location"))[:, 0]
    grid, keys = 10 + np.arange(0, 19 * 60 / RATE) * RATE / 60, np.array([*KEYS, 16.5])
    # At 10 frames from the first key, 13.996 is the key on 14.
    wanted = np.union1d(grid[np.abs(grid[:, None] - keys).min(axis=1) > 0.01], keys)
    assert len(wanted) < len(np.union1d(grid, keys))
    assert np.allclose(frames, wanted, atol=2e-3), (frames, wanted)


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
    assert "1 hold found: kept; choose Smooth to move through them." in said(), said()
    character().animation_data.action = bpy.data.actions["Mine"]
    if SLOTS:
        character().animation_data.action_slot = bpy.data.actions["Mine"].slots[0]
    ops.resample(holds="SMOOTH")
    assert len(keys_of(knee, 1)) == 20, keys_of(knee, 1)
    kinds = {key[6] for key in addon.keys_of(character())[knee, 1]}
    assert kinds == {"BEZIER"}, kinds
    assert "1 hold found: moved through" in said()


def on_twos():
    for n, frame in enumerate(range(10, 30)):
        step = n // 2
        place("pelvis", frame, 0.05 * step, 0.0, 0.0)
        turn("left_shoulder", frame, 0.1 * step, 0.0, 0.0)


def check_animation_on_twos():
    on_twos()
    addon.refused(ops.resample, "has a key on each frame of 23.98 fps already")
    ops.resample(holds="SMOOTH")
    path = bone("pelvis", "location")
    assert np.allclose(keys_of(path)[:, 0], np.arange(10, 30))
    steps = np.diff(keys_of(path)[:-1, 1])
    assert np.abs(steps - 0.025).max() < 1e-3, steps
    assert "10 holds found: moved through" in said(), said()
    fresh()
    on_twos()
    ops.resample(fps=1.5 * RATE, holds="SMOOTH")
    frames = keys_of(path)[:, 0]
    assert not [frame for frame in frames if frame % 2 == 1 and frame < 29], frames
    check_kept_twos()


def check_kept_twos():
    fresh()
    on_twos()
    ops.resample(fps=2 * RATE)
    keys = keys_of(bone("pelvis", "location"))
    assert len(keys) == 39
    held = keys[(keys[:, 0] % 1 == 0.5) & (keys[:, 0] % 2 < 1), 1]
    assert np.allclose(held, 0.05 * np.arange(10), atol=1e-6), held
    assert "10 holds found: kept; choose Smooth" in said(), said()


def check_exact():
    posed()
    for frame in np.arange(10.0, 29.01, 0.25):
        turn("right_knee", float(frame), frame / 20, 0.0, 0.0)
    knee = bone("right_knee", "rotation_quaternion")
    curve = next(c for c in addon.curves_of(character()) if c.data_path == knee)
    wanted = [curve.evaluate(frame) for frame in range(10, 30, 2)]
    sentence = addon.refused(lambda: ops.resample(fps=RATE / 2), "turn on Exact", "would be fewer")
    assert "“Mine” has 95.9 keys a second, and 11.99 fps" in sentence, sentence
    before = addon.keys_of(character())
    assert ops.resample(fps=RATE / 2, exact=True) == {"FINISHED"}
    keys = keys_of(knee)
    assert np.allclose(keys[:-1, 0], np.arange(10, 29, 2)) and abs(keys[-1, 0] - 29.0) < 1e-5, keys
    assert np.abs(keys[:-1, 1] - wanted).max() < 1e-7
    after = addon.keys_of(character())
    for key, kept in before.items():
        if not of_body(key[0]):
            assert after[key] == kept
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
    values_kept(before, addon.keys_of(character()), of_body)
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
    values_kept(before, after, lambda path: '"root"' not in path)
    # The backend goes straight but for its rise, and so the hips do, whatever the root's curve.
    scene, shown = bpy.context.scene, []
    for frame in range(10, 19):
        scene.frame_set(frame)
        graph = bpy.context.evaluated_depsgraph_get()
        evaluated = armature.evaluated_get(graph).pose.bones
        middle = (evaluated["left_hip"].head + evaluated["right_hip"].head) / 2
        shown.append(middle.copy())
    shown = np.array(shown)
    way = shown[-1, :2] - shown[0, :2]
    along = (shown[:, :2] - shown[0, :2]) @ way / (way @ way)
    assert np.abs(along - np.arange(9) / 8).max() < 0.01, along


def pelvis_of(strip):
    """The curve of a strip's action that moves the hips aside."""
    if SLOTS:
        assert strip.action_slot is not None
        curves = strip.action.layers[0].strips[0].channelbag(strip.action_slot).fcurves
    else:
        curves = strip.action.fcurves
    return next(c for c in curves if c.data_path == bone("pelvis", "location"))


def strip_of(action, slot, start):
    strip = character().animation_data.nla_tracks.new().strips.new("Strip", start, action)
    if SLOTS:
        strip.action_slot = slot
    strip.select = True
    return strip


def check_several_strips_are_all_written_or_none():
    posed()
    data = character().animation_data
    first, slot = data.action, data.action_slot if SLOTS else None
    data.action = None
    for frame in range(10, 30):
        place("pelvis", frame, 0.1 * frame, 0.0, 0.0)
    dense, dense_slot = data.action, data.action_slot if SLOTS else None
    data.action = None
    strips = [strip_of(first, slot, 10), strip_of(dense, dense_slot, 60)]
    bpy.context.scene.frame_set(10)
    addon.refused(lambda: ops.resample(holds="SMOOTH"), "nothing in it is held for short")
    assert [strip.action for strip in strips] == [first, dense]
    ops.resample(fps=2 * RATE)
    assert [len(pelvis_of(strip).keyframe_points) for strip in strips] == [39, 39]
    assert len(bpy.data.actions) == 4


def check_strips():
    posed()
    armature = character()
    data = armature.animation_data
    action = data.action
    slot = data.action_slot if SLOTS else None
    data.action = None
    strip = data.nla_tracks.new().strips.new("Strip", 40, action)
    if SLOTS:
        strip.action_slot = slot
    strip.select = False
    bpy.context.scene.frame_set(10)
    addon.refused(ops.resample, "plays no action", "select strips in the NLA editor")
    strip.select = True
    strip.scale = 2.0
    end = strip.frame_end
    addon.refused(lambda: ops.resample(slow=0.5), "“Strip” is not retimed here", "Playback Scale")
    assert ops.resample() == {"FINISHED"}
    assert strip.action != action and strip.action.name == "Mine (23.976 fps)"
    assert (strip.frame_start, strip.frame_end, strip.scale) == (40.0, end, 2.0)
    frames = [key.co[0] for key in pelvis_of(strip).keyframe_points]
    assert np.allclose(frames, np.arange(10, 29.1, 0.5)), frames
    strip.action = action
    if SLOTS:
        strip.action_slot = slot
    strip.action_frame_end = 20.0
    bpy.context.scene.frame_set(10)
    ops.resample()
    frames = [key.co[0] for key in pelvis_of(strip).keyframe_points]
    assert np.allclose(frames, [*np.arange(10, 20.1, 0.5), 21, 22, 29]), frames
    strip.use_reverse = True
    bpy.context.scene.frame_set(10)
    addon.refused(ops.resample, "plays backwards", "Bake")
    strip.use_reverse = False
    strip.mute = True
    bpy.context.scene.frame_set(10)
    addon.refused(ops.resample, "it is muted")


def check_ik():
    """A leg by a control: the control gets the keys, and the foot goes where the motion is."""
    armature = character()
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    bones = armature.data.edit_bones
    foot = bones.new("foot_control")
    foot.head = bones["left_ankle"].head
    foot.tail = foot.head + bones["left_ankle"].vector
    bpy.ops.object.mode_set(mode="OBJECT")
    ik = armature.pose.bones["left_knee"].constraints.new("IK")
    ik.target, ik.subtarget, ik.chain_count = armature, "foot_control", 2
    for n, frame in enumerate((10, 16, 22)):
        up = armature.data.bones["foot_control"].matrix_local.to_3x3().transposed()
        place("foot_control", frame, *up @ Vector((0.0, -0.1 * n, 0.15 * n)))
        place("pelvis", frame, 0.0, 0.0, 0.02 * n)
    armature.animation_data.action.name = "Mine"
    before = addon.keys_of(armature)
    ops.resample()
    after = addon.keys_of(armature)
    values_kept(before, after, lambda _path: True)
    frames = keys_of(bone("foot_control", "location"))[:, 0]
    assert np.allclose(frames, np.arange(10, 23)), frames
    assert set(after) == set(before)
    # The backend's hips rise between keys and take the foot along: by its own curve it would not.
    shown = []
    for frame in (10, 13, 16):
        bpy.context.scene.frame_set(frame)
        graph = bpy.context.evaluated_depsgraph_get()
        posed = armature.evaluated_get(graph).pose.bones
        shown.append((posed["foot_control"].head.copy(), posed["left_ankle"].head.copy()))
    assert all((control - ankle).length < 1e-3 for control, ankle in shown), shown
    assert shown[1][0].z - (shown[0][0].z + shown[2][0].z) / 2 > 0.015, shown


def check_nothing_to_resample():
    addon.refused(ops.resample, "plays no action")
    place("pelvis", 10, 0.0, 0.0, 0.0)
    addon.refused(ops.resample, "has keys on one frame only", "at least two")
    place("pelvis", 20, 0.0, 0.0, 0.0)
    addon.refused(ops.resample, "Nothing moves in")
    place("pelvis", 30, 0.0, 0.0, 1.0)
    for curve in addon.curves_of(character()):
        for key in curve.keyframe_points:
            key.interpolation = "CONSTANT"
    bpy.context.scene.frame_set(10)
    addon.refused(ops.resample, "are stepped (Constant)", "choose Smooth")


def check_refusals():
    posed()
    addon.refused(lambda: ops.resample(armature="Nobody"), "no object called “Nobody”")
    addon.refused(lambda: ops.resample(fps=-1.0), "frame rate is -1 fps")
    addon.refused(lambda: ops.resample(fps=float("nan")), "frame rate is nan fps")
    addon.refused(lambda: ops.resample(fps=960.0, slow=0.5), "frame rate is 1920 fps")
    for slow in (0.0, -1.0, float("nan")):
        addon.refused(lambda slow=slow: ops.resample(slow=slow), f"time scale is {slow:g}")
    addon.refused(lambda: ops.resample(bound=-1.0), "The bound is -1 metres")
    addon.refused(lambda: ops.resample(fps=4.0), "turn on Exact")
    armature = character()
    curve = next(c for c in addon.curves_of(armature) if "pelvis" in c.data_path)
    noise = curve.modifiers.new("NOISE")
    addon.refused(ops.resample, "A modifier (Noise)", "Key > Bake", "“pelvis”")
    curve.modifiers.remove(noise)
    armature.driver_add(bone("right_knee", "rotation_quaternion"), 1)
    bpy.context.scene.frame_set(10)
    addon.refused(ops.resample, "A driver moves the rotation quaternion of the bone “right_knee”")
    armature.driver_remove(bone("right_knee", "rotation_quaternion"), 1)
    bpy.ops.object.mode_set(mode="EDIT")
    addon.refused(ops.resample, "Edit Mode")
    bpy.ops.object.mode_set(mode="OBJECT")
    for item in bpy.data.objects:
        item.hide_viewport = True
    addon.refused(ops.resample, "is hidden")
    for item in bpy.data.objects:
        item.hide_viewport = False
    for name in ("pelvis", "left_shoulder", "right_knee", "spine2"):
        for curve in addon.curves_of(armature):
            if f'"{name}"' in curve.data_path:
                curve.mute = True
    addon.refused(ops.resample, "“Mine” keys no bone of the body", "left_hand")
    bpy.ops.object.armature_add()
    addon.refused(ops.resample, "“Armature”")


def check_the_file_changes_meanwhile():
    posed()
    queue = addon.module("link.session").queue
    module = addon.module("operators.resample_job")
    wait = module._see_through
    module._see_through = lambda operator, chain: {"FINISHED"}
    try:
        for change, words in (
            (lambda: turn("pelvis", 12, 0.5, 0.0, 0.0), "was changed meanwhile"),
            (lambda: bpy.data.objects.remove(character()), "was deleted or renamed meanwhile"),
        ):
            assert ops.resample() == {"FINISHED"}
            (job,) = queue.jobs
            change()
            before = addon.state()
            queue.wait(job)
            assert job.state.name == "FAILED" and words in job.message, job.message
            assert addon.state() == before
    finally:
        module._see_through = wait


def check_long_captures_come_in_parts():
    armature = character()
    queue = addon.module("link.session").queue
    count = 1300
    frames = np.arange(count) / 4 + 10
    place("pelvis", 10, 0.0, 0.0, 0.0)
    turn("left_shoulder", 10, 0.0, 0.0, 0.0)
    for curve in addon.curves_of(armature):
        keys = curve.keyframe_points
        keys.add(count - 1)
        values = 0.2 * np.sin(frames / 9 + curve.array_index) + (curve.array_index == 0)
        keys.foreach_set("co", np.stack([frames, values], axis=1).astype(np.float32).ravel())
        curve.update()
    before = addon.keys_of(armature)
    module = addon.module("operators.resample_job")
    wait = module._see_through
    module._see_through = lambda operator, chain: {"FINISHED"}
    try:
        assert ops.resample(fps=8 * RATE) == {"FINISHED"}
        parts = []
        while queue.jobs:
            (job,) = queue.jobs
            parts.append((job.part, job.parts))
            assert job.part / 3 <= job.progress < (job.part + 1) / 3
            queue.wait(job)
            assert abs(job.progress - (job.part + 1) / 3) < 1e-6
        assert parts == [(0, 3), (1, 3), (2, 3)], parts
        assert job.state.name == "DONE", job.message
        values_kept(before, addon.keys_of(character()), of_body)
        assert len(keys_of(bone("pelvis", "location"))) == 2 * count - 1
        parts_fit(11.3 * RATE)
        now = set(bpy.data.actions)
        assert ops.resample(fps=20 * RATE) == {"FINISHED"}
        queue.wait(queue.current)
        assert queue.last.message.endswith("are filled in."), queue.last.message
        ops.cancel()
        assert not queue.jobs and set(bpy.data.actions) == now
    finally:
        module._see_through = wait


def parts_fit(fps):
    """Also where the keys at which a part begins are on none of its frames."""
    queue = addon.module("link.session").queue
    path = bone("left_shoulder", "rotation_quaternion")
    own = keys_of(path, 1)
    ops.resample(fps=fps)
    while queue.jobs:
        queue.wait(queue.jobs[0])
    assert queue.last.state.name == "DONE", queue.last.message
    frames, values = keys_of(path, 1).T
    assert len(frames) > 1.5 * len(own)
    assert np.abs(values - np.interp(frames, *own.T)).max() < 2e-5


def check_the_button_takes_the_panel():
    cls = addon.module("operators.resample").ANYFRAME_OT_resample
    settings = bpy.context.scene.anyframe
    settings.resample_fps, settings.resample_slow = 48.0, 0.5
    settings.resample_holds, settings.resample_exact = "SMOOTH", True
    settings.resample_bound = 0.03125
    taken = SimpleNamespace(execute=lambda context: {"FINISHED"})
    assert cls.invoke(taken, bpy.context, None) == {"FINISHED"}
    assert (taken.fps, taken.slow, taken.holds, taken.exact) == (48.0, 0.5, "SMOOTH", True)
    assert taken.bound == 0.03125
    plays = addon.module("operators.resample").plays_something
    assert not plays(bpy.context)
    place("pelvis", 10, 0.0, 0.0, 0.0)
    assert plays(bpy.context)


addon.install(ZIP)
addon.use_python(PYTHON)
for name, check in list(globals().items()):
    if name.startswith("check_"):
        fresh()
        check()
        print(name)
addon.finish()
