"""*Learn* through the installed extension: takes go there, a style comes back.

Arguments: the zip, the backend's Python (`fake_backend`, whose style tells as its seconds how many
takes were sent).
"""

import json
import sys

import addon
import bpy
import numpy as np
from styles_scene import blending, character, fresh, learning, motions, ops, report, shelf

ZIP, PYTHON = sys.argv[1:]
SLOTS = bpy.app.version >= (4, 4, 0)


def source():
    return addon.module("rig.read.training_takes")


def read(**which):
    armature, scene = character(), bpy.context.scene
    (clip,) = source().list_action_clips(armature, **which)
    return source().read_clip_take(armature, scene, clip)


def check_learn_from_the_list():
    motions("walk", "run")
    assert ops.add_lesson() == {"FINISHED"}
    character().animation_data.action = bpy.data.actions["walk"]
    ops.add_lesson()
    assert [item.label for item in learning().takes] == ["run", "walk"]
    learning().takes[1].label = "stroll"
    before = addon.state()
    assert ops.learn(name="mine", steps=20, licence="CC0-1.0") == {"FINISHED"}
    assert addon.state() == before
    assert character().animation_data.action.name == "walk"
    assert report() == "“mine” is learnt from 2 s of takes: run, stroll.", report()
    assert shelf().styles["mine"].labels == ("run", "stroll")
    assert blending().style == "mine"
    assert ops.remove_lesson() == {"FINISHED"} and len(learning().takes) == 1


def check_a_script_gives_takes():
    motions("walk", "run", seconds=3.0)
    takes = [
        {"action": "walk", "label": "a"},
        {"action": "run", "label": "b", "first": 10, "last": 70},
    ]
    assert ops.learn(name="mine", takes=json.dumps(takes)) == {"FINISHED"}
    assert shelf().styles["mine"].labels == ("a", "b")
    words = ("There is a style “mine” already",)
    addon.refused(lambda: ops.learn(name="mine", takes=json.dumps(takes)), *words)
    assert ops.learn(name="mine", takes=json.dumps(takes[:1]), overwrite=True) == {"FINISHED"}
    assert shelf().styles["mine"].labels == ("a",)


def check_an_action_is_read_at_30_fps():
    motions("walk")
    rate = 24 / 1.001
    take = read()
    # 48 frames at 23.976 fps: 47 gaps.
    assert take.fps == 30.0 and len(take) == int(47 / rate * 30 + 1e-6) + 1, len(take)
    travel = take.trans[-1] - take.trans[0]
    assert np.allclose(travel, [0.0, -(len(take) - 1) / 30, 0.0], atol=0.02), travel
    swing = take.poses[:, 3 * 16 + 1]
    assert np.abs(swing).max() > 0.3, "the arms swing"


def check_what_is_posed_stays():
    motions("walk", "run")
    armature = character()
    bone = armature.pose.bones["left_hand"]
    bone.rotation_mode = "XYZ"
    bone.rotation_euler = (0.1, 0.2, 0.3)
    armature["prop"] = 5.0
    walk = bpy.data.actions["walk"]
    armature.animation_data.action = walk
    armature["prop"] = 1.0
    armature.keyframe_insert('["prop"]', frame=12)
    armature.animation_data.action = bpy.data.actions["run"]
    armature["prop"] = 7.0
    bpy.context.scene.frame_set(20)
    bone.rotation_euler = (0.1, 0.2, 0.3)
    before = addon.state()
    takes = json.dumps([{"action": "walk", "label": "walk"}])
    assert ops.learn(name="mine", takes=takes) == {"FINISHED"}
    assert addon.state() == before
    assert armature["prop"] == 7.0
    assert armature.animation_data.action.name == "run"
    if SLOTS:
        assert armature.animation_data.action_slot is not None


def check_strips():
    motions("walk")
    armature = character()
    data, action = armature.animation_data, bpy.data.actions["walk"]
    slot = data.action_slot if SLOTS else None
    data.action = None
    strip = data.nla_tracks.new().strips.new("walk", 30, action)
    if SLOTS:
        strip.action_slot = slot
    strip.scale = 2.0
    strip.select = True
    alone = read()
    rate = 24 / 1.001
    assert len(alone) == int(2 * 47 / rate * 30 + 1e-6) + 1, len(alone)
    travel = alone.trans[-1] - alone.trans[0]
    assert np.allclose(travel[1], -47 / rate, atol=0.05), travel
    half = alone.trans[len(alone) // 2] - alone.trans[0]
    assert np.allclose(half[1], -47 / rate / 2, atol=0.05), half
    ops.add_lesson()
    (item,) = learning().takes
    assert item.strip and (item.first, item.last, item.begins, item.scale) == (10, 57, 30, 2)
    assert ops.learn(name="mine") == {"FINISHED"}
    assert data.action is None and not data.use_tweak_mode and data.use_nla
    scene = bpy.context.scene
    scene.timeline_markers.new("first", frame=30)
    scene.timeline_markers.new("second", frame=78)
    item.markers = True
    (clip,) = source().list_action_clips(armature)
    ranges = source().read_marker_labels(scene, clip)
    assert [label for label, *_ in ranges] == ["first", "second"]
    assert np.allclose(ranges[1][1], 48 / rate), ranges
    assert ops.learn(name="mine", overwrite=True) == {"FINISHED"}
    assert shelf().styles["mine"].labels == ("first", "second")


def check_markers():
    motions("walk", seconds=6.0)
    scene, rate = bpy.context.scene, 24 / 1.001
    takes = json.dumps([{"action": "walk", "markers": True}])
    addon.refused(lambda: ops.learn(name="mine", takes=takes), "no marker from frame 10", "“walk”")
    for frame, name in ((58, "run"), (10, "walk"), (110, ""), (500, "late")):
        scene.timeline_markers.new(name, frame=frame)
    (clip,) = source().list_action_clips(character())
    ranges = source().read_marker_labels(scene, clip)
    assert [label for label, *_ in ranges] == ["walk", "run"]
    assert np.allclose([r[1:] for r in ranges], [(0, 48 / rate), (48 / rate, 100 / rate)]), ranges
    assert ops.learn(name="mine", takes=takes) == {"FINISHED"}
    assert shelf().styles["mine"].labels == ("walk", "run")
    marker = bpy.data.actions["walk"].pose_markers.new("own")
    marker.frame = 5
    (only,) = source().read_marker_labels(scene, clip)
    assert only[0] == "own" and only[1] == 0.0, only


def check_what_cannot_be_learnt():
    motions("walk", "blink", seconds=3.0)
    motions("short", seconds=1.0)

    def learn(*takes, name="mine", **how):
        return lambda: ops.learn(name=name, takes=json.dumps(takes), **how)

    walk = {"action": "walk", "label": "walk"}
    addon.refused(lambda: ops.learn(name="mine"), "at least one training take")
    addon.refused(learn(), "at least one training take")
    addon.refused(learn(walk, {"action": "short", "label": "b"}), "short", "must last at least")
    addon.refused(learn({**walk, "label": " "}), "label must not be empty")
    addon.refused(learn({**walk, "label": "a,b"}), "comma")
    addon.refused(learn({"action": "wlak", "label": "a"}), "no Action “wlak”")
    addon.refused(learn({**walk, "armature": "Nobody"}), "no object called “Nobody”")
    addon.refused(learn({**walk, "first": 50, "last": 20}), "(got 20)")
    addon.refused(learn({**walk, "first": 50}), "wrong type")
    addon.refused(learn({**walk, "lable": "a"}), "no field “lable”")
    addon.refused(learn(walk, name=""), "needs a name")
    addon.refused(learn(walk, name="a/b"), "name must begin with a letter")
    addon.refused(learn(walk, name="Shipped Style"), "“Shipped Style” comes with")
    addon.refused(learn(walk, steps=3), "number of steps must be", "got 3")
    addon.refused(lambda: ops.learn(name="mine", takes="walk"), "must be JSON")
    addon.refused(lambda: ops.learn(name="mine", takes="{}"), "must be a list")
    addon.refused(learn(walk, name="broken"), "cannot be saved", "cut short")
    addon.refused(learn(walk, name="fail"), "weights are missing")
    bpy.data.objects.new("Nothing", None)
    character().animation_data.action = None
    addon.refused(ops.add_lesson, "plays no Action")
    addon.refused(lambda: ops.add_lesson(strips=True), "select strips")
    assert shelf().styles == {}


addon.install(ZIP)
addon.use_python(PYTHON)
for name, check in list(globals().items()):
    if name.startswith("check_"):
        fresh()
        check()
        print("ok", name)
addon.finish()
