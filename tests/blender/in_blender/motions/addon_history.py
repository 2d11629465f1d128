"""The history of jobs: what it holds, what it outlives, and what can be made from it again.

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
HAS_NUMBERS = bpy.app.version >= (4, 1, 0)


def character():
    return next(item for item in bpy.data.objects if item.type == "ARMATURE")


def history():
    return bpy.context.scene.anyframe_history


def names():
    return [entry.name for entry in history().entries]


def action():
    return character().animation_data.action


def request_of(entry):
    return json.loads(entry.record)["request"]


def remembering():
    return addon.module("scene.history")


def fresh():
    bpy.ops.wm.read_homefile(use_empty=True)
    addon.empty_scene()
    ops.add_character()
    bpy.ops.ed.undo_push(message="before")


def make(prompt="a person walks", seconds=1.0, **how):
    return ops.generate(prompt=prompt, seconds=seconds, **how)


def check_history_of_ended_jobs_has_requests():
    make(seed=7, originality=0.5, action="walk", lock_feet=False, keying="SPARSE", fade=3)
    for prompt in ("fail", "crash"):
        addon.refused(lambda prompt=prompt: make(prompt))
    addon.refused(lambda: make(""), "prompt is empty")
    queue = addon.module("link.session").queue
    wait = queue.wait
    queue.wait = queue.cancel
    assert make("a person waits") == {"CANCELLED"}
    queue.wait = wait
    assert names() == ["a person waits", "crash", "fail", "a person walks"], names()
    states = [entry.state for entry in history().entries]
    assert states == ["CANCELLED", "FAILED", "FAILED", "DONE"], states
    outcomes = [entry.outcome for entry in history().entries]
    assert outcomes[2] == "The weights are missing: install them again."
    assert "exit status 7" in outcomes[1]
    assert "is on Anyframe Character: 24 frames at 23.976 fps. Match" in outcomes[3], outcomes[3]
    walk = history().entries[3]
    sent = request_of(walk)
    expected = {"prompt": "a person walks", "action": "walk", "seconds": 1.0, "seed": 7,
              "originality": 0.5, "lock_feet": False}  # fmt: skip
    assert {name: sent[name] for name in expected} == expected, sent
    assert abs(sent["fps"] - 24 / 1.001) < 1e-4
    manner = json.loads(walk.record)["manner"]
    assert (manner["keying"], manner["fade"]) == ("SPARSE", 3)
    assert (walk.armature, walk.action) == ("Anyframe Character", "a person walks")
    assert not history().entries[2].action
    whens = [entry.when for entry in history().entries]
    assert whens == sorted(whens, reverse=True) and whens[0].endswith("+00:00"), whens


def check_it_is_no_user_of_actions_and_armatures():
    make()
    assert action().users == 1
    make("a person waves")
    old = bpy.data.actions["a person walks"]
    assert old.users == 1 and old.use_fake_user, "as without a history"
    bpy.data.actions.remove(old)
    body = character()
    users = body.users
    history().entries.clear()
    assert body.users == users


def check_it_outlives_save_load_and_new_names():
    make(seed=7, destination="NEW_ACTION")
    made = addon.keys_of(character())
    make("a person waves", seed=8)
    history().entries[1].favourite = True
    key = history().entries[1].key
    bpy.data.actions["a person walks"].name = "Renamed action"
    bpy.context.scene.name = "Renamed scene"
    body = "Anyframe Character"
    if HAS_NUMBERS:
        character().name = body = "Renamed body"
    saved = [(e.name, e.key, e.record, e.outcome, e.when) for e in history().entries]
    path = str(Path(FOLDER, "kept.blend"))
    bpy.ops.wm.save_as_mainfile(filepath=path)
    fresh()
    assert not history().entries, "another file has its own"
    bpy.ops.wm.open_mainfile(filepath=path)
    assert bpy.context.scene.name == "Renamed scene"
    assert saved == [(e.name, e.key, e.record, e.outcome, e.when) for e in history().entries]
    entry = history().entries[1]
    assert (entry.key, entry.favourite, entry.armature) == (key, True, body)
    if HAS_NUMBERS:
        character().name = body = "Renamed once more"
    assert remembering().entry_armature(entry).name == body
    made_by = addon.module("scene.request_record").find_job_action
    assert made_by(key, entry.action).name == "Renamed action"
    assert made_by(history().entries[0].key, "").name == "a person waves"
    assert ops.regenerate(key=key) == {"FINISHED"}
    assert addon.keys_of(character()) == made
    assert len(history().entries) == 3


def check_undo():
    """What was made stays known; what the user does to the list is undone like all else."""
    make()
    key = history().entries[0].key
    bpy.ops.ed.undo()
    assert not bpy.data.actions and names() == ["a person walks"], "its motion is gone"
    bpy.ops.ed.redo()
    assert bpy.data.actions and names() == ["a person walks"], names()
    make("a person waves")
    history().entries[1].favourite = True
    bpy.ops.ed.undo_push(message="favourite")
    for _ in range(3):
        bpy.ops.ed.undo()
    assert names() == ["a person waves", "a person walks"], names()
    assert [entry.favourite for entry in history().entries] == [False, True]
    assert "is on Anyframe Character" in history().entries[0].outcome
    assert ops.regenerate(key=key) == {"FINISHED"}, "and can be made again"

    history().index = 1
    bpy.ops.ed.undo_push(message="chosen")
    assert ops.remove_entry() == {"FINISHED"}
    assert names() == ["a person walks", "a person walks"]
    bpy.ops.ed.undo_push(message="Remove")
    bpy.ops.ed.undo()
    assert names() == ["a person walks", "a person waves", "a person walks"], names()
    bpy.ops.ed.redo()
    assert names() == ["a person walks", "a person walks"], "what was removed stays removed"


def check_exactly_the_same_again():
    """Wherever the character stands by now, and whatever else it did."""
    variants = {
        "part": {"seed": 2**31 - 1, "part": "UPPER_BODY", "keying": "SPARSE"},
        "object": {"seed": 5, "carrier": "OBJECT", "ground": 0.25, "in_place": True},
        "free": {"seed": 6, "plant_feet": False, "where_it_stands": False, "lock_feet": False},
    }
    for variant, how in variants.items():
        at_rest()
        bpy.context.scene.frame_set(20)
        make(variant, **how)
        made, key = addon.keys_of(character()), history().entries[0].key
        first, sent = action(), request_of(history().entries[0])
        bpy.context.scene.frame_set(60)
        make("a person runs", seconds=2.0, seed=1)
        # One continues with the rest of the body, one from the object.
        if variant in {"part", "object"}:
            at_rest()
        bpy.context.scene.frame_set(90)
        assert ops.regenerate(key=key) == {"FINISHED"}
        again = addon.keys_of(character())
        assert {channel: again[channel] for channel in made} == made, variant
        assert action() != first and request_of(history().entries[0]) == sent
        bpy.context.scene.frame_set(20)
        make(variant, **{**how, "seed": 77})
        other = addon.keys_of(character())
        assert {channel: other[channel] for channel in made} != made, "another seed is another"


def at_rest():
    character().animation_data_clear()
    character().matrix_world.identity()
    for bone in character().pose.bones:
        bone.matrix_basis.identity()
    bpy.context.view_layer.update()


def check_sampled_and_blended_motions_again():
    for again in ({"speed": 0.5, "end": 0.5}, {"share": 0.25}):
        make(seed=3, seconds=2.0)
        walk = action().name
        make("a person waves", seed=4, seconds=1.0)
        made_by = ops.decode(**again) if "speed" in again else ops.interpolate(second=walk, **again)
        assert made_by == {"FINISHED"}
        made, key = addon.keys_of(character()), history().entries[0].key
        for other in list(bpy.data.actions):
            bpy.data.actions.remove(other)
        make("a person runs", seed=5)
        assert ops.regenerate(key=key) == {"FINISHED"}
        assert addon.keys_of(character()) == made, again


def check_what_an_action_holds_is_enough():
    make(seed=9)
    made = addon.keys_of(character())
    ops.clear_history()
    assert not history().entries
    bpy.context.scene.frame_set(50)
    assert ops.regenerate() == {"FINISHED"}
    assert addon.keys_of(character()) == made
    make("a person waves", part="RIGHT_ARM", destination="SAME_ACTION")
    keys = addon.module("scene.request_record").read_job_keys(action())
    assert keys == (history().entries[1].key, history().entries[0].key), "of both motions"
    character().animation_data.action = bpy.data.actions.new("Of another kind")
    addon.refused(ops.regenerate, "plays no motion that can be generated again")
    character().animation_data_clear()
    addon.refused(ops.regenerate, "plays no motion that can be generated again")


def check_other_weights_are_mentioned():
    make(seed=9)
    entry = history().entries[0]
    assert json.loads(entry.record)["weights"] == "0123456789abcdef"
    assert ops.regenerate(key=entry.key) == {"FINISHED"}
    assert "The weights" not in history().entries[0].outcome
    entry = history().entries[1]
    entry.record = entry.record.replace("0123456789abcdef", "ffff")
    assert ops.regenerate(key=entry.key) == {"FINISHED"}
    outcome = history().entries[0].outcome
    assert "The weights are 01234567 now and were ffff then, so" in outcome, outcome


def check_refusals():
    make()
    entry = history().entries[0]
    addon.refused(lambda: ops.regenerate(key="no such"), "has no entry “no such”")
    addon.refused(lambda: ops.use_settings(key="no such"), "has no entry “no such”")
    old_record = entry.record
    for damaged in ("", "{}", "[]", "null", old_record[:-9]):
        entry.record = damaged
        addon.refused(lambda: ops.regenerate(key=entry.key), "cannot be read")
        addon.refused(ops.use_settings, "cannot be read")
    entry.record = old_record
    history().index = 5
    addon.refused(ops.use_settings, "Choose an entry")
    bpy.data.objects.remove(character())
    sentence = addon.refused(lambda: ops.regenerate(key=entry.key), "is not in this file any more")
    assert "“Anyframe Character”" in sentence
    assert remembering().entry_armature(entry) is None


def check_at_most_a_hundred():
    records = addon.module("scene.request_record")
    target = addon.module("scene.target")
    to = target.MotionTarget.from_armature(character(), bpy.context.scene)
    manner = addon.module("rig.apply.options").DEFAULT_APPLY_OPTIONS
    for n in range(103):
        request = {"kind": "generate", "prompt": f"motion {n}", "seed": n}
        record = records.RequestRecord.from_request(request, f"motion {n}", to, manner)
        remembering().record_job_end(record, to, "FAILED", "It was not to be.")
        if n in {0, 2}:
            history().entries[0].favourite = True
        if n == 50:
            history().index = 3
    assert len(history().entries) == 100
    assert names()[0] == "motion 102" and names()[-1] == "motion 0", "a favourite stays"
    assert "motion 1" not in names() and "motion 2" in names() and "motion 4" not in names()
    assert names()[history().index] == "motion 47", "the one chosen stays chosen"
    bpy.ops.ed.undo_push(message="many")
    bpy.ops.ed.undo()
    assert len(history().entries) == 100 and "motion 4" not in names()
    assert ops.clear_history() == {"FINISHED"}
    assert names() == ["motion 2", "motion 0"], "favourites are not cleared"


def check_what_is_removed_leaves_the_chosen_one_chosen():
    for prompt in ("one", "two", "three", "four"):
        make(prompt)
    assert names() == ["four", "three", "two", "one"]
    history().index = 2
    ops.remove_entry(key=history().entries[0].key)
    assert names()[history().index] == "two"
    ops.remove_entry(key=history().entries[2].key)
    assert names()[history().index] == "two"
    ops.remove_entry()
    assert names() == ["three"] and history().index == 0
    ops.remove_entry()
    assert not names() and history().index == 0


def check_settings_are_used_again():
    settings = bpy.context.scene.anyframe
    sent = {"prompt": "a person bows", "action": "bow", "seconds": 2.5, "seed": 11,
             "originality": 0.75, "lock_feet": False}  # fmt: skip
    manner = {"keying": "EVERY_NTH", "key_step": 3, "destination": "SAME_ACTION", "part": "ARMS",
              "fade": 4, "plant_feet": False, "where_it_stands": False}  # fmt: skip
    ops.generate(**sent, **manner)
    make("a person waves")
    usual = {name: getattr(settings, name) for name in (*sent, *manner)}
    history().index = 1
    assert ops.use_settings() == {"FINISHED"}
    for name, value in {**sent, **manner, "lock_seed": True}.items():
        assert getattr(settings, name) == value, (name, getattr(settings, name))
    assert ops.use_settings(key=history().entries[0].key) == {"FINISHED"}
    for name, value in {**usual, "prompt": "a person waves", "seconds": 1.0}.items():
        if name != "key_step":  # nothing asks for it any more
            assert getattr(settings, name) == value, (name, getattr(settings, name))
    character().animation_data_clear()
    make("a person turns", seconds=2.0)
    ops.decode(speed=2.0, start=0.5, end=1.5, feet="FREE")
    assert ops.use_settings(key=history().entries[0].key) == {"FINISHED"}
    sampled = [settings.speed, settings.part_start, settings.part_end, settings.feet_again]
    assert sampled == [2.0, 0.5, 1.5, "FREE"], sampled
    assert settings.prompt == "a person waves", "a motion sampled again has no prompt of its own"

    settings.prompt, settings.loop = "as it was", False
    block_list = [{"prompt": "a person walks", "seconds": 2.0, "seed": 3},
            {"action": "wave", "seconds": 1.5, "blend": 0.25, "seed": 4}]  # fmt: skip
    ops.generate_blocks(blocks=json.dumps(block_list), loop=True, originality=0.5)
    made, key = addon.keys_of(character()), history().entries[0].key
    assert ops.use_settings(key=key) == {"FINISHED"}
    assert (settings.loop, settings.originality, settings.lock_seed) == (True, 0.5, True)
    listed = bpy.context.scene.anyframe_blocks.blocks
    fields = [(block.prompt, block.action, block.seconds, block.seed) for block in listed]
    assert fields == [("a person walks", "", 2.0, 3), ("", "wave", 1.5, 4)], fields
    assert listed[1].blend == 0.25
    assert settings.prompt == "as it was"
    make("a person runs")
    assert ops.regenerate(key=key) == {"FINISHED"}
    assert addon.keys_of(character()) == made


def check_search_and_suggestions():
    for prompt in ("a person walks", "a person waves twice", "a horse walks"):
        make(prompt)
    history().entries[2].favourite = True
    listed = addon.module("ui.history").ANYFRAME_UL_history

    def found(search, only_favourites=False):
        history().search, history().only_favourites = search, only_favourites
        shown = SimpleNamespace(bitflag_filter_item=1)
        flags, order = listed.filter_items(shown, bpy.context, history(), "entries")
        assert not order
        return [name for name, flag in zip(names(), flags, strict=True) if flag]

    assert found("") == ["a horse walks", "a person waves twice", "a person walks"]
    assert found("WALKS a") == ["a horse walks", "a person walks"]
    assert found("walks", only_favourites=True) == ["a person walks"]
    assert found("swims") == []

    make("a horse walks")
    ops.decode(fps=60.0)
    suggest = addon.module("scene.prompt_suggestions").search_prompts
    known = addon.module("scene.prompt_suggestions").KNOWN_PROMPTS
    assert suggest(None, bpy.context, "") == [
        "a horse walks", "a person waves twice", "a person walks", *known,
    ]  # fmt: skip
    assert suggest(None, bpy.context, "Walks HORSE") == ["a horse walks"]
    assert suggest(None, bpy.context, "cartwheel") == ["a person does a cartwheel"]
    other = bpy.data.scenes.new("Other")
    with bpy.context.temp_override(scene=other):
        assert "a horse walks" in suggest(None, bpy.context, ""), "of all scenes of the file"


addon.install(ZIP)
addon.use_python(PYTHON)
for name, check in list(globals().items()):
    if name.startswith("check_"):
        fresh()
        check()
addon.finish()
