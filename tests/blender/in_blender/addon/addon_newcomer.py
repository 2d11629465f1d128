"""What somebody meets who has just installed the add-on, in a default scene and after it.

Arguments: the zip, the backend's Python, a folder to write in.
"""

import json
import sys
import time
from pathlib import Path

import addon
import bpy
from layouts import drawn, drawn_item
from mathutils import Vector

ZIP, PYTHON, FOLDER = sys.argv[1:]
ops = bpy.ops.anyframe


def default_scene():
    bpy.ops.wm.read_homefile(use_factory_startup=True, load_ui=False)
    addon.use_python(PYTHON)


def queue():
    return addon.module("link.session").queue


def main_panel():
    return drawn(addon.module("ui.main").ANYFRAME_PT_main)


def boxes_meet(one, other):
    box_of = addon.module("rig.smpl.free_location").world_bounding_box
    (low, high), (other_low, other_high) = box_of(one), box_of(other)
    return all(low[n] < other_high[n] and other_low[n] < high[n] for n in range(3))


def check_the_panel_offers_a_character_where_none_is_chosen():
    addon.empty_scene()
    text = main_panel()
    assert text.index("No armature chosen") < text.index("anyframe.add_character"), text
    assert text.index("anyframe.add_character") < text.index("anyframe.generate"), text
    ops.add_character()
    assert "anyframe.add_character" not in main_panel()


def check_a_character_stands_beside_the_default_cube():
    default_scene()
    cube = bpy.data.objects["Cube"]
    before = cube.matrix_world.copy()
    assert ops.add_character() == {"FINISHED"}
    bpy.context.view_layer.update()
    armature = bpy.context.view_layer.objects.active
    (body,) = armature.children
    assert not boxes_meet(body, cube), armature.location
    assert armature.location.yz == Vector((0.0, 0.0)) and 1.0 < abs(armature.location.x) < 2.5
    assert cube.matrix_world == before, "the cube stays"
    ops.add_character()
    bpy.context.view_layer.update()
    other = bpy.context.view_layer.objects.active
    assert not boxes_meet(other.children[0], body) and not boxes_meet(other.children[0], cube)


def check_add_character_without_obstacle_is_at_cursor():
    for add in (
        lambda: bpy.ops.mesh.primitive_plane_add(size=4.0),
        lambda: bpy.ops.mesh.primitive_cube_add(size=12.0),
        lambda: bpy.ops.mesh.primitive_cube_add(location=(0.0, 3.0, 0.0)),
        lambda: bpy.ops.mesh.primitive_cube_add(location=(0.0, 0.0, 5.0)),
        bpy.ops.object.light_add,
    ):
        addon.empty_scene()
        add()
        ops.add_character()
        armature = bpy.context.view_layer.objects.active
        assert armature.location == Vector(), (bpy.data.objects[0].name, armature.location)
    addon.empty_scene()
    bpy.ops.mesh.primitive_cube_add()
    bpy.context.object.hide_set(True)
    ops.add_character()
    assert bpy.context.view_layer.objects.active.location == Vector(), "hidden objects do not count"


def check_online_access_is_offered_and_allowed():
    preferences = addon.module("ui.preferences").AnyframePreferences
    settings = bpy.context.preferences.addons[addon.NAME].preferences
    settings.python = ""
    installer = addon.module("link.session").installer()
    installer.detection.wait_for_result()
    accelerators = addon.module("link.setup.accelerators")
    system: bool = bpy.context.preferences.system.use_online_access
    bpy.context.preferences.system.use_online_access = False
    found = {}
    for accelerator in (accelerators.Accelerator.CPU, accelerators.Accelerator.CUDA):
        installer.detection.result = accelerators.DetectedAccelerator(accelerator, "", "")
        found[accelerator.name] = drawn(preferences)
    assert "about 0.4 GB once and needs 3 GB" in " ".join(found["CPU"].split()), found
    assert "several GB once and needs 12 GB" in " ".join(found["CUDA"].split()), found
    for text in found.values():
        offered = text.index("anyframe.allow_online_access")
        assert text.index("is set to stay offline") < offered, text
        assert offered < text.index("anyframe.setup_backend"), text
    addon.refused(ops.setup_backend, "stay offline", "Allow Online Access")
    assert ops.allow_online_access() == {"FINISHED"}
    assert bpy.app.online_access and bpy.context.preferences.system.use_online_access
    assert "anyframe.allow_online_access" not in drawn(preferences)
    assert not ops.allow_online_access.poll()
    bpy.context.preferences.system.use_online_access = system
    settings.python = PYTHON


def check_generated_motion_is_hidden_before_there_is_one():
    addon.empty_scene()
    panel = addon.module("ui.resample").ANYFRAME_PT_generated
    assert not panel.poll(bpy.context)
    ops.add_character()
    assert not panel.poll(bpy.context)
    ops.generate(prompt="a person walks", seconds=1.0)
    assert panel.poll(bpy.context)


def check_labels_are_not_called_actions():
    for owner in (bpy.types.Scene.bl_rna.properties["anyframe"].fixed_type,):
        assert owner.properties["action"].name == "Label"
        model = owner.properties["model"].enum_items
        assert [(item.identifier, item.name) for item in model] == [
            ("nerm", "Prompt"),
            ("motioninr", "Label"),
        ]
    assert bpy.ops.anyframe.generate.get_rna_type().properties["action"].name == "Label"


def check_a_strip_is_sampled_again_and_blended():
    addon.empty_scene()
    ops.add_character()
    armature = bpy.context.view_layer.objects.active
    generated = addon.module("operators.common.generated_motion")
    ops.generate(prompt="a person walks", seconds=1.0, destination="NLA_STRIP")
    data = armature.animation_data
    assert data.action is None and len(data.nla_tracks) == 1
    assert generated.has_generated_motion(bpy.context)
    assert addon.module("ui.resample").ANYFRAME_PT_generated.poll(bpy.context)
    strip = data.nla_tracks[0].strips[0]
    strip.frame_start_ui = strip.frame_start + 20.0
    assert ops.decode(destination="NLA_STRIP", fps=12.0) == {"FINISHED"}
    assert len(data.nla_tracks) == 2
    again = data.nla_tracks[1].strips[0]
    assert abs(again.frame_start - 30.0) < 1e-3, "it begins where the strip was moved to"
    sent = json.loads(again.action["anyframe"])["asked"]
    assert (sent["kind"], sent["fps"]) == ("decode", 12.0), sent
    # Its travel is taken out of the strip, and put back.
    is_in_place = addon.module("operators.armature.pose").is_in_place
    assert is_in_place(armature) is False
    assert ops.set_in_place(in_place=True) == {"FINISHED"}
    assert again.action["anyframe_in_place"] and is_in_place(armature)
    ops.set_in_place(in_place=False)
    # Of several the selected one, or else the topmost.
    ops.generate(prompt="a person bows", seconds=1.0, destination="NLA_STRIP")
    for track in data.nla_tracks:
        track.strips[0].select = False
    assert generated.find_playing_action(armature).action["anyframe_prompt"] == "a person bows"
    data.nla_tracks[0].strips[0].select = True
    assert generated.find_playing_action(armature).strip == data.nla_tracks[0].strips[0]
    other = data.nla_tracks[2].strips[0].action.name
    assert ops.interpolate(second=other) == {"FINISHED"}
    between = json.loads(armature.animation_data.action["anyframe"])["between"]
    assert between == ["a person walks", "a person bows"], between
    # An action of the user's own above them changes nothing; muted tracks move nothing.
    data.action = bpy.data.actions.new("Mine")
    assert generated.find_playing_action(armature).strip is not None
    for track in data.nla_tracks:
        track.mute = True
    assert not generated.has_generated_motion(bpy.context)
    addon.refused(ops.decode, "no motion that Anyframe generated")


def check_the_last_message_ends_with_its_file():
    addon.empty_scene()
    ops.add_character()
    ops.generate(prompt="a person walks", seconds=1.0)
    path = str(Path(FOLDER, "other.blend"))
    bpy.ops.wm.save_as_mainfile(filepath=path)
    assert "a person walks" in queue().last.message
    bpy.ops.wm.open_mainfile(filepath=path)
    assert queue().last is None
    assert "a person walks" not in main_panel()
    # A style that is being learnt belongs to no file.
    request = {"kind": "learn", "name": "slow", "takes": [{"name": "a", "label": "walk"}]}
    job = addon.module("link.session").submit(
        request, title="slow", finish=lambda _job, _data: "", takes=(b"x",)
    )
    bpy.ops.wm.open_mainfile(filepath=path)
    assert queue().learning_job is job and not job.ended
    queue().cancel(job)


def check_seeds_of_a_review_differ():
    addon.empty_scene()
    ops.add_character()
    ops.generate(prompt="a person walks", seconds=1.0, seed=1886283117, variations=3, review=True)
    text = drawn(addon.module("ui.review").ANYFRAME_PT_review)
    for end in ("…3117", "…3118", "…3119"):
        assert end in text, text
    items = addon.module("ui.review")._variation_items(None, bpy.context)
    assert items[1][2].startswith("Seed 1886283118."), items
    bpy.context.window_manager.anyframe_variation = "1"
    assert "anyframe.copy_seed" in text
    assert ops.copy_seed() == {"FINISHED"}
    ops.discard_review()
    assert not ops.copy_seed.poll()


def check_the_outcome_is_one_line_and_a_fold():
    addon.empty_scene()
    ops.add_character()
    ops.generate(prompt="a person waves", seconds=1.0)
    manager = bpy.context.window_manager
    text = main_panel()
    assert "“a person waves” is on…" in text and "Novelty" not in text, text
    manager.anyframe_details = True
    text = main_panel()
    assert "Novelty" in text and "Match with its words" in text, text
    assert "anyframe_details" not in {*manager.keys()}, "nothing of it is kept in the file"
    manager.anyframe_details = False
    ops.generate(prompt="tomatoes", seconds=1.0)
    text = main_panel()
    assert "may not show all of the prompt" in " ".join(text.split()), "warnings are not folded"
    assert "Novelty" not in text


def check_progress_of_unknown_length_shows_seconds():
    progress = addon.module("ui.progress")
    jobs = addon.module("link.http.jobs")
    job = jobs.Job(1, "walk", lambda _job, _take: "")
    job.message = "Starting the backend: loading PyTorch"
    job.started_at = time.monotonic() - 7.0
    queue()._jobs.append(job)
    known, queue().capabilities = queue().capabilities, {}
    try:
        text = main_panel()
        assert "Starting the backend:" in text and "7 s" in text, text
        assert "only once per Blender session" in " ".join(text.split()), text
        assert 0.0 <= progress.progress_fraction(job) <= 1.0
        queue().capabilities = {"engine": "ready"}
        assert "only once" not in main_panel()
        job.status = addon.module("link.http.client").JobStatus("running", step=3, total=12)
        assert progress.progress_fraction(job) == 0.25
    finally:
        queue()._jobs.remove(job)
        queue().capabilities = known


def check_history_entries_show_time():
    addon.empty_scene()
    ops.add_character()
    ops.generate(prompt="a person walks", seconds=1.0)
    (entry, *_) = bpy.context.scene.anyframe_history.entries
    text = drawn_item(addon.module("ui.history").ANYFRAME_UL_history, entry)
    assert text.startswith("walks ") and text.count(":") == 2, text
    assert len(text.split()) == 2, text


def check_empty_fields_show_placeholders():
    addon.empty_scene()
    bpy.context.scene.anyframe.resample_fps = 0.0
    resample = addon.module("ui.resample").ANYFRAME_PT_resample
    assert "Scene (23.976 fps)" in drawn(resample)
    bpy.context.scene.anyframe.resample_fps = 60.0
    assert "Scene (" not in drawn(resample)
    bpy.context.scene.anyframe.property_unset("resample_fps")


def check_long_labels_of_a_style_are_wrapped():
    text = drawn(addon.module("ui.generate_in_style").ANYFRAME_PT_blend)
    facts = addon.module("scene.style_settings").chosen_style(bpy.context.scene.anyframe_blend)
    shown = " ".join(text.split())
    for label in facts.labels:
        assert label in shown, (label, shown)
    assert "knows" in shown


addon.install(ZIP)
addon.use_python(PYTHON)
for name, check in list(globals().items()):
    if name.startswith("check_"):
        check()
        print("DONE", name, flush=True)
addon.finish()
