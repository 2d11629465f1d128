"""Weight files of any model: written from a run, and loaded with their hash checked.

A file is fp16 safetensors with its settings in the header. ``assets/weights.json`` lists each one's
digest, licence and what it was trained on. Nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

ASSETS = Path(__file__).parents[2] / "assets"
MANIFEST = "weights.json"
WEIGHTS_FORMAT = 1
"""Of a weight file; raised when what is in it means something else than before."""


class WeightsError(Exception):
    """Weights are missing, damaged or of another version; the text is a sentence for the user."""


def version_mismatch_error() -> WeightsError:
    """What to raise where whole files do not fit the networks of this program."""
    return WeightsError(
        "The weights are of another version than this Anyframe, whose networks they do not "
        "fit: install Anyframe again."
    )


def find_weights_folder(name: str, export_folder: Path, missing_message: str) -> Path:
    """The folder of a weight file in use: the assets, or what was exported last.

    Args:
        name: of the file.
        exported: where `train …-export` writes it unless told otherwise.
        missing: a sentence that says what to do where neither has it.

    Raises:
        WeightsError: neither has it.
    """
    for folder in (ASSETS, export_folder):
        if (folder / MANIFEST).is_file() and (folder / name).is_file():
            return folder
    raise WeightsError(missing_message)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The list of weights in a folder: name of each file -> what is known of it.

    Raises:
        WeightsError: if there is none, or it is no such list.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        manifest = None
    if not isinstance(manifest, dict) or not all(
        isinstance(entry, dict) and isinstance(entry.get("sha256"), str)
        for entry in manifest.values()
    ):
        raise WeightsError(
            f"The list of weights ({MANIFEST}) is missing or damaged: install Anyframe again."
        )
    return manifest


def read_weights(
    folder: Path, name: str, manifest: Mapping[str, Any]
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and settings of a weight file.

    Raises:
        WeightsError: if it is missing, cut short, of another version, or not the one listed.
    """
    path = verified_path(folder, name, manifest)
    try:
        with safe_open(path, framework="pt") as archive:
            settings = json.loads(archive.metadata()["anyframe"])
        return load_file(path), settings
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"The weight file {name} cannot be read.") from error


def verified_path(folder: Path, name: str, manifest: Mapping[str, Any]) -> Path:
    """The path of a weight file that is the one listed.

    Raises:
        WeightsError: if it is missing, of another version, or another file.
    """
    path = folder / name
    if not path.is_file():
        raise WeightsError(f"The weight file {name} is missing: install Anyframe again.")
    entry = manifest.get(name)
    # A list without formats is older than they are.
    if entry is not None and entry.get("format", 1) != WEIGHTS_FORMAT:
        raise WeightsError(
            f"The weight file {name} is of another version than this Anyframe "
            f"(format {entry['format']}, not {WEIGHTS_FORMAT}): install Anyframe again."
        )
    if entry is None or _digest(path) != entry["sha256"]:
        raise WeightsError(
            f"The weight file {name} is damaged or was changed: install Anyframe again."
        )
    return path


def write_weights(
    folder: Path,
    name: str,
    tensors: Mapping[str, Tensor],
    settings: Mapping[str, Any],
    state: Mapping[str, Any],
    licence: str,
) -> None:
    """Write one weight file, floats as fp16, and its entry in the folder's manifest.

    Args:
        folder: made if it is not there.
        name: of the file.
        tensors: what the file holds.
        settings: what its header holds.
        state: of the run that it comes from, as `run_state` reads it.
        licence: of the weights.
    """
    folder.mkdir(parents=True, exist_ok=True)
    half = {
        key: (value.half() if value.is_floating_point() else value).contiguous()
        for key, value in tensors.items()
    }
    save_file(half, folder / name, metadata={"anyframe": json.dumps(settings)})
    add_manifest_entry(folder, name, licence, state["step"], state["settings"]["data"])


def add_manifest_entry(folder: Path, name: str, licence: str, steps: int, sequences: int) -> None:
    """Write a weight file's entry in its folder's manifest.

    Args:
        folder: of the file.
        name: of the file.
        licence: of the weights.
        steps: of training.
        sequences: that it was trained on.
    """
    path = folder / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    manifest[name] = {
        "format": WEIGHTS_FORMAT,
        "sha256": _digest(folder / name),
        "licence": licence,
        "steps": steps,
        "sequences": sequences,
    }
    path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def read_run_state(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors, and step and settings, of a training run.

    Raises:
        WeightsError: if the folder holds none.
    """
    try:
        state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        return load_file(folder / "state.safetensors"), state
    except (OSError, ValueError, SafetensorError) as error:
        raise WeightsError(f"{folder} holds no training run that can be exported.") from error


def strip_key_prefix(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin with a prefix, named without it."""
    return {key[len(prefix) :]: value for key, value in tensors.items() if key.startswith(prefix)}


def default_device() -> torch.device:
    """Best device available: CUDA (or ROCm), then Apple's MPS, then the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
