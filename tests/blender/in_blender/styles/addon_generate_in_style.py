"""*Blend* through the installed extension, styles and their files, and the panels of both.

Arguments: the zip, the backend's Python (`fake_backend`).
"""

import json
import re
import sys
from pathlib import Path

import addon
import bpy
import layouts
from styles_scene import (
    blending,
    character,
    fresh,
    info,
    learning,
    mine,
    motions,
    ops,
    session,
    shelf,
)

ZIP, PYTHON = sys.argv[1:]


def check_blend():
    size = mine()
    bpy.ops.ed.undo_push(message="mine")
    assert ops.blend(style="mine", timeline="walk:3,run:2", seed=5) == {"FINISHED"}
    action = character().animation_data.action
    assert action.name == "walk → run", action.name
    sent = info()["asked"]
    assert sent["timeline"] == [{"label": "walk", "seconds": 3}, {"label": "run", "seconds": 2}]
    assert (sent["seed"], sent["overlap"], sent["style"]) == (5, 0.5, "mine"), sent
    assert sent["hash"] == shelf().styles["mine"].hash
    assert not {"fine", "loop", "grid", "originality"} & set(sent), sent
    assert info()["sent"] == [size]
    frames = len(addon.curves_of(character())[0].keyframe_points)
    assert frames == round(5 * 24 / 1.001), frames
    assert len(action["anyframe_request"]) < 2000, "the style is not in the file"
    bpy.ops.ed.undo()
    assert "walk → run" not in bpy.data.actions
    bpy.ops.ed.redo()
    assert "walk → run" in bpy.data.actions
    ops.blend(timeline="walk:2", style="mine", fine="sneak:2", fine_levels=2, loop=True)
    sent = info()["asked"]
    assert (sent["fine"], sent["fine_levels"]) == ([{"label": "sneak", "seconds": 2}], 2)
    assert sent["loop"] is True
    rows = ["walk:2"] * 5 + ["run:1,sneak:1"] * 2
    ops.blend(timeline="walk:2", style="mine", grid=json.dumps(rows), lock_feet=False)
    sent = info()["asked"]
    assert len(sent["grid"]) == 7 and sent["lock_feet"] is False
    assert sent["grid"][6][1] == {"label": "sneak", "seconds": 1}
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
    sent = info()["asked"]
    assert [row["label"] for row in sent["timeline"]] == ["walk", "run"]
    assert sent["fine"] == [{"label": "sneak", "seconds": 6}]
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
    addon.refused(blend("walk:0.1"), "length must be", "got 0.1")
    addon.refused(blend("walk:301"), "301")
    addon.refused(blend(fine="walk:2"), "fine timeline must be as long", "3 s (got 2 s)")
    addon.refused(
        blend(fine="walk:3", fine_levels=7), "fine levels must be between 1 and 6 (got 7)"
    )
    addon.refused(blend(grid='["walk:3"]'), "grid must have 7 levels (got 1)")
    addon.refused(blend(grid="walk:3"), "list of texts")
    addon.refused(blend(grid='["walk:3"]', fine="walk:3"), "leave out the grid")
    addon.refused(blend(overlap=-1.0), "overlap must be", "got -1")
    for share in (-0.1, 1.5):
        addon.refused(blend(originality=share), "originality must be")
    addon.refused(blend(seed=-1), "seed must be", "got -1")
    addon.refused(blend(variations=17), "variations must be", "got 17")
    addon.refused(blend(pick=1), "variation must be", "got 1")
    addon.refused(blend(armature="Nobody"), "no object called “Nobody”")
    path = shelf().style_path("mine")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    addon.refused(blend(), "damaged or was changed")
    path.write_bytes(re.sub(rb'(\\"format\\": )\d', rb"\g<1>9", path.read_bytes()))
    addon.refused(blend(), "another version (format 9")


def check_history():
    mine()
    ops.blend(
        style="mine", timeline="walk:3,run:2", fine="sneak:5", seed=5, overlap=0.25, originality=0.3
    )
    assert info()["asked"]["originality"] == 0.3
    first = addon.keys_of(character())
    assert ops.regenerate() == {"FINISHED"}
    assert addon.keys_of(character()) == first
    (entry, *_) = bpy.context.scene.anyframe_history.entries
    ops.use_settings()
    assert (blending().style, blending().overlap, blending().alike) == ("mine", 0.25, False)
    assert round(blending().originality, 4) == 0.3
    assert [row.label for row in blending().coarse] == ["walk", "run"]
    assert [row.label for row in blending().fine] == ["sneak"]
    assert bpy.context.scene.anyframe.seed == 5
    assert "Style “mine”" in layouts.drawn(addon.module("ui.history").ANYFRAME_PT_history)
    other = shelf().read_style_bytes("mine")
    shelf().save_style("renamed", other)
    shelf().delete_style("mine")
    assert ops.regenerate(key=entry.key) == {"FINISHED"}, "a style is known by its content"
    shelf().delete_style("renamed")
    addon.refused(lambda: ops.regenerate(key=entry.key), "“mine”", "was deleted or learnt anew")


def check_files():
    mine()
    folder = Path(bpy.app.tempdir)
    out = folder / "given.safetensors"
    assert ops.export_style(style="mine", filepath=str(out)) == {"FINISHED"}
    assert out.read_bytes() == shelf().read_style_bytes("mine")
    assert ops.import_style(filepath=str(out)) == {"FINISHED"}
    assert list(shelf().styles) == ["given", "mine"]
    addon.refused(lambda: ops.import_style(filepath=str(out)), "“given” already")
    assert ops.import_style(filepath=str(out), name="other", overwrite=True) == {"FINISHED"}
    addon.refused(lambda: ops.export_style(style="mine", filepath=str(folder / "a.npz")), "a.npz")
    addon.refused(lambda: ops.export_style(style="none", filepath=str(out)), "no style “none”")
    (folder / "cut.safetensors").write_bytes(out.read_bytes()[:-1])
    cut = str(folder / "cut.safetensors")
    addon.refused(lambda: ops.import_style(filepath=cut), "cut short")
    blending().style = "given"
    assert ops.delete_style() == {"FINISHED"}
    assert blending().style == "" and list(shelf().styles) == ["mine", "other"]
    addon.refused(lambda: ops.delete_style(style="given"), "no style “given”")


def check_the_style_that_ships():
    mine()
    shipped = addon.module("link.files.style_library").SHIPPED_STYLE
    shelf().style_path(shipped).write_bytes(shelf().read_style_bytes("mine"))
    shelf().refresh()
    blending().style = ""
    blending().coarse.clear()
    panel = layouts.drawn(addon.module("ui.generate_in_style").ANYFRAME_PT_blend)
    assert "Shipped Style knows walk, run, sneak" in panel, panel
    ops.add_span()
    ops.add_span()
    assert [row.label for row in blending().coarse] == ["walk", "run"]
    assert ops.blend(timeline="sneak:2") == {"FINISHED"}
    assert info()["asked"]["style"] == shipped
    shelf().style_path(shipped).unlink()
    shelf().refresh()
    addon.refused(lambda: ops.blend(timeline="sneak:2"), "No style is chosen")


def check_a_preview_and_the_panels():
    learn_panel = addon.module("ui.learn_style").ANYFRAME_PT_learn
    blend_panel = addon.module("ui.generate_in_style").ANYFRAME_PT_blend
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
    assert job.ended and "with the same takes resumes it" in job.message
    mine()
    text = layouts.drawn(learn_panel)
    assert "mine" in text and "walk, run, sneak" in text and "anyframe.learn" in text, text
    row = addon.module("ui.learn_style").ANYFRAME_UL_lessons
    take = learning().takes[0]
    assert layouts.drawn_item(row, take) == "", "one field for an action and its label alike"
    take.label = "stroll"
    assert layouts.drawn_item(row, take) == "walk"
    take.label = "walk"
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
    ui = addon.module("ui.generate_in_style")
    spans = addon.module("scene.style_settings").timeline_from_rows(blending().coarse)
    assert ui.sample_labels(spans, 4) == ["walk", "walk", "run", "run"]
    assert ui.sample_labels(spans[:1] * 2 + spans[1:], 3) == ["walk", "walk", "run"]
    assert ui.label_icon("run", ("walk", "run")) == "COLORSET_02_VEC"
    assert ui.label_icon("hop", ("walk", "run")) == "ERROR"


addon.install(ZIP)
addon.use_python(PYTHON)
for name, check in list(globals().items()):
    if name.startswith("check_"):
        fresh()
        check()
        print("ok", name)
addon.finish()
