"""A style: what was learnt from some takes, in one file that can be shared.

The file is safetensors with weights as fp16, of each kernel those that join neighbours, and the
takes as the networks have them, since motions are put together of pieces of those. What it knows,
whose skeleton it moves and under which licence stand in its header, with a digest of all of it.
Nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save_file
from torch import Tensor

from ..kinematics.body.skeleton import Skeleton
from ..protocol.atomic_write import write_atomically
from ..protocol.style_file import STYLE_FORMAT, STYLE_HEADER_KEY, parse_style_info
from ..training.weight_files import ASSETS, WeightsError, read_manifest, verified_path
from .errors import StyleError
from .features import FeatureLayout
from .motion_matching import MotionMatcher
from .networks import StyleConfig, StyleNetwork
from .skeletal_conv import SkeletalConvolution
from .skeleton_graph import STYLE_FPS, Body

STYLE_FILE = "style.safetensors"

_FULL_PRECISION = ("mean", "std", "amplitudes", "centres", "spreads")
_MAX_JOINTS = 1024
"""Of a skeleton in a file."""
_MOTIONS, _TRACKS = "takes", "labels"
"""Tensors of all frames of all takes, one after the other."""


@dataclass(frozen=True)
class StyleOrigin:
    """Where a style comes from."""

    licence: str = ""
    """Of the style, as whoever made it says."""
    note: str = ""
    """What it was learnt from."""
    takes: tuple[str, ...] = ()
    """Names of the takes."""
    seconds: float = 0.0
    """Of all of them."""
    steps: int = 0
    """Of training."""


@dataclass(frozen=True)
class StyleFile:
    """A style as it is read."""

    network: StyleNetwork
    matcher: MotionMatcher
    origin: StyleOrigin = field(default_factory=StyleOrigin)
    hash: str = ""
    """Digest of the file's content."""


def shipped_style_path(folder: Path = ASSETS) -> Path:
    """The style in use where none is named.

    Raises:
        StyleError: there is none, or another than the one listed.
    """
    if not (folder / STYLE_FILE).is_file():
        raise StyleError(
            "No style ships with this Anyframe: learn one (*Learn* in Blender, or `python -m "
            "backend learn TAKE… --labels …`) and name it."
        )
    try:
        return verified_path(folder, STYLE_FILE, read_manifest(folder))
    except WeightsError as error:
        raise StyleError(str(error)) from error


def write_style(
    path: Path, network: StyleNetwork, matcher: MotionMatcher, origin: StyleOrigin
) -> str:
    """Write a style; whole or not at all. Returns its digest."""
    used = _kernel_masks(network)
    tensors = {
        key: (value if key in _FULL_PRECISION else value.half()).detach().cpu().contiguous()
        for key, value in network.state_dict().items()
    }
    tensors |= {key: tensors[key][mask] for key, mask in used.items()}
    tensors[_MOTIONS] = torch.cat(matcher.motions).half().cpu()
    tensors[_TRACKS] = torch.cat(matcher.tracks).half().cpu()
    body = network.layout.body
    settings = {
        "config": network.config.model_dump(mode="json"),
        "fps": STYLE_FPS,
        "skeleton": {
            "names": body.skeleton.names,
            "parents": body.skeleton.parents,
            "offsets": np.asarray(body.skeleton.offsets).tolist(),
            "feet": body.feet,
            "heights": body.foot_heights,
        },
        "frames": [len(motion) for motion in matcher.motions],
        "origin": vars(origin),
    }
    told = json.dumps(settings)
    digest = _digest(tensors, told)
    path.parent.mkdir(parents=True, exist_ok=True)
    # One entry: the order of several is not fixed, and the same style is the same file.
    header = {"format": STYLE_FORMAT, "sha256": digest, "settings": told}
    metadata = {STYLE_HEADER_KEY: json.dumps(header)}
    write_atomically(path, lambda part: save_file(tensors, part, metadata=metadata))
    return digest


def read_style(path: Path) -> StyleFile:
    """Read a style.

    Raises:
        StyleError: there is none, or it is damaged or of another version.
    """
    if not path.is_file():
        raise StyleError(f"There is no style {path}.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StyleError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    return read_style_bytes(data, path.name)


def read_style_bytes(data: bytes, name: str) -> StyleFile:
    """Read a style from its file's content; `name` is the file's, for sentences.

    Raises:
        StyleError: it is no style, damaged or of another version.
    """
    facts = parse_style_info(data, name)
    try:
        return StyleFile(*_parse_style(facts.settings, load(data)), facts.hash)
    except (ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        # The file is whole, but was written by a program whose networks are built otherwise.
        raise StyleError(
            f"{name} is a style of another version, whose networks are built otherwise: learn "
            "it again."
        ) from error


def _parse_style(
    settings: Mapping[str, Any], tensors: dict[str, Tensor]
) -> tuple[StyleNetwork, MotionMatcher, StyleOrigin]:
    config = StyleConfig.model_validate(settings["config"])
    bones = settings["skeleton"]
    if len(bones["names"]) > _MAX_JOINTS:
        raise ValueError(f"{len(bones['names'])} joints are more than {_MAX_JOINTS}.")
    skeleton = Skeleton(
        tuple(bones["names"]), tuple(bones["parents"]), np.array(bones["offsets"], dtype=float)
    )
    body = Body(skeleton, tuple(bones["feet"]), tuple(bones["heights"]))
    network = StyleNetwork(config, FeatureLayout(body))
    whole = {key: value.float() for key, value in tensors.items()}
    frames = [int(count) for count in settings["frames"]]
    memory = MotionMatcher(whole.pop(_MOTIONS).split(frames), whole.pop(_TRACKS).split(frames))
    for key, mask in _kernel_masks(network).items():
        used, whole[key] = whole[key], torch.zeros(mask.shape)
        whole[key][mask] = used
    network.load_state_dict(whole)
    origin = dict(settings["origin"])
    origin["takes"] = tuple(origin["takes"])
    return network.eval().requires_grad_(False), memory, StyleOrigin(**origin)


def _kernel_masks(network: StyleNetwork) -> dict[str, Tensor]:
    """Key of each kernel -> which of its numbers are used, (O, I, frames) bool."""
    return {
        f"{name}.weight": (layer.mask > 0).cpu().expand(layer.weight.shape)
        for name, layer in network.named_modules()
        if isinstance(layer, SkeletalConvolution)
    }


def _digest(tensors: Mapping[str, Tensor], settings: str) -> str:
    """Of what a style is: its tensors in the order of their names, and its settings."""
    found = hashlib.sha256(settings.encode())
    for key in sorted(tensors):
        found.update(key.encode())
        found.update(str(tensors[key].dtype).encode())
        found.update(tensors[key].numpy().tobytes())
    return found.hexdigest()
