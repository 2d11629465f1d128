"""NeRM's weight files: export from training runs, and loading."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from ..training.weight_files import (
    ASSETS,
    load_network,
    read_manifest,
    read_run_state,
    read_weights,
    strip_key_prefix,
    version_mismatch_error,
    write_weights,
)
from .denoiser import Denoiser, DenoiserConfig
from .inr import InrConfig, InrDecoder
from .retrieval import RetrievalPrior

DECODER_FILE, DENOISER_FILE = "nerm_decoder.safetensors", "nerm_denoiser.safetensors"
RETRIEVAL_FILE = "nerm_memory.safetensors"


@dataclass(frozen=True)
class NermWeights:
    """Networks that generation needs, in evaluation mode and fp32."""

    decoder: InrDecoder
    denoiser: Denoiser
    noise_process: str
    digest: str
    """First 16 hexadecimal digits of the SHA-256 of the files' digests."""
    licence: str
    retrieval: RetrievalPrior | None = None
    """Training codes; None to sample without retrieval."""


def load_weights(folder: Path = ASSETS) -> NermWeights:
    """Load NeRM's shipped weights.

    Raises:
        WeightsError: A file is missing, cut short, of another version, or not the one that the
            manifest lists.
    """
    manifest = read_manifest(folder)
    decoder_tensors, decoder_settings = read_weights(folder, DECODER_FILE, manifest)
    denoiser_tensors, denoiser_settings = read_weights(folder, DENOISER_FILE, manifest)
    files = [DECODER_FILE, DENOISER_FILE]
    retrieval: tuple[dict[str, Tensor], dict[str, Any]] | None = None
    if RETRIEVAL_FILE in manifest:
        retrieval = read_weights(folder, RETRIEVAL_FILE, manifest)
        files.append(RETRIEVAL_FILE)
    digests = "".join(manifest[name]["sha256"] for name in files)
    try:
        decoder = InrDecoder(InrConfig.model_validate(decoder_settings["config"]))
        denoiser = Denoiser(DenoiserConfig.model_validate(denoiser_settings["config"]))
        return NermWeights(
            load_network(decoder, decoder_tensors),
            load_network(denoiser, denoiser_tensors),
            denoiser_settings["process"],
            hashlib.sha256(digests.encode()).hexdigest()[:16],
            manifest[DENOISER_FILE]["licence"],
            None if retrieval is None else _retrieval_prior(*retrieval, denoiser.config.latent),
        )
    except (ValueError, KeyError, IndexError, RuntimeError) as error:
        # The files are undamaged, but belong to networks of another shape.
        raise version_mismatch_error() from error


def _retrieval_prior(
    tensors: dict[str, Tensor], settings: dict[str, Any], latent: int
) -> RetrievalPrior:
    codes, embeddings = tensors["codes"].float(), tensors["embeddings"].float()
    if codes.shape[1:] != (latent,) or not (
        len(codes) == len(embeddings) == len(tensors["actions"]) > 0
    ):
        raise ValueError("The retrieval codes must have the size of the networks' codes.")
    labels = settings["actions"]
    actions = tuple(labels[n] for n in tensors["actions"].tolist())
    return RetrievalPrior(codes, embeddings, settings["embedder"], actions)


def export_weights(inr_run: Path, diffusion_run: Path, folder: Path, licence: str) -> None:
    """Write the weight files of two finished runs and their entries in the manifest."""
    inr, inr_state = read_run_state(inr_run)
    diffusion, diffusion_state = read_run_state(diffusion_run)
    denoiser = strip_key_prefix(diffusion, "average/module.")
    denoiser |= {name: diffusion[f"denoiser/{name}"] for name in ("code_mean", "code_std")}
    decoder_settings = {"config": inr_state["settings"]["config"]}
    denoiser_settings = {
        "config": diffusion_state["settings"]["config"],
        "process": diffusion_state["settings"]["training"]["process"],
    }
    decoder = strip_key_prefix(inr, "decoder/")
    write_weights(folder, DECODER_FILE, decoder, decoder_settings, inr_state, licence)
    write_weights(folder, DENOISER_FILE, denoiser, denoiser_settings, diffusion_state, licence)
