"""When a motion that has come may land, and what it says while it may not.

Arguments: the zip, the backend's Python. Without a window no timer fires, so it is called here;
what only a window has (tools and renders that go on meanwhile) is stood in for.
"""

import sys
import time
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import addon
import bpy

ZIP, PYTHON = sys.argv[1:]


def session():
    return addon.module("link.session")


def job_that_has_come():
    job = session().submit(
        {"kind": "generate", "prompt": "walk", "seconds": 1.0, "fps": 24.0, "seed": 1},
        title="walk",
        finish=lambda job, take: "It is there.",
    )
    while job.state.name != "READY":
        session().queue.tick(may_finish=False)
        time.sleep(0.005)
    return job


def expect_waiting(job, *words):
    for _ in range(2):
        assert session()._on_timer(), "it is looked at again"
        assert job.state.name == "READY", job.message
    for word in words:
        assert word in job.message, job.message


def lands(job):
    session()._on_timer()
    assert job.state.name == "DONE", job.message


@contextmanager
def a_window(tool="", job=""):
    """A window in which a tool is in use, and a job of Blender's that goes on."""
    tools = [SimpleNamespace(bl_idname=tool)] if tool else []
    window = SimpleNamespace(
        view_layer=bpy.context.view_layer,
        modal_operators=tools,
        screen=SimpleNamespace(areas=()),
        workspace=SimpleNamespace(status_text_set_internal=lambda text: None),
    )
    manager = SimpleNamespace(windows=[window])

    def is_job_running(kind):
        assert not bpy.app.is_job_running(kind), "Blender knows the kind"
        return kind == job

    session().bpy = SimpleNamespace(
        context=SimpleNamespace(
            window_manager=manager, temp_override=lambda **members: nullcontext()
        ),
        app=SimpleNamespace(is_job_running=is_job_running),
    )
    try:
        yield
    finally:
        session().bpy = bpy


def cube():
    bpy.ops.mesh.primitive_cube_add()
    return bpy.context.view_layer.objects.active


def check_a_mode_in_which_things_are_edited():
    cube()
    job = job_that_has_come()
    bpy.ops.object.mode_set(mode="EDIT")
    expect_waiting(job, "go back to Object or Pose Mode")
    bpy.ops.object.mode_set(mode="OBJECT")
    lands(job)


def check_a_tool_that_holds_keys_or_poses():
    for tool in (
        "TRANSFORM_OT_translate",
        "POSE_OT_breakdown",
        "POSELIB_OT_blend_pose_asset",
        "GRAPH_OT_ease",
        "ACTION_OT_select_box",
    ):
        job = job_that_has_come()
        with a_window(tool=tool):
            expect_waiting(job, "tool that is in use")
        lands(job)


def check_other_tools_are_no_obstacle():
    for tool in ("VIEW3D_OT_rotate", "ANYFRAME_OT_something", "ANIM_OT_change_frame"):
        job = job_that_has_come()
        with a_window(tool=tool):
            lands(job)


def check_a_render():
    for kind in ("RENDER", "OBJECT_BAKE"):
        job = job_that_has_come()
        with a_window(job=kind):
            expect_waiting(job, "when the render has ended")
        lands(job)
    job = job_that_has_come()
    with a_window(job="SHADER_COMPILATION"):
        lands(job)


def check_a_strip_that_is_tweaked():
    thing = cube()
    thing.keyframe_insert("location", frame=1)
    data = thing.animation_data
    track = data.nla_tracks.new()
    track.strips.new("strip", 1, data.action)
    data.action = None
    data.nla_tracks.active = track
    other = cube()
    job = job_that_has_come()
    data.use_tweak_mode = True
    assert data.use_tweak_mode
    layer = bpy.context.view_layer
    for active, selected in ((thing, False), (other, True)):
        layer.objects.active = active
        thing.select_set(selected)
        expect_waiting(job, "leave tweak mode")
    data.use_tweak_mode = False
    lands(job)


def check_the_panel_and_the_status_bar_are_drawn_when_the_reason_changes():
    drawn = []
    module = session()
    redraw, module.redraw = module.redraw, lambda **options: drawn.append(options)
    job = job_that_has_come()
    with a_window(tool="TRANSFORM_OT_rotate"):
        module._on_timer()
        module._on_timer()
        assert len(drawn) == 1
    with a_window(job="RENDER"):
        module._on_timer()
        assert len(drawn) == 2
    module.redraw = redraw
    lands(job)


def check_in_background_mode_nothing_is_waited_for():
    job = job_that_has_come()
    with a_window(tool="TRANSFORM_OT_rotate", job="RENDER"):
        session().queue.wait(job)
    assert job.state.name == "DONE"


addon.install(ZIP)
addon.use_python(PYTHON)
for name, check in list(globals().items()):
    if name.startswith("check_"):
        addon.empty_scene()
        check()
        print(name)
addon.finish()
