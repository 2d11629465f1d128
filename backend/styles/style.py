"""The file of a style.

It is safetensors with fp16 weights (of each kernel only those between connected nodes) and the
standardized training takes, which motion matching needs. Its header states the labels, the
skeleton, the licence and a digest. Nothing is ever unpickled.
"""

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
from ..protocol.style_file import (
    STYLE_FORMAT,
    STYLE_FPS,
    STYLE_HEADER_KEY,
    StyleError,
    parse_style_info,
)
from ..training.weight_files import ASSETS, WeightsError, read_manifest, verified_path
from .features import FeatureLayout
from .motion_matching import MotionMatcher
from .networks import StyleConfig, StyleNetwork
from .skeletal_conv import SkeletalConvolution
from .skeleton_graph import Body

STYLE_FILE = "style.safetensors"

_FULL_PRECISION = ("mean", "std", "amplitudes", "centres", "spreads")
_MAX_JOINTS = 1024
"""Bound on the skeleton of a file, against memory exhaustion."""
_MOTIONS, _TRACKS = "takes", "labels"
"""Keys of the tensors with all frames of all takes, concatenated."""


@dataclass(frozen=True)
class StyleOrigin:
    """Origin of a style."""

    licence: str = ""
    note: str = ""
    """Description of the takes, by the style's author."""
    takes: tuple[str, ...] = ()
    """Names of the takes."""
    seconds: float = 0.0
    """Total length of the takes."""
    steps: int = 0
    """Training steps."""


@dataclass(eq=False)
class StyleFile:
    """The content of a style's file."""

    network: StyleNetwork
    matcher: MotionMatcher
    origin: StyleOrigin = field(default_factory=StyleOrigin)
    hash: str = ""
    """Digest of the content."""


def shipped_style_path(folder: Path = ASSETS) -> Path:
    """Return the file of the style that ships with Anyframe.

    Raises:
        StyleError: there is none, or its hash is not the listed one.
    """
    if not (folder / STYLE_FILE).is_file():
        raise StyleError(
            "A style must be named, because none ships with this Anyframe: learn one (*Learn* in "
            "Blender, or `python -m backend learn TAKE… --labels …`)."
        )
    try:
        return verified_path(folder, STYLE_FILE, read_manifest(folder))
    except WeightsError as error:
        raise StyleError(str(error)) from error


def write_style(path: Path, style: StyleFile) -> None:
    """Write a style atomically."""
    network, matcher = style.network, style.matcher
    tensors = {
        key: (value if key in _FULL_PRECISION else value.half()).detach().cpu().contiguous()
        for key, value in network.state_dict().items()
    }
    tensors |= {key: tensors[key][mask] for key, mask in _kernel_masks(network).items()}
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
        "origin": vars(style.origin),
    }
    serialized = json.dumps(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = _digest(tensors, serialized)
    # One entry, because safetensors does not fix the order of several.
    header = {"format": STYLE_FORMAT, "sha256": digest, "settings": serialized}
    metadata = {STYLE_HEADER_KEY: json.dumps(header)}
    write_atomically(path, lambda part: save_file(tensors, part, metadata=metadata))


def read_style(path: Path) -> StyleFile:
    """Read a style.

    Raises:
        StyleError: the file is missing, damaged or of another version.
    """
    if not path.is_file():
        raise StyleError(f"There is no style {path}.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StyleError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    return read_style_bytes(data, path.name)


def read_style_bytes(data: bytes, name: str) -> StyleFile:
    """Read a style from the content of its file; `name` is the file's, for errors.

    Raises:
        StyleError: the content is no style, damaged or of another version.
    """
    info = parse_style_info(data, name)
    try:
        return StyleFile(*_parse_style(info.settings, load(data)), info.hash)
    except (ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        # The digest is right, so another version of the networks wrote the file.
        raise StyleError(
            f"{name} is a style of another version, with other networks: learn it again."
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
    state = {key: value.float() for key, value in tensors.items()}
    frames = [int(count) for count in settings["frames"]]
    matcher = MotionMatcher(state.pop(_MOTIONS).split(frames), state.pop(_TRACKS).split(frames))
    for key, mask in _kernel_masks(network).items():
        stored, state[key] = state[key], torch.zeros(mask.shape)
        state[key][mask] = stored
    network.load_state_dict(state)
    origin = StyleOrigin(**{**settings["origin"], "takes": tuple(settings["origin"]["takes"])})
    return network.eval().requires_grad_(False), matcher, origin


def _kernel_masks(network: StyleNetwork) -> dict[str, Tensor]:
    """Return the mask (O, I, frames) of the stored numbers of each kernel, by its key."""
    return {
        f"{name}.weight": (layer.mask > 0).cpu().expand(layer.weight.shape)
        for name, layer in network.named_modules()
        if isinstance(layer, SkeletalConvolution)
    }


def _digest(tensors: Mapping[str, Tensor], settings: str) -> str:
    """Return the digest of tensors, in the order of their names, and settings."""
    digest = hashlib.sha256(settings.encode())
    for key in sorted(tensors):
        digest.update(key.encode())
        digest.update(str(tensors[key].dtype).encode())
        digest.update(tensors[key].numpy().tobytes())
    return digest.hexdigest()
