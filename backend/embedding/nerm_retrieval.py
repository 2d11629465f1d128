"""Retrieval for NeRM: its file, and a sampler that embeds prompts in the same space."""

from pathlib import Path

import torch

from ..nerm.sampler import NermSampler
from ..nerm.weights import RETRIEVAL_FILE, load_weights
from ..text.encoder import TextEncoder
from ..training.weight_files import (
    ASSETS,
    default_device,
    read_manifest,
    read_run_state,
    write_weights,
)
from .embedder import EMBEDDER_FILE, Embedder, load_embedder
from .export import embed_sequences, load_learnt_sequences


def export_retrieval(
    inr_run: Path, data: Path, folder: Path, licence: str, embedder: Path | None = None
) -> None:
    """Write the retrieval file of a stage 1 run on `data` to `folder`.

    It has embeddings of the embedder in the folder `embedder`; without one, codes alone.

    Raises:
        WeightsError: the run or the embedder is missing, or the run learnt other data.
        MotionSetError: `data` is not a prepared file.
    """
    tensors, state = read_run_state(inr_run)
    codes = tensors["codes/mean"]
    sequences = load_learnt_sequences(data, inr_run, len(codes))
    embeddings, digest = torch.zeros(len(codes), 0), ""
    if embedder is not None:
        network = load_embedder(embedder).motion_encoder
        embeddings = torch.from_numpy(embed_sequences(network, sequences))
        digest = read_manifest(embedder)[EMBEDDER_FILE]["sha256"]
    labels = sorted({span.action for span in sequences.spans})
    actions = torch.tensor([labels.index(span.action) for span in sequences.spans])
    tensors = {"codes": codes, "embeddings": embeddings, "actions": actions.to(torch.int16)}
    settings = {"embedder": digest, "actions": labels}
    write_weights(folder, RETRIEVAL_FILE, tensors, settings, state, licence)


def load_sampler(
    folder: Path = ASSETS, device: torch.device | None = None
) -> tuple[NermSampler, Embedder | None]:
    """Load NeRM and, if the folder has one, the embedder.

    Raises:
        WeightsError: a file is missing, damaged or of another version.
    """
    weights, manifest = load_weights(folder), read_manifest(folder)
    device = default_device() if device is None else device
    text = TextEncoder(device)
    if EMBEDDER_FILE not in manifest:
        return NermSampler(weights, device, text), None
    embedder, retrieval = load_embedder(folder, text), weights.retrieval
    fits = retrieval and retrieval.embedder_digest == manifest[EMBEDDER_FILE]["sha256"]
    return NermSampler(weights, device, text, embedder.embed_prompts if fits else None), embedder
