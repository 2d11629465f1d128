"""The embedder: unit vectors of motions and prompts, their scores, and novelty."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    version_mismatch_error,
)
from .encoders import MotionEncoder, PromptEncoder, load_encoders
from .frame_features import batch_motions

EMBEDDER_FILE = "embedder.safetensors"
EMBEDDER_EXPORT = Path("runs/embedder_export")
"""Default folder of `train embedder-export`."""

SCORE_FPS = 30.0
"""Frame rate at which training sequences are embedded, and motions for scores and novelty. Higher
rates show more jitter and shift an embedding a little."""

_MATCH_PERCENTILE = 97
"""Percentile of the scores of wrong captions above which a motion matches its prompt."""
_KNOWN_PERCENTILE = 3
"""Percentile of the scores of real motions with their own captions that the nearest training
sequence of a known prompt reaches."""
_BATCH = 64


@dataclass(frozen=True)
class EmbeddingNovelty:
    """Novelty of a motion."""

    distance: float
    """Euclidean distance between unit vectors to the nearest training sequence."""
    nearest: str
    """Name of the clip of that sequence."""
    typical: float
    """Median distance of training sequences to the nearest one of another clip."""


@dataclass(frozen=True)
class TrainingStats:
    """Statistics of the training split, from the weight file."""

    embeddings: Array
    """(N, D) unit vectors of all training sequences."""
    clips: tuple[str, ...]
    """Name of the clip of each sequence."""
    matched: Array
    """(101,) percentiles of the scores of training sequences with their own captions."""
    mismatched: Array
    """(101,) percentiles of their scores with captions of other labels."""
    typical: float
    """See `EmbeddingNovelty`."""


class Embedder:
    """Embeds motions and prompts as unit vectors of one space, and compares them."""

    def __init__(
        self,
        motion: MotionEncoder,
        prompt: PromptEncoder,
        training: TrainingStats,
        text: TextEncoder | None = None,
    ) -> None:
        """Take the networks; `text` saves loading the text model twice."""
        self.motion_encoder, self._prompt_encoder = motion.eval(), prompt.eval()
        self.training_stats, self._text = training, text

    @torch.inference_mode()
    def embed_motions(self, rows: Sequence[Tensor], times: Sequence[Tensor]) -> Array:
        """Embed motions as unit vectors (B, D), float32.

        Args:
            rows: Pose rows (T, 135) of each motion (`backend.data.features`), with any position
                and heading.
            times: Increasing times (T,) of the frames in seconds, also at irregular intervals.

        Raises:
            ValueError: a motion is empty or its times do not fit.
        """
        vectors = [np.zeros((0, self.training_stats.embeddings.shape[1]), np.float32)]
        for start in range(0, len(rows), _BATCH):
            part = slice(start, start + _BATCH)
            batch = batch_motions(rows[part], times[part])
            vectors.append(self.motion_encoder.embed(batch).numpy())
        return np.concatenate(vectors)

    @torch.inference_mode()
    def embed_prompts(self, prompts: Sequence[str]) -> Array:
        """Embed prompts as unit vectors (B, D), float32."""
        vectors = [np.zeros((0, self.training_stats.embeddings.shape[1]), np.float32)]
        self._text = self._text or TextEncoder()
        for start in range(0, len(prompts), _BATCH):
            encoded = self._text.encode(prompts[start : start + _BATCH])
            vectors.append(self._prompt_encoder(encoded.tokens.cpu(), encoded.mask.cpu()).numpy())
        return np.concatenate(vectors)

    def is_match(self, score: float) -> bool:
        """Tell whether the cosine of a prompt and a motion is above that of 97 % of wrong captions.

        If not, the motion does not follow the prompt, or the prompt is in another language or not
        about motion.
        """
        return score >= self.training_stats.mismatched[_MATCH_PERCENTILE]

    def knows_prompt(self, prompt_embedding: Array) -> bool:
        """Tell whether a training sequence fits a prompt (D,) as real motions fit their captions.

        If not, the prompt is in another language, not about motion, or about a motion that is not
        in the training data.
        """
        nearest = float(np.max(self.training_stats.embeddings @ prompt_embedding, initial=-1.0))
        return nearest >= self.training_stats.matched[_KNOWN_PERCENTILE]

    def measure_novelty(self, embedding: Array) -> EmbeddingNovelty:
        """Return the distance of a unit vector (D,) to the nearest training sequence."""
        distances = np.linalg.norm(self.training_stats.embeddings - embedding, axis=1)
        nearest = int(distances.argmin())
        stats = self.training_stats
        return EmbeddingNovelty(float(distances[nearest]), stats.clips[nearest], stats.typical)


def pose_rows_of_take(take: Take) -> Tensor:
    """Return the pose rows (T, 135) of a take, in its own world frame."""
    return pose_rows_of_clip(MocapClip("", take.poses[:, : 3 * JOINT_COUNT], take.trans, take.fps))


def load_embedder(folder: Path = ASSETS, text: TextEncoder | None = None) -> Embedder:
    """Load the embedder from a folder of weight files; without `text`, load a text encoder later.

    Raises:
        WeightsError: the file is missing, damaged, of another version, or not the one that the
            manifest lists.
    """
    tensors, settings = read_weights(folder, EMBEDDER_FILE, read_manifest(folder))
    try:
        motion, prompt = load_encoders(tensors, settings["config"])
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
    """Return the assets, or the default export folder, whichever has the embedder.

    Raises:
        WeightsError: neither has one.
    """
    return find_weights_folder(
        EMBEDDER_FILE,
        EMBEDDER_EXPORT,
        "An embedder is needed, but there is none: train one (`python -m backend train embedder "
        "DATA`) and export it (`python -m backend train embedder-export DATA`).",
    )
