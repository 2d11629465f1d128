"""Motions made from their action: the panel, scripts, blocks, history and review.

Arguments: the zip, the backend's Python.
"""

import json
import sys
from types import SimpleNamespace

import addon
import bpy
from layouts import drawn, drawn_item

ZIP, PYTHON = sys.argv[1:]
ops = bpy.ops.anyframe


def settings():
    return bpy.context.scene.anyframe


def played():
    return bpy.data.objects["Anyframe Character"].animation_data.action


def info():
    return json.loads(played()["anyframe"])


def panel():
    return drawn(addon.module("ui.main").ANYFRAME_PT_main)


def pressed():
    """What the panel's button asks for."""
    cls = addon.module("operators.motions.generate").ANYFRAME_OT_generate
    taken = SimpleNamespace(execute=lambda context: {"FINISHED"})
    assert cls.invoke(taken, bpy.context, None) == {"FINISHED"}
    return taken


def suggested(text):
    suggestions = addon.module("scene.prompt_suggestions")
    return list(suggestions.search_motion_labels(settings(), None, text))


def check_nothing_is_known_before_the_backend_was_started():
    settings().model, settings().action = "motioninr", "jump"
    assert suggested("") == []
    assert "does not know the label" not in panel() and "Learnt" not in panel()
    settings().model = "nerm"


def check_a_script_makes_a_motion_from_its_action():
    assert ops.generate(model="motioninr", action=" jump ", seconds=2.0, seed=5) == {"FINISHED"}
    assert played().name == "jump", played().name
    sent = info()["asked"]
    assert (sent["model"], sent["action"], sent["prompt"]) == ("motioninr", "jump", "")
    assert info()["model"] == "motioninr"
    # A prompt that is left over from before is not meant.
    assert ops.generate(model="motioninr", prompt="walks", action="run") == {"FINISHED"}
    assert info()["asked"]["prompt"] == ""
    assert ops.generate(prompt="a person walks", action="walk", seconds=1.0) == {"FINISHED"}
    assert "model" not in info()["asked"], "a backend that is older is asked as ever"


def check_refusals():
    addon.refused(lambda: ops.generate(model="motioninr", prompt="walks"), "needs a label")
    refused = [{"model": "motioninr", "prompt": "walks", "action": "run", "seconds": 1.0}]
    addon.refused(lambda: ops.generate_blocks(blocks=json.dumps(refused)), "remove the prompt")
    refused = [{"model": "gan", "action": "run", "seconds": 1.0}]
    addon.refused(lambda: ops.generate_blocks(blocks=json.dumps(refused)), "model must be")
    refused = [{"model": 3, "action": "run", "seconds": 1.0}]
    addon.refused(lambda: ops.generate_blocks(blocks=json.dumps(refused)), "wrong type")


def check_the_panel_offers_labels():
    settings().model, settings().prompt = "nerm", "a person walks"
    assert suggested("") == ["walk", "wave"]
    assert "Learnt" not in panel()
    settings().model = "motioninr"
    assert suggested("JU") == [
        ("jump", "61 captures, 0.8 to 6.0 s"),
        ("jump_rope", "1 capture, 3.0 to 3.0 s"),
    ]
    assert suggested("run") == ["run"]
    settings().action = "jump"
    assert "Learnt from 61 captures, 0.8 to 6.0 s" in panel()
    settings().action = "run"
    assert "Learnt" not in panel() and "knows no" not in panel()
    settings().action = "walk"
    assert "The backend does not know the label “walk”" in panel()
    settings().action = "jump"
    taken = pressed()
    assert (taken.model, taken.action) == ("motioninr", "jump")
    settings().model = "nerm"
    assert pressed().model == "nerm"


def check_blocks_mix_both():
    settings().model, settings().action, settings().prompt = "motioninr", "jump", "a person walks"
    ops.add_block()
    settings().model, settings().action = "nerm", ""
    ops.add_block()
    listed = bpy.context.scene.anyframe_blocks.blocks
    shown = [
        drawn_item(addon.module("ui.blocks").ANYFRAME_UL_blocks, block).split()[0]
        for block in listed
    ]
    assert shown == ["jump", "walks"], shown
    bpy.context.scene.anyframe_blocks.index = 0
    assert "Learnt from 61" in drawn(addon.module("ui.blocks").ANYFRAME_PT_blocks)
    assert ops.generate_blocks() == {"FINISHED"}
    assert played().name == "jump → a person walks", played().name
    sent = info()["asked"]["blocks"]
    assert [block.get("model") for block in sent] == ["motioninr", None], sent
    assert [block["prompt"] for block in sent] == ["", "a person walks"]
    # What plays is kept only if it is made from the same thing.
    used = [{name: block[name] for name in ("action", "seconds", "seed")} for block in sent]
    same = [{**used[0], "model": "motioninr"}, {**used[1], "prompt": "a person walks"}]
    ops.generate_blocks(blocks=json.dumps(same))
    assert [block.get("kept") for block in info()["asked"]["blocks"]] == [0, 1]
    ops.generate_blocks(blocks=json.dumps([used[0], same[1]]))
    assert [block.get("kept") for block in info()["asked"]["blocks"]] == [None, 1]


def check_the_history_knows():
    ops.generate(model="motioninr", action="jump", seconds=2.0, seed=5)
    history = bpy.context.scene.anyframe_history
    history.index = next(n for n, entry in enumerate(history.entries) if entry.name == "jump")
    settings().model, settings().action = "nerm", ""
    assert ops.use_settings() == {"FINISHED"}
    assert (settings().model, settings().action) == ("motioninr", "jump")
    first = info()["asked"]
    assert ops.regenerate() == {"FINISHED"}
    again = info()["asked"]
    assert {name: again[name] for name in first} == first
    ops.generate(prompt="a person walks", seconds=1.0)
    history.index = next(
        n for n, entry in enumerate(history.entries) if entry.name == "a person walks"
    )
    assert ops.use_settings() == {"FINISHED"}
    assert settings().model == "nerm"


def check_review_goes_by_the_panel():
    settings().model, settings().action, settings().seconds = "motioninr", "jump", 2.0
    ops.generate(model="motioninr", action="jump", seconds=2.0, seed=5, review=True)
    settings().action = "run"
    assert ops.again_with_seed() == {"FINISHED"}
    review = addon.module("operators.jobs.review_state").review_state
    sent = review.chosen_variation.request
    assert (sent["model"], sent["action"], sent["seed"]) == ("motioninr", "run", 5), sent
    ops.discard_review()


addon.install(ZIP)
addon.use_python(PYTHON)
addon.empty_scene()
ops.add_character()
for check in (
    check_nothing_is_known_before_the_backend_was_started,
    check_a_script_makes_a_motion_from_its_action,
    check_refusals,
    check_the_panel_offers_labels,
    check_blocks_mix_both,
    check_the_history_knows,
    check_review_goes_by_the_panel,
):
    check()
    print(check.__name__)
addon.finish()
