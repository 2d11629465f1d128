"""A memory for NeRM's weights, and a sampler that reads words in the space it is kept in."""

from __future__ import annotations

from pathlib import Path

import torch

from ..data.motion_set import load_motion_set
from ..data.sequences import SequenceSet
from ..nerm.sampler import NermSampler
from ..nerm.weights import RETRIEVAL_FILE, load_weights
from ..text.encoder import TextEncoder
from ..training.weight_files import (
    ASSETS,
    WeightsError,
    default_device,
    read_manifest,
    read_run_state,
    write_weights,
)
from .embedder import EMBEDDER_FILE, Embedder, load_embedder
from .export import embed_sequences


def export_retrieval(
    inr_run: Path, data: Path, folder: Path, licence: str, embedder: Path | None = None
) -> None:
    """Write the memory of a stage 1 run beside the other weight files in `folder`.

    Args:
        inr_run: folder of the run.
        data: the prepared file that it learnt.
        folder: of the weight files.
        licence: of the weights.
        embedder: folder of the embedder in whose space words find what is remembered; None for
            codes alone.

    Raises:
        WeightsError: if the run or the embedder is missing, or the run learnt other data.
        MotionSetError: if `data` is not a prepared file.
    """
    tensors, state = read_run_state(inr_run)
    codes = tensors["codes/mean"]
    sequences = SequenceSet(load_motion_set(data))
    if len(codes) != len(sequences):
        raise WeightsError(
            f"{inr_run} learnt {len(codes)} sequences, but {data} has {len(sequences)}."
        )
    embeddings, digest = torch.zeros(len(codes), 0), ""
    if embedder is not None:
        network = load_embedder(embedder).motion_encoder
        embeddings = torch.from_numpy(embed_sequences(network, sequences))
        digest = read_manifest(embedder)[EMBEDDER_FILE]["sha256"]
    labels = sorted({span.action for span in sequences.spans})
    actions = torch.tensor([labels.index(span.action) for span in sequences.spans])
    kept = {"codes": codes, "embeddings": embeddings, "actions": actions.to(torch.int16)}
    settings = {"embedder": digest, "actions": labels}
    write_weights(folder, RETRIEVAL_FILE, kept, settings, state, licence)


def load_sampler(
    folder: Path = ASSETS, device: torch.device | None = None
) -> tuple[NermSampler, Embedder | None]:
    """NeRM and the embedder of a folder of weights, ready; None where it has no embedder.

    Raises:
        WeightsError: if a file is missing, damaged or of another version.
    """
    weights, manifest = load_weights(folder), read_manifest(folder)
    device = default_device() if device is None else device
    text = TextEncoder(device)
    if EMBEDDER_FILE not in manifest:
        return NermSampler(weights, device, text), None
    embedder = load_embedder(folder, text)
    memory = weights.retrieval
    same = memory is not None and memory.embedder_digest == manifest[EMBEDDER_FILE]["sha256"]
    return NermSampler(weights, device, text, embedder.embed_prompts if same else None), embedder
