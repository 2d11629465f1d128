"""*Learn* and *Blend* through the installed extension: takes go there, a style comes back.

Arguments: the zip, the backend's Python (`fake_backend`, whose style tells as its seconds how many
takes were sent).
"""

import json
import sys
from pathlib import Path

import addon
import bpy
import layouts
import numpy as np

ZIP, PYTHON = sys.argv[1:]
ops = bpy.ops.anyframe
SLOTS = bpy.app.version >= (4, 4, 0)


def character():
    return bpy.data.objects["Anyframe Character"]


def session():
    return addon.module("link.session")


def shelf():
    return session().style_shelf()


def said():
    return session().queue.last.message


def info():
    return json.loads(character().animation_data.action["anyframe"])


def learning():
    return bpy.context.scene.anyframe_learning


def blending():
    return bpy.context.scene.anyframe_blend


def source():
    return addon.module("rig.learning_source")


def fresh():
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.ed.undo_push(message="empty")
    addon.empty_scene()
    for marker in list(bpy.context.scene.timeline_markers):
        bpy.context.scene.timeline_markers.remove(marker)
    ops.add_character()
    for name in list(shelf().known):
        shelf().remove(name)


def motions(*words, seconds=2.0):
    """An action for each word, the last of which plays."""
    for word in words:
        ops.generate(prompt=word, seconds=seconds, seed=3)
    for word in words:
        bpy.data.actions[word].use_fake_user = True


def mine(*labels):
    """A style without the fuss of learning it."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from fake_backend import style_file

    shelf().put("mine", style_file(list(labels or ("walk", "run", "sneak"))))
    return len(shelf().read("mine"))


def read(**which):
    armature, scene = character(), bpy.context.scene
    (clip,) = source().clips_of(armature, **which)
    return source().read_clip(armature, scene, clip)


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
    assert said() == "“mine” is learnt from 2 s of takes: run, stroll.", said()
    assert shelf().known["mine"].labels == ("run", "stroll")
    assert blending().style == "mine"
    assert ops.remove_lesson() == {"FINISHED"} and len(learning().takes) == 1


def check_a_script_gives_takes():
    motions("walk", "run", seconds=3.0)
    takes = [
        {"action": "walk", "label": "a"},
        {"action": "run", "label": "b", "first": 10, "last": 70},
    ]
    assert ops.learn(name="mine", takes=json.dumps(takes)) == {"FINISHED"}
    assert shelf().known["mine"].labels == ("a", "b")
    words = ("There is a style “mine” already",)
    addon.refused(lambda: ops.learn(name="mine", takes=json.dumps(takes)), *words)
    assert ops.learn(name="mine", takes=json.dumps(takes[:1]), overwrite=True) == {"FINISHED"}
    assert shelf().known["mine"].labels == ("a",)


def check_an_action_is_read_at_30_fps():
    motions("walk")
    rate = 24 / 1.001
    take = read()
    # 48 frames at 23.976 fps: 47 gaps.
    assert take.fps == 30.0 and len(take) == int(47 / rate * 30 + 1e-6) + 1, len(take)
    way = take.trans[-1] - take.trans[0]
    assert np.allclose(way, [0.0, -(len(take) - 1) / 30, 0.0], atol=0.02), way
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
    way = alone.trans[-1] - alone.trans[0]
    assert np.allclose(way[1], -47 / rate, atol=0.05), way
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
    (clip,) = source().clips_of(armature)
    ranges = source().ranges_by_markers(scene, clip)
    assert [label for label, *_ in ranges] == ["first", "second"]
    assert np.allclose(ranges[1][1], 48 / rate), ranges
    assert ops.learn(name="mine", overwrite=True) == {"FINISHED"}
    assert shelf().known["mine"].labels == ("first", "second")


def check_markers():
    motions("walk", seconds=6.0)
    scene, rate = bpy.context.scene, 24 / 1.001
    takes = json.dumps([{"action": "walk", "markers": True}])
    addon.refused(lambda: ops.learn(name="mine", takes=takes), "no marker from frame 10", "“walk”")
    for frame, name in ((58, "run"), (10, "walk"), (110, ""), (500, "late")):
        scene.timeline_markers.new(name, frame=frame)
    (clip,) = source().clips_of(character())
    ranges = source().ranges_by_markers(scene, clip)
    assert [label for label, *_ in ranges] == ["walk", "run"]
    assert np.allclose([r[1:] for r in ranges], [(0, 48 / rate), (48 / rate, 100 / rate)]), ranges
    assert ops.learn(name="mine", takes=takes) == {"FINISHED"}
    assert shelf().known["mine"].labels == ("walk", "run")
    marker = bpy.data.actions["walk"].pose_markers.new("own")
    marker.frame = 5
    (only,) = source().ranges_by_markers(scene, clip)
    assert only[0] == "own" and only[1] == 0.0, only


def check_what_cannot_be_learnt():
    motions("walk", "blink", seconds=3.0)
    motions("short", seconds=1.0)

    def learn(*takes, name="mine", **how):
        return lambda: ops.learn(name=name, takes=json.dumps(takes), **how)

    walk = {"action": "walk", "label": "walk"}
    addon.refused(lambda: ops.learn(name="mine"), "no takes to learn from")
    addon.refused(learn(), "no takes to learn from")
    addon.refused(learn(walk, {"action": "short", "label": "b"}), "short", "shorter than the patch")
    addon.refused(learn({**walk, "label": " "}), "label is empty")
    addon.refused(learn({**walk, "label": "a,b"}), "comma")
    addon.refused(learn({"action": "wlak", "label": "a"}), "no action “wlak”")
    addon.refused(learn({**walk, "armature": "Nobody"}), "no object called “Nobody”")
    addon.refused(learn({**walk, "first": 50, "last": 20}), "ends at frame 20")
    addon.refused(learn({**walk, "first": 50}), "wrong kind")
    addon.refused(learn({**walk, "lable": "a"}), "no field “lable”")
    addon.refused(learn(walk, name=""), "no name")
    addon.refused(learn(walk, name="a/b"), "cannot be called")
    addon.refused(learn(walk, name="Shipped Style"), "“Shipped Style” comes with")
    addon.refused(learn(walk, steps=3), "number of steps is 3")
    addon.refused(lambda: ops.learn(name="mine", takes="walk"), "not JSON")
    addon.refused(lambda: ops.learn(name="mine", takes="{}"), "not a list")
    addon.refused(learn(walk, name="broken"), "cannot be kept", "cut short")
    addon.refused(learn(walk, name="fail"), "weights are missing")
    bpy.data.objects.new("Nothing", None)
    character().animation_data.action = None
    addon.refused(ops.add_lesson, "plays no action")
    addon.refused(lambda: ops.add_lesson(strips=True), "no strip selected")
    assert shelf().known == {}


def check_blend():
    size = mine()
    bpy.ops.ed.undo_push(message="mine")
    assert ops.blend(style="mine", timeline="walk:3,run:2", seed=5) == {"FINISHED"}
    action = character().animation_data.action
    assert action.name == "walk → run", action.name
    asked = info()["asked"]
    assert asked["timeline"] == [{"label": "walk", "seconds": 3}, {"label": "run", "seconds": 2}]
    assert (asked["seed"], asked["overlap"], asked["style"]) == (5, 0.5, "mine"), asked
    assert asked["hash"] == shelf().known["mine"].hash
    assert "fine" not in asked and "loop" not in asked and "grid" not in asked
    assert info()["sent"] == [size]
    frames = len(addon.curves_of(character())[0].keyframe_points)
    assert frames == round(5 * 24 / 1.001), frames
    assert len(action["anyframe_request"]) < 2000, "the style is not in the file"
    bpy.ops.ed.undo()
    assert "walk → run" not in bpy.data.actions
    bpy.ops.ed.redo()
    assert "walk → run" in bpy.data.actions
    ops.blend(timeline="walk:2", style="mine", fine="sneak:2", fine_levels=2, loop=True)
    asked = info()["asked"]
    assert (asked["fine"], asked["fine_levels"]) == ([{"label": "sneak", "seconds": 2}], 2)
    assert asked["loop"] is True
    rows = ["walk:2"] * 5 + ["run:1,sneak:1"] * 2
    ops.blend(timeline="walk:2", style="mine", grid=json.dumps(rows), lock_feet=False)
    asked = info()["asked"]
    assert len(asked["grid"]) == 7 and asked["lock_feet"] is False
    assert asked["grid"][6][1] == {"label": "sneak", "seconds": 1}
    ops.blend(timeline="walk:2", style="mine", variations=3, pick=2, seed=4)
    assert info()["seed"] == 6


def check_the_panel_list():
    mine()
    blending().style = "mine"
    for _ in range(2):
        ops.add_span()
    ops.add_span(label="walk")
    labels = [row.label for row in blending().coarse]
    assert labels == ["walk", "run", "walk"], labels
    ops.move_span()
    assert [row.label for row in blending().coarse] == ["walk", "walk", "run"]
    assert blending().coarse_index == 1
    ops.remove_span()
    ops.add_span(fine=True, label="sneak")
    blending().fine[0].seconds = 6.0
    ops.blend()
    assert "fine" not in info()["asked"], "all levels are alike"
    blending().alike = False
    ops.blend()
    asked = info()["asked"]
    assert [row["label"] for row in asked["timeline"]] == ["walk", "run"]
    assert asked["fine"] == [{"label": "sneak", "seconds": 6}]
    blending().coarse.clear()
    addon.refused(ops.remove_span, "Add a label")


def check_what_cannot_be_blended():
    addon.refused(lambda: ops.blend(timeline="walk:3"), "no styles yet")
    mine()

    def blend(timeline="walk:3", style="mine", **how):
        return lambda: ops.blend(timeline=timeline, style=style, **how)

    addon.refused(blend(style=""), "No style is chosen")
    addon.refused(blend(style="mime"), "did you mean “mine”?")
    addon.refused(blend("wlak:3"), 'no label "wlak"', 'did you mean "walk"?')
    addon.refused(blend(fine="snaek:3"), 'did you mean "sneak"?')
    addon.refused(blend("walk"), "no label with its seconds")
    addon.refused(blend(""), "timeline is empty")
    addon.refused(blend("walk:0.1"), "length is 0.1")
    addon.refused(blend("walk:301"), "301")
    addon.refused(blend(fine="walk:2"), "fine timeline lasts 2 s and the timeline 3 s")
    addon.refused(blend(fine="walk:3", fine_levels=7), "1 to 6 fine levels of 7")
    addon.refused(blend(grid='["walk:3"]'), "grid has 1 levels; the style has 7")
    addon.refused(blend(grid="walk:3"), "list of texts")
    addon.refused(blend(grid='["walk:3"]', fine="walk:3"), "leave out one")
    addon.refused(blend(overlap=-1.0), "overlap is -1")
    addon.refused(blend(seed=-1), "seed is -1")
    addon.refused(blend(variations=17), "variations is 17")
    addon.refused(blend(pick=1), "no variation 1")
    addon.refused(blend(armature="Nobody"), "no object called “Nobody”")
    path = shelf().path("mine")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    addon.refused(blend(), "damaged or was changed")
    path.write_bytes(path.read_bytes().replace(b'\\"format\\": 1', b'\\"format\\": 9'))
    addon.refused(blend(), "another version (format 9")


def check_history():
    mine()
    ops.blend(style="mine", timeline="walk:3,run:2", fine="sneak:5", seed=5, overlap=0.25)
    first = addon.keys_of(character())
    assert ops.regenerate() == {"FINISHED"}
    assert addon.keys_of(character()) == first
    (entry, *_) = bpy.context.scene.anyframe_history.entries
    ops.use_settings()
    assert (blending().style, blending().overlap, blending().alike) == ("mine", 0.25, False)
    assert [row.label for row in blending().coarse] == ["walk", "run"]
    assert [row.label for row in blending().fine] == ["sneak"]
    assert bpy.context.scene.anyframe.seed == 5
    assert "Style “mine”" in layouts.drawn(addon.module("ui.history").ANYFRAME_PT_history)
    other = shelf().read("mine")
    shelf().put("renamed", other)
    shelf().remove("mine")
    assert ops.regenerate(key=entry.key) == {"FINISHED"}, "a style is known by its content"
    shelf().remove("renamed")
    addon.refused(lambda: ops.regenerate(key=entry.key), "“mine”", "not there any more")


def check_files():
    mine()
    folder = Path(bpy.app.tempdir)
    out = folder / "given.safetensors"
    assert ops.export_style(style="mine", filepath=str(out)) == {"FINISHED"}
    assert out.read_bytes() == shelf().read("mine")
    assert ops.import_style(filepath=str(out)) == {"FINISHED"}
    assert list(shelf().known) == ["given", "mine"]
    addon.refused(lambda: ops.import_style(filepath=str(out)), "“given” already")
    assert ops.import_style(filepath=str(out), name="other", overwrite=True) == {"FINISHED"}
    addon.refused(lambda: ops.export_style(style="mine", filepath=str(folder / "a.npz")), "a.npz")
    addon.refused(lambda: ops.export_style(style="none", filepath=str(out)), "no style “none”")
    (folder / "cut.safetensors").write_bytes(out.read_bytes()[:-1])
    cut = str(folder / "cut.safetensors")
    addon.refused(lambda: ops.import_style(filepath=cut), "cut short")
    blending().style = "given"
    assert ops.delete_style() == {"FINISHED"}
    assert blending().style == "" and list(shelf().known) == ["mine", "other"]
    addon.refused(lambda: ops.delete_style(style="given"), "no style “given”")


def check_a_preview_and_the_panels():
    learn_panel = addon.module("ui.learn").ANYFRAME_PT_learn
    blend_panel = addon.module("ui.blend").ANYFRAME_PT_blend
    blending().style = ""
    assert "+ adds what the armature plays" in layouts.drawn(learn_panel)
    assert "Learn a style first" in layouts.drawn(blend_panel)
    motions("walk")
    ops.add_lesson()
    queue = session().queue
    request = {"kind": "learn", "name": "slow", "takes": [{"name": "a", "label": "walk"}]}
    job = session().submit(request, title="slow", finish=lambda _job, _data: "", takes=(b"x",))
    while not job.preview:
        queue.tick()
    text = layouts.drawn(learn_panel)
    assert "anyframe.stop_learning" in text and "“slow”: Denoising" in text, text
    assert f"{job.status.step} of 200" in text, text
    assert ops.preview_style() == {"FINISHED"}
    assert character().animation_data.action.name == "slow so far"
    assert not job.ended
    assert ops.stop_learning() == {"FINISHED"}
    assert job.ended and "goes on with the same takes" in job.message
    mine()
    text = layouts.drawn(learn_panel)
    assert "mine" in text and "walk, run, sneak" in text and "anyframe.learn" in text, text
    row = addon.module("ui.learn").ANYFRAME_UL_lessons
    assert layouts.drawn_item(row, learning().takes[0]) == "walk"
    blending().style = "nobody"
    assert "There is no style “nobody”" in layouts.drawn(blend_panel)
    blending().style = "mine"
    blending().coarse.clear()
    blending().alike = True
    for label in ("walk", "run"):
        ops.add_span(label=label)
    text = layouts.drawn(blend_panel)
    assert "It knows walk, run, sneak" in text and "6 s · 144 frames" in text, text
    assert "Coarse: what happens" in text, text
    blending().alike = False
    assert "Coarse: what happens" not in layouts.drawn(blend_panel), "nothing is said of fine ones"
    ops.add_span(fine=True, label="sneak")
    assert "Coarse: what happens" in layouts.drawn(blend_panel)
    ui = addon.module("ui.blend")
    spans = addon.module("operators.timeline_list").spans_in(blending().coarse)
    assert ui.labels_over(spans, 4) == ["walk", "walk", "run", "run"]
    assert ui.labels_over(spans[:1] * 2 + spans[1:], 3) == ["walk", "walk", "run"]
    assert ui.colour_of("run", ("walk", "run")) == "COLORSET_02_VEC"
    assert ui.colour_of("hop", ("walk", "run")) == "ERROR"


addon.install(ZIP)
addon.use_python(PYTHON)
for name, check in list(globals().items()):
    if name.startswith("check_"):
        fresh()
        check()
        print("ok", name)
addon.finish()
