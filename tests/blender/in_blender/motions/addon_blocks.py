"""Blocks in a row, loops, and several characters at once, through the installed extension.

Arguments: the zip, the backend's Python.
"""

import json
import sys
from types import SimpleNamespace

import addon
import bpy

ZIP, PYTHON = sys.argv[1:]
ops = bpy.ops.anyframe

WALK = {"prompt": "a person walks", "seconds": 2.0, "seed": 3}
WAVE = {"prompt": " a person waves ", "seconds": 1.5, "blend": 0.2, "seed": 4}


def character():
    return bpy.data.objects["Anyframe Character"]


def given(blocks, **how):
    return ops.generate_blocks(blocks=json.dumps(blocks), **how)


def info():
    return json.loads(character().animation_data.action["anyframe"])


def span():
    keys = [curve.keyframe_points for curve in addon.curves_of(character())]
    return min(k[0].co[0] for k in keys), max(k[-1].co[0] for k in keys)


def listed():
    return bpy.context.scene.anyframe_blocks


def check_a_script_gives_blocks():
    assert given([WALK, WAVE], candidates=2) == {"FINISHED"}
    action = character().animation_data.action
    assert action.name == "a person walks → a person waves", action.name
    sent = info()["asked"]
    assert sent["blocks"] == [
        {"prompt": "a person walks", "action": None, "seconds": 2.0, "blend": 0.4, "seed": 3},
        {"prompt": "a person waves", "action": None, "seconds": 1.5, "blend": 0.2, "seed": 4},
    ], sent
    rate = bpy.context.scene.render.fps / bpy.context.scene.render.fps_base
    assert sent["fps"] == rate and sent["candidates"] == 2 and "loop" not in sent
    first, last = span()
    assert abs(first - 10) < 1e-3 and abs(last - (10 + round(3.5 * rate) - 1)) < 1e-3, (first, last)
    assert not len(listed().blocks), "a script's blocks leave the scene's list alone"


def check_generate_blocks_with_same_input_reuses_blocks():
    given([WALK, {**WAVE, "seed": 9}])
    sent = info()["asked"]["blocks"]
    assert [block.get("kept") for block in sent] == [0, None], sent
    assert info()["sent"] == [1], "the motion that has the block is sent along"
    given([{**WALK, "seed": 8}, {**WAVE, "seed": 8}])
    assert info()["sent"] == [0]


def check_the_panel_list():
    scene, settings = bpy.context.scene, bpy.context.scene.anyframe
    settings.prompt, settings.seconds = "a person walks", 2.0
    assert ops.add_block() == {"FINISHED"}
    settings.prompt, settings.seconds = "a person jumps", 1.0
    ops.add_block()
    settings.prompt = "a person turns"
    listed().index = 0
    ops.add_block()
    words = [block.prompt.split()[-1] for block in listed().blocks]
    assert (words, listed().index) == (["walks", "turns", "jumps"], 1), words
    ops.move_block(up=False)
    ops.move_block(up=False)
    assert [block.prompt.split()[-1] for block in listed().blocks] == ["walks", "jumps", "turns"]
    assert listed().index == 2
    ops.remove_block()
    assert len(listed().blocks) == 2 and listed().index == 1
    assert ops.generate_blocks() == {"FINISHED"}
    assert [block["prompt"] for block in info()["blocks"]] == ["a person walks", "a person jumps"]
    assert scene.anyframe_blocks.blocks[1].seconds == 1.0


def check_one_block_again_where_it_plays():
    scene = bpy.context.scene
    before, seeds = span(), [block.seed for block in listed().blocks]
    scene.frame_set(40)
    assert ops.generate_blocks(again=1) == {"FINISHED"}
    sent = info()["asked"]["blocks"]
    assert [block.get("kept") for block in sent] == [0, None]
    assert sent[0]["seed"] == seeds[0] and sent[1]["seed"] != seeds[1]
    assert listed().blocks[1].seed == sent[1]["seed"], "the list has the new seed"
    assert span() == before, "it stays where it played"
    scene.frame_set(10)


def check_the_button_takes_the_panel():
    cls = addon.module("operators.motions.blocks").ANYFRAME_OT_generate_blocks
    settings = bpy.context.scene.anyframe
    settings.loop, settings.lock_feet, settings.lock_seed = True, False, False
    seeds = [block.seed for block in listed().blocks]
    taken = SimpleNamespace(again=-1, execute=lambda context: {"FINISHED"})
    assert cls.invoke(taken, bpy.context, None) == {"FINISHED"}
    assert taken.loop and not taken.lock_feet
    drawn = [block.seed for block in listed().blocks]
    assert drawn != seeds and len(set(drawn)) == len(drawn), "every block gets a seed of its own"
    settings.lock_seed = True
    cls.invoke(taken, bpy.context, None)
    assert [block.seed for block in listed().blocks] == drawn
    settings.loop, settings.lock_feet, settings.lock_seed = False, True, False


def check_blocks_are_sampled_again():
    before = info()["blocks"]
    assert ops.decode(fps=60.0) == {"FINISHED"}
    assert info()["blocks"] == before
    assert character().animation_data.action.name.startswith("a person walks → a person jumps")


def check_refusals():
    empty = addon.refused(lambda: given([{**WALK, "prompt": ""}]), "empty")
    assert "prompt" in empty
    addon.refused(lambda: given([{**WALK, "seconds": 0.1}]), "Block 1's")
    short = [WALK, {**WAVE, "seconds": 0.5, "blend": 1.5}]
    addon.refused(lambda: given(short), "Block 2's", "shorten")
    for text, word in (
        ("walks", "must be JSON"),
        ("{}", "must be a list"),
        ('[{"prompt": "walks"}]', "Block 1 has a field of the wrong type, or no seconds"),
        ('[{"prompt": "walks", "seconds": true}]', "wrong type"),
        ('[{"prompt": 1, "seconds": 2}]', "wrong type"),
        ('[{"prompt": "walks", "seconds": 2, "tempo": 1}]', "no field “tempo”"),
    ):
        addon.refused(lambda text=text: ops.generate_blocks(blocks=text), word)
    addon.refused(lambda: ops.generate_blocks(again=7), "between 0 and 1", "got 7")
    ops.generate(prompt="a person stands", seconds=1.0)
    addon.refused(lambda: ops.generate_blocks(again=0), "plays no motion of blocks")
    while len(listed().blocks):
        ops.remove_block()
    addon.refused(ops.generate_blocks, "Add a block")


def check_a_loop_is_marked():
    ops.generate(prompt="a person runs", seconds=2.0, loop=True)
    action = character().animation_data.action
    assert action.use_cyclic and action.use_frame_range
    assert tuple(action.frame_range) == span() == (action.frame_start, action.frame_end)
    rate = bpy.context.scene.render.fps / bpy.context.scene.render.fps_base
    assert abs(span()[1] - span()[0] - round(2 * rate)) < 1e-3
    ops.decode(start=0.5, end=1.5)
    assert not character().animation_data.action.use_cyclic, "a part does not go round"
    addon.refused(
        lambda: ops.generate(prompt="a person runs", seconds=0.2, loop=True), "length", "0.5"
    )


def check_every_selected_character():
    ops.add_character()
    both = [item for item in bpy.data.objects if item.type == "ARMATURE"]
    assert len(both) == 2
    for item in bpy.data.objects:
        item.select_set(item in both)
    ops.generate(prompt="a person bows", seconds=1.0, seed=50, every=True)
    seeds = {item.name: item.animation_data.action["anyframe_seed"] for item in both}
    assert sorted(seeds.values()) == ["50", "51"], seeds
    for item in both:
        item.select_set(False)
    addon.refused(
        lambda: ops.generate(prompt="a person bows", seconds=1.0, every=True), "No armature is"
    )


def check_length_in_frames():
    scene, settings = bpy.context.scene, bpy.context.scene.anyframe
    settings.frames = 48
    assert abs(settings.seconds - 48 * scene.render.fps_base / scene.render.fps) < 1e-5
    seconds = settings.seconds
    scene.render.fps = 48
    assert settings.frames == 96 and settings.seconds == seconds


addon.install(ZIP)
addon.use_python(PYTHON)
addon.empty_scene()
ops.add_character()
for check in (
    check_a_script_gives_blocks,
    check_generate_blocks_with_same_input_reuses_blocks,
    check_the_panel_list,
    check_one_block_again_where_it_plays,
    check_the_button_takes_the_panel,
    check_blocks_are_sampled_again,
    check_refusals,
    check_a_loop_is_marked,
    check_every_selected_character,
    check_length_in_frames,
):
    check()
    print(check.__name__)
addon.finish()
