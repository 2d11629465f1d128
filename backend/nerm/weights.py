"""Weight files: writing them from a run, and loading them with their hash checked.

A file is fp16 safetensors with its configuration in the header. ``assets/weights.json`` lists each
one's digest, licence and what it was trained on. Nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from .denoiser import Denoiser, DenoiserConfig
from .inr import Decoder, InrConfig

ASSETS = Path(__file__).parents[2] / "assets"
MANIFEST = "weights.json"
FORMAT = 1
"""Of a weight file; raised when what is in it means something else than before."""
DECODER_FILE, DENOISER_FILE = "nerm_decoder.safetensors", "nerm_denoiser.safetensors"


class WeightsError(Exception):
    """Weights are missing, damaged or of another version; the text is a sentence for the user."""


@dataclass(frozen=True)
class NermWeights:
    """Everything that generation needs, in evaluation mode and fp32."""

    decoder: Decoder
    denoiser: Denoiser
    process: str
    hash: str
    """First 16 hexadecimal digits of the digest of both files' digests."""
    licence: str


def load_weights(folder: Path = ASSETS) -> NermWeights:
    """Load NeRM's shipped weights.

    Raises:
        WeightsError: if a file is missing, cut short, of another version, or not the one the
            manifest lists.
    """
    manifest = read_manifest(folder)
    decoder_tensors, decoder_settings = _load(folder, DECODER_FILE, manifest)
    denoiser_tensors, denoiser_settings = _load(folder, DENOISER_FILE, manifest)
    digests = manifest[DECODER_FILE]["sha256"] + manifest[DENOISER_FILE]["sha256"]
    try:
        decoder = Decoder(InrConfig.model_validate(decoder_settings["config"]))
        denoiser = Denoiser(DenoiserConfig.model_validate(denoiser_settings["config"]))
        for network, tensors in ((decoder, decoder_tensors), (denoiser, denoiser_tensors)):
            network.load_state_dict({key: value.float() for key, value in tensors.items()})
            network.eval().requires_grad_(False)
        return NermWeights(
            decoder,
            denoiser,
            denoiser_settings["process"],
            hashlib.sha256(digests.encode()).hexdigest()[:16],
            manifest[DENOISER_FILE]["licence"],
        )
    except (ValueError, KeyError, RuntimeError) as error:
        # The files are whole, but were written by a program whose networks are built otherwise.
        raise WeightsError(
            "The weights are of another version than this Anyframe, whose networks they do not "
            "fit: install Anyframe again."
        ) from error


def export_weights(inr_run: Path, diffusion_run: Path, folder: Path, licence: str) -> None:
    """Write the weight files of two finished runs, and their entries in the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    inr, inr_state = _run_state(inr_run)
    diffusion, diffusion_state = _run_state(diffusion_run)
    decoder = _below(inr, "decoder/")
    denoiser = _below(diffusion, "average/module.")
    denoiser |= {k: v for k, v in _below(diffusion, "denoiser/").items() if k.startswith("code_")}
    files = {
        DECODER_FILE: (decoder, {"config": inr_state["settings"]["config"]}, inr_state),
        DENOISER_FILE: (
            denoiser,
            {
                "config": diffusion_state["settings"]["config"],
                "process": diffusion_state["settings"]["training"]["process"],
            },
            diffusion_state,
        ),
    }
    path = folder / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for name, (tensors, settings, state) in files.items():
        half = {key: value.half().contiguous() for key, value in tensors.items()}
        save_file(half, folder / name, metadata={"anyframe": json.dumps(settings)})
        manifest[name] = {
            "format": FORMAT,
            "sha256": _digest(folder / name),
            "licence": licence,
            "steps": state["step"],
            "sequences": state["settings"]["data"],
        }
    path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


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


def _load(
    folder: Path, name: str, manifest: dict[str, Any]
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    path = folder / name
    if not path.is_file():
        raise WeightsError(f"The weight file {name} is missing: install Anyframe again.")
    entry = manifest.get(name)
    # A list without formats is older than they are.
    if entry is not None and entry.get("format", 1) != FORMAT:
        raise WeightsError(
            f"The weight file {name} is of another version than this Anyframe "
            f"(format {entry['format']}, not {FORMAT}): install Anyframe again."
        )
    if entry is None or _digest(path) != entry["sha256"]:
        raise WeightsError(
            f"The weight file {name} is damaged or was changed: install Anyframe again."
        )
    try:
        with safe_open(path, framework="pt") as archive:
            settings = json.loads(archive.metadata()["anyframe"])
        return load_file(path), settings
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"The weight file {name} cannot be read.") from error


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _run_state(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        return load_file(folder / "state.safetensors"), state
    except (OSError, ValueError, SafetensorError) as error:
        raise WeightsError(f"{folder} holds no training run that can be exported.") from error


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {key[len(prefix) :]: value for key, value in tensors.items() if key.startswith(prefix)}


def default_device() -> torch.device:
    """The best device there is: CUDA (or ROCm), Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")
