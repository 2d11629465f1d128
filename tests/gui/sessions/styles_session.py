"""A style learnt and used in a Blender window; run by test_styles.py.

Arguments: the add-on's zip, the backend's Python, a folder for pictures, the file for findings.
"""

import sys
import wave
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import window
from window import press, refusal, wait_for

ZIP, PYTHON, PICTURES, FINDINGS = sys.argv[sys.argv.index("--") + 1 :]
found = {}


def travel(take):
    """Metres from the first frame to the last."""
    return [float(metres) for metres in take.trans[-1] - take.trans[0]]


def play():
    window.install(ZIP)
    session = window.module("link.session")
    learning_source = window.module("rig.read.training_takes")
    ANYFRAME_PT_blend = window.module("ui.generate_in_style").ANYFRAME_PT_blend
    ANYFRAME_PT_learn = window.module("ui.learn_style").ANYFRAME_PT_learn
    ANYFRAME_PT_main = window.module("ui.main").ANYFRAME_PT_main

    session.preferences().python = PYTHON
    scene, queue, shelf = bpy.context.scene, session.queue, session.style_library()
    found["tab_shown"] = yield from window.show_sidebar(ANYFRAME_PT_main)
    press(bpy.ops.anyframe.add_character)
    settings = scene.anyframe
    settings.prompt, settings.seconds, settings.lock_seed = "walk", 2.0, True
    press(bpy.ops.anyframe.generate)
    job = queue.current
    yield from wait_for(lambda: job.ended)

    twin = window.open_twin(ANYFRAME_PT_learn)
    body = bpy.context.view_layer.objects.active
    name = body.name
    (clip,) = learning_source.list_action_clips(body)
    take = learning_source.read_clip_take(body, scene, clip)
    found["take"] = [len(take), take.fps, *travel(take)]
    found["no_takes"] = refusal(lambda: press(bpy.ops.anyframe.learn))
    press(bpy.ops.anyframe.add_lesson)
    scene.anyframe_learning.name = "slow"
    press(bpy.ops.anyframe.learn)
    learning = queue.current
    yield from wait_for(lambda: learning.preview)
    yield 0.3
    window.picture(Path(PICTURES, "learn.png"))
    settings.prompt = "run"
    press(bpy.ops.anyframe.generate)
    motion = queue.current
    found["shown_first"] = motion is not learning
    yield from wait_for(lambda: motion.ended)
    found["meanwhile"] = [motion.state.name, learning.ended, body.animation_data.action.name]
    press(bpy.ops.anyframe.preview_style)
    found["so_far"] = body.animation_data.action.name
    press(bpy.ops.anyframe.cancel)
    yield from wait_for(lambda: learning.ended)
    found["stopped"] = [learning.state.name, list(shelf.styles)]

    scene.anyframe_learning.name = "mine"
    press(bpy.ops.anyframe.learn)
    job = queue.current
    yield from wait_for(lambda: job.ended)
    found["learnt"] = [job.state.name, job.message, scene.anyframe_blend.style]
    bpy.utils.unregister_class(twin)
    bpy.utils.register_class(ANYFRAME_PT_learn)

    twin = window.open_twin(ANYFRAME_PT_blend)
    for _ in range(2):
        press(bpy.ops.anyframe.add_span)
    yield 0.3
    window.picture(Path(PICTURES, "blend.png"))
    press(bpy.ops.anyframe.blend)
    job = queue.current
    yield from wait_for(lambda: job.ended)
    found["blended"] = [job.state.name, body.animation_data.action.name]
    bpy.ops.ed.undo()
    yield 0.3
    found["undone"] = bpy.data.objects[name].animation_data.action.name
    yield from by_sound(bpy.context.scene, queue)
    bpy.utils.unregister_class(twin)
    bpy.utils.register_class(ANYFRAME_PT_blend)


def by_sound(scene, queue):
    """The same from the sound of the sequencer, with the panel Blend in view."""
    path = Path(PICTURES, "beat.wav")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(np.tile(np.repeat([9000, -9000, 0, 0], 2000), 12).astype("<i2").tobytes())
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strips.new_sound("beat", str(path), 1, 1)
    scene.frame_set(1)
    item = scene.anyframe_learning.takes[0]
    item.sound = True
    scene.anyframe_learning.name = "heard"
    found["no_mixdown"] = refusal(lambda: press(bpy.ops.anyframe.learn))
    if found["no_mixdown"]:
        return
    job = queue.learning_job
    yield from wait_for(lambda: job.ended)
    found["heard"] = [job.state.name, job.message]
    scene.anyframe_blend.style = "heard"
    yield 0.3
    window.picture(Path(PICTURES, "sound.png"))
    press(bpy.ops.anyframe.blend)
    job = queue.current
    yield from wait_for(lambda: job.ended)
    found["followed"] = [job.state.name, job.message]


window.run(play(), found, FINDINGS)
