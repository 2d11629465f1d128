"""Export a run of the embedder as a weight file, with statistics of the training split."""

from pathlib import Path

import numpy as np
import torch

from ..data.motion_set import load_motion_set
from ..data.sequences import ClipSpan, SequenceSet
from ..kinematics.math.rotations import Array
from ..training.weight_files import (
    WeightsError,
    read_run_state,
    version_mismatch_error,
    write_weights,
)
from .augmentation import ViewSampler
from .captions import encode_prompts, pad_tokens
from .embedder import EMBEDDER_FILE, SCORE_FPS
from .encoders import MotionEncoder, PromptEncoder, load_encoders

_BATCH = 64
_PERCENTILES = np.arange(101)


@torch.inference_mode()
def export_embedder(run: Path, data: Path, folder: Path, licence: str) -> None:
    """Write the weight file of a run on `data` to `folder`, and its entry in the manifest.

    Raises:
        WeightsError: `run` holds no run, or one that learnt other data.
        MotionSetError: `data` is not a prepared file.
    """
    tensors, state = read_run_state(run)
    sequences = load_learnt_sequences(data, run, state["settings"]["data"])
    try:
        motion, prompt = load_encoders(tensors, state["settings"]["config"])
    except (ValueError, KeyError, RuntimeError) as error:
        raise version_mismatch_error() from error
    embeddings = embed_sequences(motion, sequences)
    matched, mismatched = _pair_scores(prompt, sequences.spans, embeddings)
    names, clips = np.unique([span.name for span in sequences.spans], return_inverse=True)
    weights = {
        **{key: value for key, value in tensors.items() if key.startswith(("motion/", "prompt/"))},
        "training/embeddings": torch.from_numpy(embeddings),
        "training/clips": torch.from_numpy(clips.astype(np.int16)),
    }
    settings = {
        "config": state["settings"]["config"],
        "clips": names.tolist(),
        "matched": np.percentile(matched, _PERCENTILES).round(4).tolist(),
        "mismatched": np.percentile(mismatched, _PERCENTILES).round(4).tolist(),
        "typical": typical_distance(embeddings, clips),
    }
    write_weights(folder, EMBEDDER_FILE, weights, settings, state, licence)


def load_learnt_sequences(data: Path, run: Path, count: int) -> SequenceSet:
    """Read the sequences that a run learnt, of which there were `count`, as for an export."""
    sequences = SequenceSet(load_motion_set(data))
    if count != len(sequences):
        raise WeightsError(
            f"{data} must be the file that {run} learnt, with {count} sequences (got "
            f"{len(sequences)})."
        )
    return sequences


@torch.inference_mode()
def embed_sequences(motion: MotionEncoder, sequences: SequenceSet) -> Array:
    """Embed all sequences at about `SCORE_FPS` as unit vectors (N, D)."""
    views = ViewSampler(sequences)
    parts = torch.arange(len(sequences)).split(_BATCH)
    return np.concatenate(
        [motion.embed(views.whole_sequences(index, SCORE_FPS)).numpy() for index in parts]
    )


def typical_distance(embeddings: Array, clips: np.ndarray) -> float:
    """Return the median distance of sequences (N, D) to the nearest one of another clip (N).

    Sequences of the same clip do not count, because windows overlap and a mirror image is the same
    capture. 0 if there is only one clip.
    """
    nearest = []
    for embedding, clip in zip(embeddings, clips, strict=True):
        others = embeddings[clips != clip]
        if len(others):
            nearest.append(np.linalg.norm(others - embedding, axis=1).min())
    return float(np.median(nearest)) if nearest else 0.0


def _pair_scores(
    prompt: PromptEncoder, spans: list[ClipSpan], embeddings: Array
) -> tuple[Array, Array]:
    """Return the scores of sequences with their own captions, and with those of other labels."""
    texts = sorted({text for span in spans for text in span.texts})
    number = {text: n for n, text in enumerate(texts)}
    tokens = encode_prompts(texts)
    parts = (tokens[start : start + _BATCH] for start in range(0, len(texts), _BATCH))
    captions = np.concatenate([prompt(*pad_tokens(part)).numpy() for part in parts])
    pairs = [(n, number[text]) for n, span in enumerate(spans) for text in span.texts]
    motion, caption = np.array(pairs).T
    matched = (embeddings[motion] * captions[caption]).sum(1)
    other = np.random.default_rng(0).permutation(len(pairs))
    actions = np.array([span.action for span in spans])
    is_wrong = actions[motion] != actions[motion[other]]
    mismatched = (embeddings[motion] * captions[caption[other]]).sum(1)[is_wrong]
    # Data of a single label has no wrong captions: then no score counts as low.
    return matched, mismatched if len(mismatched) else np.array([-1.0])
