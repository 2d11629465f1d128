"""Weight files of any model: export from a run, and loading with a checked hash.

A file is fp16 safetensors with its settings in the header. ``assets/weights.json`` lists each
file's digest, licence and training data. Nothing is ever unpickled.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

ASSETS = Path(__file__).parents[2] / "assets"
MANIFEST = "weights.json"
WEIGHTS_FORMAT = 1
"""Format of weight files; increased when their content changes its meaning."""

Network = TypeVar("Network", bound=nn.Module)


class WeightsError(Exception):
    """Weights are missing, damaged or of another version; the text is a sentence for the user."""


def version_mismatch_error() -> WeightsError:
    """Return the error for undamaged files that do not fit the networks of this program."""
    return WeightsError(
        "The weights are of another version than this Anyframe, whose networks they do not "
        "fit: install Anyframe again."
    )


def find_weights_folder(name: str, export_folder: Path, missing_message: str) -> Path:
    """Return the folder of a weight file: the assets, or `export_folder`, of the last export.

    Raises:
        WeightsError: Neither folder has the file; the text is `missing_message`, with the remedy.
    """
    for folder in (ASSETS, export_folder):
        if (folder / MANIFEST).is_file() and (folder / name).is_file():
            return folder
    raise WeightsError(missing_message)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the list of weights in a folder: name of each file -> its entry.

    Raises:
        WeightsError: The list is missing or damaged.
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
    """Read tensors and settings of a weight file.

    Raises:
        WeightsError: The file is missing, cut short, of another version, or not the one listed.
    """
    path = verified_path(folder, name, manifest)
    try:
        with safe_open(path, framework="pt") as archive:
            settings = json.loads(archive.metadata()["anyframe"])
        return load_file(path), settings
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"The weight file {name} cannot be read.") from error


def verified_path(folder: Path, name: str, manifest: Mapping[str, Any]) -> Path:
    """Return the path of a weight file after comparing it with the manifest.

    Raises:
        WeightsError: The file is missing, of another version, or not the one listed.
    """
    path = folder / name
    if not path.is_file():
        raise WeightsError(f"The weight file {name} is missing: install Anyframe again.")
    entry = manifest.get(name)
    # Lists of the first version have no formats.
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

    `settings` are for its header; `state` is that of the training run, see `read_run_state`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    half = {
        key: (value.half() if value.is_floating_point() else value).contiguous()
        for key, value in tensors.items()
    }
    save_file(half, folder / name, metadata={"anyframe": json.dumps(settings)})
    add_manifest_entry(folder, name, licence, state["step"], state["settings"]["data"])


def add_manifest_entry(folder: Path, name: str, licence: str, steps: int, sequences: int) -> None:
    """Write a weight file's entry in its folder's manifest: training steps and sequences."""
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
    """Read the tensors of a training run, and its state: step and settings.

    Raises:
        WeightsError: The folder holds no run.
    """
    try:
        state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        return load_file(folder / "state.safetensors"), state
    except (OSError, ValueError, SafetensorError) as error:
        raise WeightsError(f"{folder} holds no training run that can be exported.") from error


def load_network(network: Network, tensors: Mapping[str, Tensor]) -> Network:
    """Load tensors as fp32, and return the network in evaluation mode and without gradients."""
    network.load_state_dict({key: value.float() for key, value in tensors.items()})
    return network.eval().requires_grad_(False)


def strip_key_prefix(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin with a prefix, named without it."""
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
