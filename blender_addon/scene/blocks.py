"""The list of blocks that a longer motion consists of, stored in each scene."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import bpy

from ..backend.protocol.generation_fields import TRANSITION
from ..backend.protocol.limits import check_blocks, check_generate
from ..link.errors import JobError
from . import fields
from .prompt_suggestions import search_motion_labels, search_prompts

CONDITIONING_FIELDS = ("model", "prompt", "action", "seed")
"""Fields of a block that determine its motion."""
_EXAMPLE = 'Example: [{"prompt": "a person walks", "seconds": 3, "seed": 7}].'


class AnyframeBlock(bpy.types.PropertyGroup):
    """One of several motions in a row."""

    model: bpy.props.EnumProperty(**fields.MODEL_CHOICE)
    prompt: bpy.props.StringProperty(
        **fields.PROMPT, search=search_prompts, search_options={"SUGGESTION"}
    )
    action: bpy.props.StringProperty(
        **fields.LABEL, search=search_motion_labels, search_options={"SUGGESTION"}
    )
    seconds: bpy.props.FloatProperty(
        **{**fields.SECONDS, "description": "Length of the block", "default": 3.0},
        step=50,
        precision=2,
    )
    blend: bpy.props.FloatProperty(**fields.TRANSITION, step=10, precision=2)
    seed: bpy.props.IntProperty(**fields.SEED)


class AnyframeBlocks(bpy.types.PropertyGroup):
    """The blocks of a scene."""

    blocks: bpy.props.CollectionProperty(type=AnyframeBlock)
    index: bpy.props.IntProperty(name="Block", description="The selected block")


def scene_blocks(scene: Any) -> Any:
    """The blocks of a scene (`AnyframeBlocks`)."""
    return scene.anyframe_blocks


def conditioning_fields(model: str, prompt: str, action: str) -> dict[str, Any]:
    """Fields of a request for what the motion is generated from.

    A motion from a label alone has no prompt. The default model is left out.
    """
    request = {"prompt": prompt.strip(), "action": action.strip() or None}
    return request if model == "nerm" else {**request, "prompt": "", "model": model}


def block_to_dict(block: Any) -> dict[str, Any]:
    """A block as a request has it."""
    return {
        **conditioning_fields(block.model, block.prompt, block.action),
        # Blender stores 24 bits: rounding gives 0.4 as every other client sends it.
        "seconds": round(block.seconds, 4),
        "blend": round(block.blend, 4),
        "seed": block.seed,
    }


def parse_object_list(text: str, noun: str, example: str) -> list[dict[str, Any]]:
    """Objects from a JSON list; JobError, with the noun and an example, if it is something else."""
    try:
        objects = json.loads(text)
    except ValueError as error:
        raise JobError(f"The {noun} must be JSON ({error}). {example}") from error
    if not isinstance(objects, list) or not all(isinstance(item, dict) for item in objects):
        raise JobError(f"The {noun} must be a list of objects. {example}")
    return objects


def parse_blocks(text: str) -> list[dict[str, Any]]:
    """Blocks from JSON, a list of objects with the fields of `block_to_dict`.

    Seconds are required, all else has a default; JobError for anything else.
    """
    blocks = parse_object_list(text, "blocks", _EXAMPLE)
    return [_parse_block(number, values) for number, values in enumerate(blocks, start=1)]


def _parse_block(number: int, values: dict[str, Any]) -> dict[str, Any]:
    defaults = {
        **{"prompt": "", "action": None, "seconds": None},
        **{"blend": TRANSITION.default, "seed": 0},
    }
    unknown = sorted(set(values) - {*defaults, "model"})
    if unknown:
        raise JobError(f"Block {number} has no field “{unknown[0]}”. {_EXAMPLE}")
    block = {**defaults, **values}
    numbers = all(_is_number(block[name], int | float) for name in ("seconds", "blend"))
    texts = isinstance(block["prompt"], str) and isinstance(block["action"], str | None)
    texts = texts and isinstance(block.get("model", ""), str)
    if not (numbers and texts and _is_number(block["seed"], int)):
        raise JobError(f"Block {number} has a field of the wrong type, or no seconds. {_EXAMPLE}")
    return {**block, "prompt": block["prompt"].strip()}


def _is_number(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def check_block_request(
    blocks: list[dict[str, Any]], *, fps: float, loop: bool, **sampling: Any
) -> None:
    """Raise LimitError for the first field of a request for blocks that is out of bounds."""
    check_blocks(
        [block["seconds"] for block in blocks], [block["blend"] for block in blocks], loop=loop
    )
    for block in blocks:
        given = {name: block[name] for name in (*CONDITIONING_FIELDS, "seconds") if name in block}
        check_generate(**given, fps=fps, **sampling)


def mark_reused_blocks(
    blocks: Iterable[Mapping[str, Any]], previous_blocks: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Blocks of a request; equal ones of the playing motion are referred to by their number."""
    previous = [_conditioning_of(block) for block in previous_blocks]
    marked = []
    for block in blocks:
        key = _conditioning_of(block)
        reused = {"kept": previous.index(key)} if key in previous else {}
        marked.append({**block, **reused})
    return marked


def _conditioning_of(block: Mapping[str, Any]) -> list[Any]:
    return [block.get(name, "nerm" if name == "model" else None) for name in CONDITIONING_FIELDS]
