"""A style: what was learnt from some takes, in one file that can be shared.

The file is safetensors with weights as fp16; what it knows, whose skeleton it moves and under which
licence stand in its header, with a digest of all of it. Nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from ..kinematics.skeleton import Skeleton
from ..weight_files import ASSETS
from .body import RATE, Body
from .errors import StyleError
from .features import Layout
from .networks import StyleConfig, StyleNetwork

FORMAT = 1
"""Raised when what is in a file means something else than before."""

FILE = "style.safetensors"
EXPORTED = Path(__file__).parents[2] / "runs" / "multires_export"

_HEADER = "anyframe_style"
_EXACT = ("mean", "std", "amplitudes")


@dataclass(frozen=True)
class Origin:
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
    origin: Origin = field(default_factory=Origin)
    hash: str = ""
    """Digest of the file's content."""


def shipped_style() -> Path:
    """The style in use where none is named: of the assets, or what was exported last.

    Raises:
        StyleError: there is none.
    """
    for folder in (ASSETS, EXPORTED):
        if (folder / FILE).is_file():
            return folder / FILE
    raise StyleError(
        "No style ships with this Anyframe: learn one (`python -m backend learn TAKE… --labels …`) "
        "and name it with --style."
    )


def write_style(path: Path, network: StyleNetwork, origin: Origin) -> str:
    """Write a style; whole or not at all. Returns its digest."""
    tensors = {
        key: (value if key in _EXACT else value.half()).detach().cpu().contiguous()
        for key, value in network.state_dict().items()
    }
    body = network.layout.body
    settings = {
        "config": network.config.model_dump(mode="json"),
        "fps": RATE,
        "skeleton": {
            "names": body.skeleton.names,
            "parents": body.skeleton.parents,
            "offsets": np.asarray(body.skeleton.offsets).tolist(),
            "feet": body.feet,
            "heights": body.heights,
        },
        "origin": vars(origin),
    }
    told = json.dumps(settings)
    digest = _digest(tensors, told)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        # One entry: the order of several is not fixed, and the same style is the same file.
        header = {"format": FORMAT, "sha256": digest, "settings": told}
        save_file(tensors, part, metadata={_HEADER: json.dumps(header)})
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return digest


def read_style(path: Path) -> StyleFile:
    """Read a style.

    Raises:
        StyleError: there is none, or it is damaged or of another version.
    """
    if not path.is_file():
        raise StyleError(f"There is no style {path}.")
    try:
        with safe_open(path, framework="pt") as archive:
            found = (archive.metadata() or {}).get(_HEADER)
        tensors = load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise StyleError(
            f"{path.name} is no style, or is cut short: get the file again."
        ) from error
    if found is None:
        raise StyleError(f"{path.name} is a weight file, but no style.")
    try:
        header = json.loads(found)
        version, told, expected = header["format"], header["settings"], header["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise StyleError(f"{path.name} is damaged or was changed: get the file again.") from error
    if version != FORMAT:
        raise StyleError(
            f"{path.name} is a style of another version (format {version}, not {FORMAT}): learn it "
            "again, or use the Anyframe that it is for."
        )
    digest = _digest(tensors, str(told))
    if digest != expected:
        raise StyleError(f"{path.name} is damaged or was changed: get the file again.")
    try:
        return StyleFile(*_built(json.loads(told), tensors), digest[:16])
    except (ValueError, KeyError, TypeError, RuntimeError) as error:
        # The file is whole, but was written by a program whose networks are built otherwise.
        raise StyleError(
            f"{path.name} is a style of another version, whose networks are built otherwise: learn "
            "it again."
        ) from error


def _built(settings: Mapping[str, Any], tensors: dict[str, Tensor]) -> tuple[StyleNetwork, Origin]:
    config = StyleConfig.model_validate(settings["config"])
    bones = settings["skeleton"]
    skeleton = Skeleton(
        tuple(bones["names"]), tuple(bones["parents"]), np.array(bones["offsets"], dtype=float)
    )
    body = Body(skeleton, tuple(bones["feet"]), tuple(bones["heights"]))
    network = StyleNetwork(config, Layout(body))
    network.load_state_dict({key: value.float() for key, value in tensors.items()})
    origin = dict(settings["origin"])
    origin["takes"] = tuple(origin["takes"])
    return network.eval().requires_grad_(False), Origin(**origin)


def _digest(tensors: Mapping[str, Tensor], told: str) -> str:
    """Of what a style is: its tensors in the order of their names, and its settings."""
    found = hashlib.sha256(told.encode())
    for key in sorted(tensors):
        found.update(key.encode())
        found.update(str(tensors[key].dtype).encode())
        found.update(tensors[key].numpy().tobytes())
    return found.hexdigest()
