"""Every state of the panel and the preferences, drawn on a layout that knows Blender's rules.

Arguments: the zip, the backend's Python.
"""

import sys
import time
from pathlib import Path

import addon
import bpy
from layouts import drawn, drawn_item

ZIP, PYTHON = sys.argv[1:]

addon.install(ZIP)
addon.empty_scene()
panel = addon.module("ui.main")
preferences = addon.module("ui.preferences").AnyframePreferences
session = addon.module("link.session")
setup = addon.module("link.setup.state")
accelerators = addon.module("link.setup.accelerators")
queue = session.queue


def main_text(*words):
    text = drawn(panel.ANYFRAME_PT_main)
    for word in words:
        assert word in text, f"{word!r} is not in {text!r}"


def history_text():
    return drawn(addon.module("ui.history").ANYFRAME_PT_history)


def status_bar_text():
    draw = addon.module("ui.progress").draw_in_status_bar
    assert draw in bpy.types.STATUSBAR_HT_header.draw._draw_funcs
    return drawn(type("StatusBar", (), {"draw": draw}))


main_text("No armature chosen", "23.976 fps · 96 frames", "The backend is not set")
assert "Generated motions are listed here" in history_text()
assert not status_bar_text()
drawn(panel.ANYFRAME_PT_files)
drawn(addon.module("ui.resample").ANYFRAME_PT_generated)
for keying in ("EVERY_NTH", "SPARSE", "EVERY_FRAME"):
    bpy.context.scene.anyframe.keying = keying
    drawn(addon.module("ui.main").ANYFRAME_PT_placement)
bpy.ops.object.armature_add()
main_text("None of the 1 bones")
bpy.ops.anyframe.add_character()
main_text("SMPL · 24 of 24 bones")
chosen = bpy.context.scene.anyframe.armature = bpy.data.objects["Armature"]
main_text("None of the 1 bones")
(home,) = chosen.users_collection
home.objects.unlink(chosen)
main_text("Anyframe Character", "SMPL · 24 of 24 bones")  # a deleted one stays in the field
home.objects.link(chosen)
bpy.context.scene.anyframe.armature = None
assert "22 of 22 joints by name: SMPL" in drawn(addon.module("ui.bones").ANYFRAME_PT_bones)
blocks = addon.module("ui.blocks")
assert "adds the prompt above" in drawn(blocks.ANYFRAME_PT_blocks)
listed = bpy.context.scene.anyframe_blocks.blocks
for prompt, action in (("a person waves", ""), ("", "dance"), ("", "")):
    bpy.context.scene.anyframe.prompt, bpy.context.scene.anyframe.action = prompt, action
    bpy.ops.anyframe.add_block()
shown = [drawn_item(blocks.ANYFRAME_UL_blocks, block) for block in listed]
assert shown == ["waves 4 s", "dance 4 s", "No prompt 4 s"], shown
text = drawn(blocks.ANYFRAME_PT_blocks)
assert "12 s · 288 frames anyframe.generate_blocks" in text, text
bpy.context.scene.anyframe.property_unset("prompt")
bpy.context.scene.anyframe.property_unset("action")
assert "is not set up" in drawn(preferences)
environment = setup.EnvironmentInfo(
    Path("/user/env1"), "", "CPU", "3.11.7", "2.13.0", "processor", 2 * 10**9
)
installer = session.installer()
installer.refresh_status = lambda: None  # it would find that all below is invented
for state in setup.SetupState:
    for error in ("", "pip could not."):
        for progress in (None, 0.34):
            installer.status = setup.SetupStatus(
                state, "Collecting", error, "It works.", progress, 1.0, environment
            )
            text = drawn(preferences)
            assert state.value in text, text
            assert installer.status.busy or error in text, text
            assert installer.status.busy or "2.0 GB in" in text, text
            assert (state.name in {"MOVED", "BROKEN"}) == ("repair_backend" in text), text
            assert not (installer.status.busy and progress) or "34 %" in text, text
            main_text()
installer.status = setup.SetupStatus(setup.SetupState.INCOMPLETE, leftover_wheels=7)
assert "7 packages are downloaded" in drawn(preferences)
installer.detection.wait_for_result()
installer.detection.result = accelerators.DetectedAccelerator(
    accelerators.Accelerator.CUDA, "H100", "Update."
)
text = drawn(preferences)
assert "Automatic (NVIDIA, CUDA 13: H100)" in text, text
assert "Update." in text, text

addon.use_python(PYTHON)
assert "not set up" not in drawn(panel.ANYFRAME_PT_main)
drawn(preferences)
job = session.submit(
    {"kind": "generate", "prompt": "slow", "seconds": 1.0, "fps": 24.0, "seed": 1},
    title="slow",
    finish=lambda job, take: "It is there.",
)
main_text("Waiting")
while job.status.step < 3:
    queue.tick()
    time.sleep(0.005)
main_text(f"{job.status.step} of 200 · ", "Denoising")
assert f"Anyframe: Denoising {job.status.step} of 200 · " in status_bar_text(), status_bar_text()
assert "anyframe.cancel" in status_bar_text()
queue.cancel(job)
main_text("Stopped")
job = session.submit(
    {"kind": "generate", "prompt": "walk", "seconds": 1.0, "fps": 24.0, "seed": 1},
    title="walk",
    finish=lambda job, take: "It is there.",
)
while job.state.name != "READY":
    queue.tick(may_finish=False)
    time.sleep(0.005)
bpy.ops.object.mode_set(mode="EDIT")
session._on_timer()
main_text("go back to Object")
assert "go back to Object" in status_bar_text()
bpy.ops.object.mode_set(mode="OBJECT")
queue.tick()
main_text("It is there.")
queue.report_refusal("", "The prompt is empty.")
main_text("The prompt is empty.")

manner = {"keying": "SPARSE", "part": "ARMS", "fade": 4, "plant_feet": False}
bpy.ops.anyframe.generate(prompt="tomatoes", action="wave", seconds=1.5, seed=7, **manner)
for line in (
    "Label “wave”, 1.5 s, 23.976 fps, seed 7, originality 0.35 Sparse, Both Arms, ",
    "Both Arms, Blend In/Out 4, no Match Foot",
    "“tomatoes” is on Anyframe Character: 36 frames",
    "Anyframe Character tomatoes",
    "anyframe.use_settings anyframe.regenerate",
):
    assert line in history_text(), (line, history_text())
bpy.data.actions.remove(bpy.data.actions["tomatoes"])
assert "“tomatoes” is not in the file any more" in history_text()
(entry,) = bpy.context.scene.anyframe_history.entries
entry.record = entry.when = "damaged"
assert "damaged. “tomatoes” is on" in history_text()
row = addon.module("ui.history").ANYFRAME_UL_history
assert drawn_item(row, entry) == "tomatoes"

ANYFRAME_PT_review = addon.module("ui.review").ANYFRAME_PT_review
assert not ANYFRAME_PT_review.poll(bpy.context)
bpy.ops.anyframe.generate(prompt="tomatoes", seconds=1.0, seed=7, variations=3, review=True)
assert ANYFRAME_PT_review.poll(bpy.context)
text = drawn(ANYFRAME_PT_review)
for words in (
    "“tomatoes”  Seed Match Novelty",
    "7 0.10 0.50 8 0.05 0.50 9",
    "Previous",
    "again_with",
):
    assert words in text, (words, text)
review = addon.module("operators.jobs.review_state").review_state
review.update(draw_error="The motions cannot be drawn.")
assert "The motions cannot be drawn." in drawn(ANYFRAME_PT_review)
other = bpy.data.scenes.new("Other")
with bpy.context.temp_override(scene=other):
    assert "for the scene “Scene”" in drawn(ANYFRAME_PT_review)
bpy.data.objects.remove(bpy.data.objects["Anyframe Character"])
assert "was deleted or renamed" in drawn(ANYFRAME_PT_review)
bpy.ops.anyframe.discard_review()
main_text("Discarded; nothing was changed.")
addon.finish()
