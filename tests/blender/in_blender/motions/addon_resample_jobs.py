"""*Resample Take* through the installed extension: of strips and IK, in several jobs, and what is
refused.

Arguments: the zip, the backend's Python (`fake_backend`).
"""

import sys
from types import SimpleNamespace

import addon
import bpy
import numpy as np
from mathutils import Vector
from resample_scene import (
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
    addon.refused(lambda: ops.resample(holds="SMOOTH"), "it has no short hold")
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
    addon.refused(ops.resample, "plays no Action", "select strips in the NLA editor")
    strip.select = True
    strip.scale = 2.0
    end = strip.frame_end
    addon.refused(
        lambda: ops.resample(slow=0.5), "must be 1 for the strip “Strip”", "Playback Scale"
    )
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
    addon.refused(ops.resample, "is muted")


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
    values_unchanged(before, after, lambda _path: True)
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
    addon.refused(ops.resample, "plays no Action")
    place("pelvis", 10, 0.0, 0.0, 0.0)
    addon.refused(ops.resample, "must have keys on at least two frames")
    place("pelvis", 20, 0.0, 0.0, 0.0)
    addon.refused(ops.resample, "Nothing moves in")
    place("pelvis", 30, 0.0, 0.0, 1.0)
    for curve in addon.curves_of(character()):
        for key in curve.keyframe_points:
            key.interpolation = "CONSTANT"
    bpy.context.scene.frame_set(10)
    addon.refused(ops.resample, "are stepped (Constant)", "Choose Smooth")


def check_refusals():
    posed()
    addon.refused(lambda: ops.resample(armature="Nobody"), "no object called “Nobody”")
    addon.refused(lambda: ops.resample(fps=-1.0), "frame rate must be", "got -1")
    addon.refused(lambda: ops.resample(fps=float("nan")), "got nan")
    addon.refused(lambda: ops.resample(fps=960.0, slow=0.5), "frame rate must be", "got 1920")
    for slow in (0.0, -1.0, float("nan")):
        addon.refused(lambda slow=slow: ops.resample(slow=slow), f"got {slow:g}")
    addon.refused(
        lambda: ops.resample(bound=-1.0), "The error bound must be between 0 and 1 metres (got -1)"
    )
    addon.refused(lambda: ops.resample(fps=4.0), "turn on Exact")
    armature = character()
    curve = next(c for c in addon.curves_of(armature) if "pelvis" in c.data_path)
    noise = curve.modifiers.new("NOISE")
    addon.refused(ops.resample, "A modifier (Noise)", "Bake the F-curve", "“pelvis”")
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
    addon.refused(ops.resample, "“Mine” must key bones of the body", "left_hand")
    bpy.ops.object.armature_add()
    addon.refused(ops.resample, "“Armature”")


def check_the_file_changes_meanwhile():
    posed()
    queue = addon.module("link.session").queue
    module = addon.module("operators.motions.resample")
    wait = module._wait_for_jobs
    module._wait_for_jobs = lambda operator, chain: {"FINISHED"}
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
        module._wait_for_jobs = wait


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
    module = addon.module("operators.motions.resample")
    wait = module._wait_for_jobs
    module._wait_for_jobs = lambda operator, chain: {"FINISHED"}
    try:
        assert ops.resample(fps=8 * RATE) == {"FINISHED"}
        parts = []
        while queue.jobs:
            (job,) = queue.jobs
            parts.append((job.part_index, job.part_count))
            assert job.part_index / 3 <= job.completed_fraction < (job.part_index + 1) / 3
            queue.wait(job)
            assert abs(job.completed_fraction - (job.part_index + 1) / 3) < 1e-6
        assert parts == [(0, 3), (1, 3), (2, 3)], parts
        assert job.state.name == "DONE", job.message
        values_unchanged(before, addon.keys_of(character()), of_body)
        assert len(keys_of(bone("pelvis", "location"))) == 2 * count - 1
        parts_fit(11.3 * RATE)
        now = set(bpy.data.actions)
        assert ops.resample(fps=20 * RATE) == {"FINISHED"}
        queue.wait(queue.current)
        assert queue.last.message.endswith("are resampled."), queue.last.message
        ops.cancel()
        assert not queue.jobs and set(bpy.data.actions) == now
    finally:
        module._wait_for_jobs = wait


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
    cls = addon.module("operators.motions.resample").ANYFRAME_OT_resample
    settings = bpy.context.scene.anyframe
    settings.resample_fps, settings.resample_slow = 48.0, 0.5
    settings.resample_holds, settings.resample_exact = "SMOOTH", True
    settings.resample_bound = 0.03125
    taken = SimpleNamespace(execute=lambda context: {"FINISHED"})
    assert cls.invoke(taken, bpy.context, None) == {"FINISHED"}
    assert (taken.fps, taken.slow, taken.holds, taken.exact) == (48.0, 0.5, "SMOOTH", True)
    assert taken.bound == 0.03125
    plays = addon.module("operators.motions.resample").has_animation
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
