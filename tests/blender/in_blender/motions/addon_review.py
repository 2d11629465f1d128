"""Motions under review: looked at, accepted, discarded, and what may happen meanwhile.

Arguments: the zip, the backend's Python, a folder to write in.
"""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import addon
import bpy

ZIP, PYTHON, FOLDER = sys.argv[1:]
ops = bpy.ops.anyframe


def character():
    return bpy.data.objects["Anyframe Character"]


def review():
    return addon.module("operators.jobs.review_state").review_state


def make(prompt="a person walks", **how):
    return ops.generate(prompt=prompt, seconds=1.0, seed=7, **how)


def keys(armature):
    """All that is keyed: channel -> frames, values, handles, kinds."""
    return {
        (curve.data_path, curve.array_index): [
            (*k.co, *k.handle_left, *k.handle_right, k.interpolation, k.handle_left_type)
            for k in curve.keyframe_points
        ]
        for curve in addon.curves_of(armature)
    }


def everything():
    """What is in the file, as far as a review could touch it."""
    counts = {
        name: len(getattr(bpy.data, name))
        for name, prop in bpy.data.bl_rna.properties.items()
        if prop.type == "COLLECTION"
    }
    played = {
        item.name: (item.animation_data.action.as_pointer(), keys(item))
        for item in bpy.data.objects
        if item.animation_data and item.animation_data.action
    }
    owners = [*bpy.data.scenes, *bpy.data.objects, *bpy.data.actions, *bpy.data.window_managers]
    # The history says what was asked for, whatever became of it.
    custom = {owner.name: sorted({*owner.keys()} - {"anyframe_history"}) for owner in owners}
    panel = {scene.name: sorted(scene.anyframe.keys()) for scene in bpy.data.scenes}
    return counts, played, custom, panel, addon.state()


def fresh():
    review().discard_all()
    addon.empty_scene()
    for scene in list(bpy.data.scenes)[1:]:
        bpy.data.scenes.remove(scene)
    ops.add_character()
    bpy.ops.ed.undo_push(message="before")


def check_scripted():
    """Without a window and without a word on it, nothing is reviewed."""
    for how, seed in (({}, "7"), ({"pick": 2}, "9"), ({"review": False, "pick": 3}, "10")):
        fresh()
        assert make(variations=4, **how) == {"FINISHED"}
        assert character().animation_data.action["anyframe_seed"] == seed, how
        assert len(bpy.data.actions) == 1
        assert not review().variations
    addon.refused(lambda: make(variations=4, pick=4), "between 0 and 3", "got 4")
    addon.refused(lambda: make(pick=-1), "variation must be", "got -1")
    addon.refused(lambda: make(variations=17), "number of variations must be", "between 1 and 16")
    addon.refused(lambda: make(variations=0), "number of variations must be")


def check_accepted_is_as_if_applied():
    fresh()
    make(variations=4, pick=2)
    direct = keys(character())
    bpy.ops.ed.undo()
    before = everything()
    make(variations=4, review=True)
    assert everything() == before, "nothing is changed while it is looked at"
    seeds = [variation.seed for variation in review().variations]
    assert seeds == [7, 8, 9, 10], seeds
    assert ops.accept_variation(variation=2) == {"FINISHED"}
    assert keys(character()) == direct
    assert "is on Anyframe Character" in addon.module("link.session").queue.last.message
    assert character().animation_data.action["anyframe_seed"] == "9"
    assert not review().variations and not ops.accept_variation.poll()
    bpy.ops.ed.undo()
    assert not character().animation_data, "one undo takes it back"
    bpy.ops.ed.redo()
    assert keys(character()) == direct


def check_the_chosen_one_is_accepted():
    fresh()
    make(variations=3, review=True)
    manager = bpy.context.window_manager
    assert review().side_by_side and manager.anyframe_beside
    assert manager.anyframe_variation == "0"
    ops.step_variation(step=-1)
    assert manager.anyframe_variation == "2", "it goes round"
    ops.step_variation()
    manager.anyframe_variation = "1"
    assert review().chosen_index == 1
    manager.anyframe_beside = False
    assert not review().side_by_side
    assert not set(manager.keys()) & {"anyframe_variation", "anyframe_beside"}, "nothing is kept"
    ops.accept_variation()
    assert character().animation_data.action["anyframe_seed"] == "8"


def check_discarded():
    fresh()
    make()
    bpy.context.scene.frame_set(33)
    before = everything()
    make("a person waves", variations=4, review=True)
    ops.step_variation()
    assert ops.discard_review() == {"FINISHED"}
    assert everything() == before
    assert not review().variations and not ops.discard_review.poll()
    refused(ops.accept_variation)


def refused(operator, *words):
    """The sentence of an operator that cannot be called or refuses."""
    try:
        operator()
    except RuntimeError as error:
        for word in words:
            assert word in str(error), error
        return
    raise AssertionError("it was not refused")


def check_one_alone_and_other_kinds():
    fresh()
    make(review=True)
    assert not review().side_by_side and not ops.step_variation.poll()
    message = addon.module("link.session").queue.last.message
    assert (
        message == "“a person walks” is shown in the viewport: accept or discard it under Review."
    )
    ops.accept_variation()
    first = keys(character())
    assert ops.decode(fps=12.0, review=True) == {"FINISHED"}
    assert review().chosen_variation.seed is None and not ops.again_with_seed.poll()
    assert keys(character()) == first
    ops.accept_variation()
    assert len(next(iter(keys(character()).values()))) < len(next(iter(first.values())))
    other = character().animation_data.action.name
    make("a person bows")
    assert ops.interpolate(second=other, review=True) == {"FINISHED"}
    ops.accept_variation()
    assert character().animation_data.action.name == "a person bows / a person walks"


def check_another_with_this_seed():
    fresh()
    settings = bpy.context.scene.anyframe
    settings.prompt, settings.seconds = "a person walks", 1.0
    make(variations=3, review=True)
    review().update(chosen_index=1)
    addon.refused(ops.again_with_seed, "The same input and seed give the same motion")
    assert len(review().variations) == 3
    settings.prompt = "a person runs"
    bpy.context.scene.frame_set(44)
    assert ops.again_with_seed() == {"FINISHED"}
    bpy.context.scene.frame_set(10)
    made = review().chosen_variation
    assert review().chosen_index == 3 and review().side_by_side
    sent = made.take.metadata["asked"]
    assert (sent["seed"], sent["candidates"], sent["prompt"]) == (8, 1, "a person runs")
    assert made.target == review().variations[0].target, "for where the first ones are"
    ops.accept_variation()
    assert min(k[0][0] for k in keys(character()).values()) == 10.0
    assert not review().variations
    for name in ("prompt", "seconds"):
        settings.property_unset(name)


def check_saved_meanwhile():
    fresh()
    make()
    paths = [str(Path(FOLDER, f"{name}.blend")) for name in ("meanwhile", "discarded")]
    make("a person waves", variations=2, review=True)
    bpy.ops.wm.save_as_mainfile(filepath=paths[0], copy=True, compress=False)
    assert len(review().variations) == 2, "saving does not end it"
    waiting = list(review().variations)
    review().discard_all()
    bpy.ops.wm.save_as_mainfile(filepath=paths[1], copy=True, compress=False)
    one, other = (Path(path).read_bytes() for path in paths)
    # Of one and the same file Blender writes some unset bytes otherwise each time.
    differing = sum(a != b for a, b in zip(one, other, strict=True))
    assert differing < 100, differing
    review().add_variations(waiting)
    ops.accept_variation(variation=1)
    assert character().animation_data.action.name == "a person waves"
    bpy.ops.wm.open_mainfile(filepath=paths[0])
    assert character().animation_data.action.name == "a person walks"
    assert not review().variations


def check_another_file_is_opened():
    fresh()
    path = str(Path(FOLDER, "other.blend"))
    bpy.ops.wm.save_as_mainfile(filepath=path)
    for leave in (
        lambda: bpy.ops.wm.open_mainfile(filepath=path),
        lambda: bpy.ops.wm.read_homefile(use_factory_startup=False),
    ):
        make(variations=2, review=True)
        leave()
        assert not review().variations
        last = addon.module("link.session").queue.last
        assert last.message.startswith("Another file was opened"), last.message
        refused(ops.accept_variation)
        refused(ops.discard_review)
        bpy.ops.wm.open_mainfile(filepath=path)
        assert addon.module("link.session").queue.last is None, "the message ends with its file"


def check_undone_meanwhile():
    fresh()
    make("a person waves")
    make(variations=2, review=True)
    bpy.ops.ed.undo()
    assert not character().animation_data
    assert ops.accept_variation(variation=1) == {"FINISHED"}
    assert character().animation_data.action.name == "a person walks"
    # Undone to before the armature was there, and back.
    addon.empty_scene()
    bpy.ops.ed.undo_push(message="empty")
    ops.add_character()
    make(variations=2, review=True)
    bpy.ops.ed.undo()
    assert not bpy.data.objects, list(bpy.data.objects)
    addon.refused(ops.accept_variation, "was deleted or renamed")
    assert len(review().variations) == 2, "it may come back"
    problem = review().chosen_variation.problem
    assert problem.startswith("The armature “Anyframe Character” was deleted")
    bpy.ops.ed.redo()
    assert not review().chosen_variation.problem
    assert ops.accept_variation() == {"FINISHED"}
    assert keys(character())


def check_armature_renamed_or_deleted():
    fresh()
    make(variations=2, review=True)
    character().name = "Renamed"
    assert ops.accept_variation() == {"FINISHED"}
    assert keys(bpy.data.objects["Renamed"])
    fresh()
    make(variations=2, review=True)
    bpy.data.objects.remove(character())
    addon.refused(ops.accept_variation, "was deleted or renamed")
    assert ops.discard_review() == {"FINISHED"}


def check_another_scene():
    fresh()
    scene = bpy.context.scene
    make(variations=2, review=True)
    other = bpy.data.scenes.new("Other")
    other.frame_set(55)
    with bpy.context.temp_override(scene=other):
        assert ops.accept_variation() == {"FINISHED"}
    first = min(k[0][0] for k in keys(character()).values())
    assert first == 10.0 and other.frame_current == 55 and scene.frame_current == 10
    make(review=True)
    other.collection.objects.link(character())
    bpy.data.scenes.remove(scene)
    refused(ops.accept_variation, "The scene", "was deleted or renamed")


def check_two_armatures():
    fresh()
    ops.add_character()
    second = bpy.context.view_layer.objects.active
    make(variations=2, review=True, armature="Anyframe Character")
    make("a person waves", variations=3, review=True, armature=second.name)
    assert len(review().variations) == 5 and review().chosen_index == 2
    assert len(review().alternatives(review().variations[0])) == 2
    ops.accept_variation()
    assert second.animation_data and not character().animation_data
    assert [v.title for v in review().variations] == ["a person walks"] * 2
    assert review().chosen_index == 0
    ops.accept_variation()
    assert character().animation_data.action.name == "a person walks"


def check_modes():
    fresh()
    make(variations=2, review=True)
    character().select_set(True)
    bpy.context.view_layer.objects.active = character()
    bpy.ops.object.mode_set(mode="EDIT")
    refused(ops.accept_variation, "poll")
    assert "is in Edit Mode" in review().chosen_variation.problem
    bpy.ops.object.mode_set(mode="POSE")
    assert ops.accept_variation() == {"FINISHED"}
    bpy.ops.object.mode_set(mode="OBJECT")


def check_what_cannot_be_shown():
    fresh()
    addon.refused(lambda: make("broken", variations=2, review=True), "cannot be used")
    assert not review().variations
    make(variations=2, review=True)
    addon.refused(lambda: ops.accept_variation(variation=2), "between 0 and 1", "got 2")
    character().scale = (1.0, 2.0, 1.0)
    bpy.context.view_layer.update()
    addon.refused(lambda: make(variations=2, review=True), "scaled unevenly")
    addon.refused(ops.accept_variation, "scaled unevenly")
    assert len(review().variations) == 2, "those from before are still there"
    character().scale = (1.0, 1.0, 1.0)
    bpy.context.view_layer.update()
    assert ops.accept_variation() == {"FINISHED"}


def check_operators_invoked_use_panel_settings():
    settings = bpy.context.scene.anyframe
    cls = addon.module("operators.motions.generate").ANYFRAME_OT_generate
    for variations, alone, reviewed in ((1, False, False), (1, True, True), (3, False, True)):
        settings.variations, settings.review = variations, alone
        taken = SimpleNamespace(execute=lambda context: {"FINISHED"})
        cls.invoke(taken, bpy.context, None)
        assert (taken.variations, taken.review) == (variations, reviewed)
    settings.review = True
    for name in ("decode", "interpolate"):
        taken = SimpleNamespace(execute=lambda context: {"FINISHED"})
        getattr(bpy.types, f"ANYFRAME_OT_{name}").invoke(taken, bpy.context, None)
        assert taken.review
    for name in ("variations", "review"):
        settings.property_unset(name)


def check_add_on_disabled_meanwhile():
    fresh()
    make(variations=2, review=True)
    custom = review()
    bpy.ops.preferences.addon_disable(module=addon.NAME)
    assert not custom.variations
    bpy.ops.preferences.addon_enable(module=addon.NAME)
    addon.use_python(PYTHON)
    assert not review().variations
    make(variations=2, review=True)
    assert ops.accept_variation() == {"FINISHED"}


addon.install(ZIP)
addon.use_python(PYTHON)
for name, check in list(globals().items()):
    if name.startswith("check_"):
        check()
        print("DONE", json.dumps(name), flush=True)
make(variations=2, review=True)  # and Blender ends
addon.finish()
