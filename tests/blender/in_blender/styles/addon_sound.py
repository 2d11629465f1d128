"""Styles that follow a sound: learnt from the scene's sequencer, and made to follow it.

Arguments: the zip, the backend's Python (`fake_backend`, whose style tells as its seconds how many
files were sent).
"""

import base64
import json
import sys
import wave
from pathlib import Path

import addon
import bpy
import layouts
import numpy as np
from styles_scene import (
    blending,
    character,
    fresh,
    info,
    learning,
    mine,
    motions,
    ops,
    report,
    shelf,
)

ZIP, PYTHON = sys.argv[1:]
RATE = 24 / 1.001
LOUDNESS = 24
HAS_AUDIO = bpy.app.build_options.audaspace
"""pip's Blender 4.2 was built without sound."""


def sound_module():
    return addon.module("rig.read.sound")


def columns():
    return addon.module("backend.protocol.audio_features").MelProsody().columns


def sound_file(seconds=3.0, rate=22050):
    """A tone for the first fifth of each second."""
    path = Path(bpy.app.tempdir, f"beeps_{seconds:g}.wav")
    times = np.arange(round(seconds * rate)) / rate
    samples = np.sin(2 * np.pi * 220 * times) * (times % 1 < 0.2)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples * 20000).astype("<i2").tobytes())
    return path


def add_sound(frame, seconds=3.0):
    scene = bpy.context.scene
    scene.sequence_editor_clear()
    scene.sequence_editor_create()
    editor = scene.sequence_editor
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    return strips.new_sound("beeps", str(sound_file(seconds)), 1, frame)


def range_of(scene):
    return scene.frame_start, scene.frame_end, scene.frame_current


def check_the_sound_is_in_step():
    scene = bpy.context.scene
    strip = add_sound(20)
    scene.frame_start, scene.frame_end = 33, 40
    scene.frame_set(12)
    before = range_of(scene)
    for first, rows in ((20, 80), (12.5, 60), (30, 40), (-40, 90)):
        control = sound_module().read_scene_sound(scene, first, rows)
        assert control.columns == columns() and control.values.shape == (rows, 28)
        since = (first - 20) / RATE + np.arange(rows) / 30
        loud = control.values[:, LOUDNESS] > 0.5
        sounds = (since >= 0) & (since < 3) & (since % 1 < 0.2)
        near = (since > -0.04) & (since < 3.04) & ((since + 0.04) % 1 < 0.28)
        assert not (loud & ~near).any(), (first, np.flatnonzero(loud))
        assert loud[sounds & ((since - 0.03) % 1 < 0.14)].all(), (first, np.flatnonzero(loud))
    assert range_of(scene) == before
    strip.volume = 0.001
    quiet = sound_module().read_scene_sound(scene, 20, 80).values[:, LOUDNESS]
    assert quiet.max() < 0.5, "as loud as the strip is"
    assert abs(sound_module().last_sound_frame(scene, 20) - (20 + 3 * RATE)) <= 1
    assert sound_module().last_sound_frame(scene, 100) is None
    strip.mute = True
    assert sound_module().last_sound_frame(scene, 20) is None


def check_learn_from_sound():
    motions("talk", "more", seconds=2.0)
    add_sound(10)
    for word in ("talk", "more"):
        character().animation_data.action = bpy.data.actions[word]
        ops.add_lesson()
    addon.refused(
        lambda: one_by_sound(0), "“more” has labels", "All takes must have labels, or all"
    )
    learning().takes[1].sound = True
    learning().takes[1].markers = True  # of no account beside it
    before = addon.state()
    assert ops.learn(name="mine") == {"FINISHED"}
    assert addon.state() == before
    assert shelf().styles["mine"].labels == columns()
    # Two takes and two control tracks.
    assert report() == "“mine” is learnt from 4 s of takes: the sound of the scene.", report()
    takes = json.dumps([{"action": "talk", "sound": True}])
    assert ops.learn(name="other", takes=takes) == {"FINISHED"}
    bpy.context.scene.sequence_editor_clear()
    addon.refused(lambda: ops.learn(name="third", takes=takes), "No sound plays from frame 10")
    panel = layouts.drawn(addon.module("ui.learn_style").ANYFRAME_PT_learn)
    assert "the sound of the scene" in panel, panel
    row = addon.module("ui.learn_style").ANYFRAME_UL_lessons
    assert "by sound" in layouts.drawn_item(row, learning().takes[1])


def one_by_sound(index):
    learning().takes[index].sound = True
    return ops.learn(name="mine")


def check_follow_the_sound():
    mine(*columns())
    scene = bpy.context.scene
    addon.refused(lambda: ops.blend(style="mine"), "No sound plays from frame 10 on")
    addon.refused(lambda: ops.blend(style="mine", timeline="walk:2"), "follows a sound")
    add_sound(10)
    scene.frame_set(10)
    blending().style = "mine"
    panel = layouts.drawn(addon.module("ui.generate_in_style").ANYFRAME_PT_blend)
    assert "It follows the sound" in panel and "3 s · 72 frames" in panel, panel
    assert "anyframe.add_span" not in panel
    assert ops.blend(seed=2) == {"FINISHED"}
    action = character().animation_data.action
    assert action.name == "mine: sound", action.name
    sent = info()["asked"]
    assert sent["control_seconds"] == 3.0 and "timeline" not in sent, sent
    style, control = info()["sent"]
    (saved,) = json.loads(action["anyframe_request"])["sources"]
    track = addon.module("backend.protocol.control_track").parse_control_values(
        base64.b64decode(saved), "It"
    )
    assert track.shape == (90, 28) and 0.5 < track[:, LOUDNESS].max() < 1
    assert style == len(shelf().read_style_bytes("mine"))
    assert control == len(base64.b64decode(saved))
    assert len(addon.curves_of(character())[0].keyframe_points) == round(3 * RATE)
    made = addon.keys_of(character())
    scene.sequence_editor_clear()
    assert ops.regenerate() == {"FINISHED"}, "the sound is kept with the motion"
    assert addon.keys_of(character()) == made and info()["sent"] == [style, control]
    blending().sound_seconds = 0.0
    ops.use_settings()
    assert blending().sound_seconds == 3.0
    add_sound(10)
    ops.blend(style="mine", sound_seconds=1.5)
    assert info()["asked"]["control_seconds"] == 1.5
    addon.refused(lambda: ops.blend(style="mine", sound_seconds=0.1), "got 0.1")
    addon.refused(lambda: ops.blend(style="mine", sound_seconds=301.0), "got 301")


def check_numbers_in_a_file():
    motions("talk", seconds=2.0)
    path = Path(bpy.app.tempdir, "track.npz")
    np.savez(path, control=np.linspace(0, 1, 120).reshape(60, 2))
    takes = [{"action": "talk", "control": str(path)}]
    assert ops.learn(name="numbers", takes=json.dumps(takes)) == {"FINISHED"}
    assert shelf().styles["numbers"].labels == ("column 1", "column 2")
    describe = addon.module("scene.style_settings").describe_labels
    assert describe(shelf().styles["numbers"]) == "column 1, column 2"
    mine(*map(str, range(768)))
    assert describe(shelf().styles["mine"]) == f"{', '.join(map(str, range(12)))} and 756 more"
    assert ops.blend(style="numbers", control=str(path)) == {"FINISHED"}
    assert info()["asked"]["control_seconds"] == 2.0
    assert character().animation_data.action.name == "numbers: track"

    def blend(**how):
        return lambda: ops.blend(**{"style": "numbers", "control": str(path), **how})

    addon.refused(blend(timeline="column 1:2"), "leave out one")
    addon.refused(blend(control="nowhere.npz"), "There is no file")
    mine()
    addon.refused(blend(style="mine"), "“mine” must have 3 columns", "got 2")
    takes.append({"action": "talk", "control": str(sound_file(2.0))})
    addon.refused(lambda: ops.learn(name="both", takes=json.dumps(takes)), "the same columns")
    unknown = json.dumps([{**takes[0], "control": 3}])
    addon.refused(lambda: ops.learn(name="both", takes=unknown), "wrong type")


def check_a_blender_without_sound():
    takes = json.dumps([{"action": "talk", "sound": True}])
    motions("talk", seconds=2.0)
    addon.refused(lambda: ops.learn(name="mine", takes=takes), "No sound plays")
    mine(*columns())
    addon.refused(lambda: ops.blend(style="mine"), "No sound plays")


NEEDS_SOUND = {check_the_sound_is_in_step, check_learn_from_sound, check_follow_the_sound}
addon.install(ZIP)
addon.use_python(PYTHON)
for name, check in list(globals().items()):
    if name.startswith("check_") and (HAS_AUDIO or check not in NEEDS_SOUND):
        fresh()
        check()
        print("ok", name)
addon.finish()
