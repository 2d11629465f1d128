"""The embedder as others use it: vectors of motions and prompts, scores, novelty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..data.features import pose_rows_of_clip
from ..data.motion_set import JOINT_COUNT, MocapClip
from ..kinematics.body.take import Take
from ..kinematics.math.rotations import Array
from ..text.encoder import TextEncoder
from ..training.weight_files import (
    ASSETS,
    find_weights_folder,
    read_manifest,
    read_weights,
    strip_key_prefix,
    version_mismatch_error,
)
from .encoders import EmbedderConfig, MotionEncoder, PromptEncoder
from .frame_features import batch_motions, frame_features

EMBEDDER_FILE = "embedder.safetensors"
EMBEDDER_EXPORT = Path("runs/embedder_export")
"""Where `train embedder-export` writes unless told otherwise."""

SCORE_FPS = 30.0
"""At about which the training sequences were embedded. Scores and novelty are those of a motion
looked at at this rate: more frames show more trembling, and move an embedding a little."""

_MATCH_PERCENTILE = 97
"""Percentile of wrong captions' scores above which a prompt counts as followed."""
_KNOWN_PERCENTILE = 3
"""Percentile of real motions' scores with their own captions from which on a prompt counts as
known, if its nearest training sequence reaches it."""
_BATCH = 64


@dataclass(frozen=True)
class EmbeddingNovelty:
    """How far a motion is from everything that was learnt from."""

    distance: float
    """Euclidean, between unit vectors, to the nearest training sequence."""
    nearest: str
    """The name of that sequence's clip."""
    typical: float
    """Median over training sequences of the same distance to the nearest other capture."""


@dataclass(frozen=True)
class TrainingStats:
    """What the weight file knows of the training split."""

    embeddings: Array
    """(N, D) unit vectors of all training sequences."""
    clips: tuple[str, ...]
    """(N) names of their clips."""
    matched: Array
    """(101,) percentiles of the scores of training sequences and their own captions."""
    mismatched: Array
    """(101,) percentiles of their scores with captions of other actions."""
    typical: float
    """See `Novelty`."""


class Embedder:
    """Motions and prompts as unit vectors of one space, and what can be told from them."""

    def __init__(
        self,
        motion: MotionEncoder,
        prompt: PromptEncoder,
        training: TrainingStats,
        text: TextEncoder | None = None,
    ) -> None:
        """The networks with what they learnt from; `text` saves loading the text model twice."""
        self._motion, self._prompt = motion.eval(), prompt.eval()
        self.training_stats = training
        self._given_encoder = text

    @property
    def motion_encoder(self) -> MotionEncoder:
        """The network that reads motions."""
        return self._motion

    @cached_property
    def _text(self) -> TextEncoder:
        return TextEncoder() if self._given_encoder is None else self._given_encoder

    @torch.inference_mode()
    def embed_motions(self, rows: Sequence[Tensor], times: Sequence[Tensor]) -> Array:
        """Unit vectors (B, D) of motions, float32.

        Args:
            rows: pose rows (T, 135) of each motion (`backend.data.features`), Z up, in any place
                and heading.
            times: (T,) seconds of its frames, increasing; of any rate, or of none.

        Raises:
            ValueError: if a motion is empty or its times do not fit it.
        """
        found = [np.zeros((0, self.training_stats.embeddings.shape[1]), np.float32)]
        for start in range(0, len(rows), _BATCH):
            part = slice(start, start + _BATCH)
            batch = batch_motions(rows[part], times[part])
            features = self._motion.normalize_features(frame_features(batch))
            found.append(self._motion(features, batch.times[..., 1], batch.mask).numpy())
        return np.concatenate(found)

    def embed_takes(self, takes: Sequence[Take]) -> Array:
        """Unit vectors (B, D) of takes."""
        rows = [pose_rows_of_take(take) for take in takes]
        return self.embed_motions(rows, [torch.from_numpy(take.times) for take in takes])

    @torch.inference_mode()
    def embed_prompts(self, prompts: Sequence[str]) -> Array:
        """Unit vectors (B, D) of prompts, float32."""
        found = [np.zeros((0, self.training_stats.embeddings.shape[1]), np.float32)]
        for start in range(0, len(prompts), _BATCH):
            encoded = self._text.encode(prompts[start : start + _BATCH])
            tokens, mask = encoded.tokens.cpu(), encoded.mask.cpu()
            found.append(self._prompt(tokens, mask).numpy())
        return np.concatenate(found)

    def score(self, prompt: str, embedding: Array) -> float:
        """Cosine, in [-1, 1], of a prompt and a motion's unit vector (D,)."""
        return float(np.clip(self.embed_prompts([prompt])[0] @ embedding, -1.0, 1.0))

    def matches(self, prompt_embedding: Array, motion_embedding: Array) -> bool:
        """Whether a motion (D,) fits a prompt (D,) better than all but 3 % of wrong captions do.

        False means that the score is low: the motion is not what was asked for, or the prompt is
        in another language or not about motion.
        """
        return self.is_match(float(prompt_embedding @ motion_embedding))

    def is_match(self, score: float) -> bool:
        """The verdict of `matches` on a score that is already there."""
        return score >= self.training_stats.mismatched[_MATCH_PERCENTILE]

    def knows_prompt(self, prompt_embedding: Array) -> bool:
        """Whether some training sequence fits a prompt (D,) as real motions fit their captions.

        False means that nothing like it was learnt: the prompt is in another language, is not about
        motion, or names a motion that no training sequence shows.
        """
        nearest = float(np.max(self.training_stats.embeddings @ prompt_embedding, initial=-1.0))
        return nearest >= self.training_stats.matched[_KNOWN_PERCENTILE]

    def score_percentile(self, score: float) -> float:
        """Share in [0, 1] of real motions that fit their own caption no better than this score."""
        return float(np.searchsorted(self.training_stats.matched, score, side="right") / 101)

    def measure_novelty(self, embedding: Array) -> EmbeddingNovelty:
        """The nearest training sequence of a motion's unit vector (D,), and how far it is."""
        distances = np.linalg.norm(self.training_stats.embeddings - embedding, axis=1)
        nearest = int(distances.argmin())
        return EmbeddingNovelty(
            float(distances[nearest]),
            self.training_stats.clips[nearest],
            self.training_stats.typical,
        )


def pose_rows_of_take(take: Take) -> Tensor:
    """A take's pose rows (T, 135), in its own world frame."""
    return pose_rows_of_clip(MocapClip("", take.poses[:, : 3 * JOINT_COUNT], take.trans, take.fps))


def load_embedder(folder: Path = ASSETS, text: TextEncoder | None = None) -> Embedder:
    """Load the embedder from a folder of weight files.

    Args:
        folder: holds the file and ``weights.json``.
        text: a text encoder that is loaded already, used instead of loading another.

    Raises:
        WeightsError: if the file is missing, cut short, of another version, or not the one the
            manifest lists.
    """
    tensors, settings = read_weights(folder, EMBEDDER_FILE, read_manifest(folder))
    try:
        config = EmbedderConfig.model_validate(settings["config"])
        motion, prompt = MotionEncoder(config), PromptEncoder(config)
        for network, prefix in ((motion, "motion/"), (prompt, "prompt/")):
            own = {key: value.float() for key, value in strip_key_prefix(tensors, prefix).items()}
            network.load_state_dict(own)
            network.requires_grad_(False)
        names = settings["clips"]
        training = TrainingStats(
            embeddings=tensors["training/embeddings"].float().numpy(),
            clips=tuple(names[n] for n in tensors["training/clips"].tolist()),
            matched=np.asarray(settings["matched"]),
            mismatched=np.asarray(settings["mismatched"]),
            typical=float(settings["typical"]),
        )
    except (ValueError, KeyError, IndexError, TypeError, RuntimeError) as error:
        raise version_mismatch_error() from error
    return Embedder(motion, prompt, training, text)


def default_embedder_folder() -> Path:
    """The folder of the embedder in use: the assets, or what was exported last.

    Raises:
        WeightsError: if neither has one.
    """
    return find_weights_folder(
        EMBEDDER_FILE,
        EMBEDDER_EXPORT,
        "There is no embedder: train one (`python -m backend train embedder DATA`) and export it "
        "(`python -m backend train embedder-export DATA`).",
    )
