"""The list of blocks that a longer motion is made of, kept in each scene and so in the file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import bpy

from ..backend.protocol.limits import DEFAULT_BLEND_SECONDS, LIMITS, check_blocks, check_generate
from ..link.errors import JobError
from ..operators.common.model_choice import MODEL_CHOICE, conditioning_fields
from ..operators.jobs.prompt_suggestions import search_motion_labels, search_prompts

CONDITIONING_FIELDS = ("model", "prompt", "action", "seed")
"""What decides which motion is drawn for a block."""


_BLOCKS_EXAMPLE = (
    'They are written such as [{"prompt": "a person walks", "seconds": 3, "seed": 7}].'
)


class AnyframeBlock(bpy.types.PropertyGroup):
    """One of several motions in a row."""

    model: bpy.props.EnumProperty(**MODEL_CHOICE)
    prompt: bpy.props.StringProperty(
        name="Prompt",
        description="What the character does, in English",
        search=search_prompts,
        search_options={"SUGGESTION"},
    )
    action: bpy.props.StringProperty(
        name="Label",
        description="Label of the kind of motion, such as “walk”, in place of a prompt or along "
        "with it",
        search=search_motion_labels,
        search_options={"SUGGESTION"},
    )
    seconds: bpy.props.FloatProperty(
        name="Seconds",
        description="Length of the block",
        default=3.0,
        soft_min=LIMITS.seconds_min,
        soft_max=LIMITS.seconds_max,
        step=50,
        precision=2,
    )
    blend: bpy.props.FloatProperty(
        name="Blend In",
        description="Seconds in which the motion before passes into this one, half of them before "
        "it begins",
        default=DEFAULT_BLEND_SECONDS,
        soft_min=0.0,
        soft_max=LIMITS.blend_max,
        step=10,
        precision=2,
    )
    seed: bpy.props.IntProperty(
        name="Seed",
        description="The same words and seed give the same motion",
        soft_min=0,
    )


class AnyframeBlocks(bpy.types.PropertyGroup):
    """The blocks of a scene."""

    blocks: bpy.props.CollectionProperty(type=AnyframeBlock)
    index: bpy.props.IntProperty(name="Block", description="The block that is chosen")


def scene_blocks(scene: Any) -> Any:
    """The blocks of a scene (`AnyframeBlocks`)."""
    return scene.anyframe_blocks


def block_to_dict(block: Any) -> dict[str, Any]:
    """A block as a request has it."""
    return {
        **conditioning_fields(block.model, block.prompt, block.action),
        # Blender keeps 24 bits: 0.4 is to be what it is everywhere else.
        "seconds": round(block.seconds, 4),
        "blend": round(block.blend, 4),
        "seed": block.seed,
    }


def parse_blocks(text: str) -> list[dict[str, Any]]:
    """Blocks from JSON, a list of objects with the fields of `block_fields`.

    Prompt or action and the seconds must be there. JobError if it is not that.
    """
    try:
        told = json.loads(text)
    except ValueError as error:
        raise JobError(f"The blocks are not JSON ({error}). {_BLOCKS_EXAMPLE}") from error
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise JobError(f"The blocks are not a list of objects. {_BLOCKS_EXAMPLE}")
    return [_parse_block(n, one) for n, one in enumerate(told, start=1)]


def _parse_block(number: int, told: dict[str, Any]) -> dict[str, Any]:
    usual = {
        **{"prompt": "", "action": None, "seconds": None},
        **{"blend": DEFAULT_BLEND_SECONDS, "seed": 0},
    }
    unknown = sorted(set(told) - {*usual, "model"})
    if unknown:
        raise JobError(f"Block {number} has no field “{unknown[0]}”. {_BLOCKS_EXAMPLE}")
    block = {**usual, **told}
    numbers = all(_is_number(block[name], int | float) for name in ("seconds", "blend"))
    words = isinstance(block["prompt"], str) and isinstance(block["action"], str | None)
    words = words and isinstance(block.get("model", ""), str)
    if not (numbers and words and _is_number(block["seed"], int)):
        raise JobError(
            f"Block {number} has a field of the wrong kind, or no seconds. {_BLOCKS_EXAMPLE}"
        )
    return {**block, "prompt": block["prompt"].strip()}


def _is_number(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def check_block_request(
    blocks: list[dict[str, Any]], *, fps: float, loop: bool, **sampling: Any
) -> None:
    """Raise LimitError for the first thing in a request for blocks that is outside the limits."""
    check_blocks(
        [block["seconds"] for block in blocks], [block["blend"] for block in blocks], loop=loop
    )
    for block in blocks:
        words = {name: block[name] for name in (*CONDITIONING_FIELDS, "seconds") if name in block}
        check_generate(**words, fps=fps, **sampling)


def mark_reused_blocks(
    blocks: Iterable[Mapping[str, Any]], previous_blocks: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Blocks of a request, each saying which of those that play it is, where it is one of them."""
    before = list(previous_blocks)
    out = []
    for block in blocks:
        same = [
            n
            for n, one in enumerate(before)
            if _conditioning_of_block(one) == _conditioning_of_block(block)
        ]
        out.append({**block, **({"kept": same[0]} if same else {})})
    return out


def _conditioning_of_block(block: Mapping[str, Any]) -> list[Any]:
    return [block.get(name, "nerm" if name == "model" else None) for name in CONDITIONING_FIELDS]


def register() -> None:
    """Add the list to every scene."""
    scene: Any = bpy.types.Scene
    scene.anyframe_blocks = bpy.props.PointerProperty(type=AnyframeBlocks)


def unregister() -> None:
    """Take it away from Blender; what is in the file stays."""
    scene: Any = bpy.types.Scene
    del scene.anyframe_blocks
