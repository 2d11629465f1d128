"""clip-FID of generated motion at 20 to 120 fps: NeRM beside rivals that are interpolated up.

Half of the native 120 fps captures lend their words and durations to every system; random clips of
m frames of what it makes are compared, at each rate, with clips of the other half.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from ...baselines.conditions import text_condition
from ...baselines.frames import BASELINE_FPS
from ...baselines.interpolation import Interpolation, upsample_rows
from ...baselines.mdm import MdmSampler
from ...baselines.mld import MldSampler
from ...data.features import ROTATION_CHANNELS, joint_positions
from ...data.motion_set import JOINT_COUNT
from ...data.sequences import SequenceSet
from ...embedding.embedder import Embedder
from ...kinematics.body.take import Take
from ...kinematics.math.rotations import Array, matrix_to_6d
from ...nerm.sampler import MotionRequest, NermSampler
from ...text.encoder import TextEncoder
from ..metrics.clips import random_clips
from ..metrics.distribution import frechet_distance
from .evaluated_motions import EvaluatedMotion

CLIP_FID_RATES = (20.0, 40.0, 60.0, 100.0, 120.0)
CLIP_FRAMES = 60
NATIVE_FPS = 120.0
_BATCH = 32

MotionAtRate = Callable[[float], EvaluatedMotion]
"""One motion: the frames per second asked for -> its rows at that rate (real: at its own)."""


@dataclass(frozen=True)
class MotionSpec:
    """What one motion shall be."""

    sequence: int
    """Number of the real sequence."""
    prompt: str
    seconds: float
    seed: int


@dataclass(frozen=True)
class SystemScores:
    """One system's figures."""

    name: str
    clip_fid: Array
    """(rates, repeats)."""
    jerk: float
    """Mean jerk of the joints at 120 fps, over real motion's."""


def choose_motions(
    sequences: SequenceSet, count: int, seed: int = 0
) -> tuple[list[MotionSpec], list[MotionSpec]]:
    """Random native 120 fps sequences that hold a clip at the lowest rate, with a caption each.

    Returns:
        `count` that are to be made, and `count` others to compare with; half of all there are
        where that is less. Mirrored ones count as others.
    """
    shortest = (CLIP_FRAMES + 1) / min(CLIP_FID_RATES)
    able = [
        n
        for n, span in enumerate(sequences.spans)
        if span.fps == NATIVE_FPS and span.texts and span.duration >= shortest
    ]
    chance = np.random.default_rng(seed)
    count = min(count, len(able) // 2)
    wanted = [
        MotionSpec(
            int(n),
            str(chance.choice(np.array(sequences.spans[n].texts))),
            sequences.spans[n].duration,
            int(chance.integers(2**31)),
        )
        for n in chance.permutation(able)[: 2 * count]
    ]
    return wanted[:count], wanted[count:]


def captured_motions(sequences: SequenceSet, specs: Sequence[MotionSpec]) -> list[MotionAtRate]:
    """The captures themselves, at their native rate whatever is asked for."""

    def at(n: int, fps: float) -> EvaluatedMotion:  # noqa: ARG001
        frames = torch.arange(int(sequences.frames[n]))
        rows = sequences.batch_frames(torch.tensor([n]), frames[None]).rows[0]
        return EvaluatedMotion(rows, frames / NATIVE_FPS)

    return [partial(at, w.sequence) for w in specs]


def nerm_motions(sampler: NermSampler, specs: Sequence[MotionSpec]) -> list[MotionAtRate]:
    """NeRM's takes, as an animator gets them."""

    def at(code: Tensor, seconds: float, fps: float) -> EvaluatedMotion:
        rows = take_rows(sampler.decode_take(code, seconds, fps))
        return EvaluatedMotion(rows, torch.arange(len(rows)) / fps)

    motions: list[MotionAtRate] = []
    for start in range(0, len(specs), _BATCH):
        part = specs[start : start + _BATCH]
        condition = sampler.condition(
            [MotionRequest(w.prompt, None, w.seconds, w.seed) for w in part]
        )
        codes = sampler.sample_codes(condition, [w.seed for w in part])
        motions += [partial(at, code, w.seconds) for code, w in zip(codes.cpu(), part, strict=True)]
    return motions


def sample_baseline(
    baseline: MdmSampler | MldSampler, encoder: TextEncoder, specs: Sequence[MotionSpec]
) -> list[Tensor]:
    """A rival's pose rows (T, 135) at 20 fps of every motion."""
    rows: dict[int, Tensor] = {}
    # Like durations together: frames cost time where they are only padding, too.
    order = np.argsort([w.seconds for w in specs])
    for start in range(0, len(order), _BATCH):
        part = order[start : start + _BATCH]
        chosen = [specs[n] for n in part]
        condition = text_condition(encoder, [w.prompt for w in chosen], [w.seconds for w in chosen])
        drawn = baseline.sample_motions(condition, [w.seed for w in chosen])
        rows.update(zip(part.tolist(), drawn, strict=True))
    return [rows[n] for n in range(len(specs))]


def interpolated_motions(
    rows: Sequence[Tensor], specs: Sequence[MotionSpec], how: Interpolation
) -> list[MotionAtRate]:
    """Motions at 20 fps, brought up to the rate asked for."""

    def at(row: Tensor, seconds: float, fps: float) -> EvaluatedMotion:
        times = np.arange(max(round(seconds * fps), 1)) / fps
        return EvaluatedMotion(
            upsample_rows(row, BASELINE_FPS, times, how), torch.from_numpy(times).float()
        )

    return [partial(at, row, w.seconds) for row, w in zip(rows, specs, strict=True)]


def take_rows(take: Take) -> Tensor:
    """Pose rows (T, 135) of a take."""
    rotations = matrix_to_6d(take.local_matrices()[:, :JOINT_COUNT]).reshape(
        len(take), ROTATION_CHANNELS
    )
    rows = np.concatenate([rotations, take.root_positions()], axis=1)
    return torch.from_numpy(rows.astype(np.float32))


def embed_clips(
    embedder: Embedder, motions: Sequence[MotionAtRate], fps: float, repeats: int, seed: int
) -> list[Array]:
    """Embeddings (clips, D), `repeats` times, of a random clip of each motion at one rate."""
    made = [motion(fps) for motion in motions]
    rows, times = [m.rows for m in made], [m.times for m in made]
    chance = np.random.default_rng(seed)
    return [
        embedder.embed_motions(*random_clips(rows, times, fps, CLIP_FRAMES, chance))
        for _ in range(repeats)
    ]


def mean_jerk(motions: Sequence[MotionAtRate]) -> float:
    """Mean size of the joints' third derivative in m/s³ at 120 fps, over all motions."""
    each = []
    for motion in motions:
        joints = joint_positions(motion(NATIVE_FPS).rows)
        each.append(float(torch.diff(joints, n=3, dim=0).norm(dim=-1).mean()) * NATIVE_FPS**3)
    return float(np.mean(each))


def compare_frame_rates(
    embedder: Embedder,
    reference: Sequence[MotionAtRate],
    prompt_sources: Sequence[MotionAtRate],
    systems: dict[str, Sequence[MotionAtRate]],
    repeats: int,
) -> list[SystemScores]:
    """Figures at all `RATES` of real motion, then of every system.

    Args:
        embedder: reads the clips.
        reference: real motions that all are compared with.
        same_words: other real motions, whose words and durations the systems were given: what a
            perfect system would score.
        systems: motions by name.
        repeats: of the comparison, with other clips.
    """
    truth = {fps: embed_clips(embedder, reference, fps, repeats, seed=1) for fps in CLIP_FID_RATES}
    real_jerk = mean_jerk(prompt_sources)
    found = []
    for name, motions in {"real motion": prompt_sources, **systems}.items():
        scores = []
        for fps in CLIP_FID_RATES:
            made = embed_clips(embedder, motions, fps, repeats, seed=2)
            pairs = zip(truth[fps], made, strict=True)
            scores.append([frechet_distance(real, clips) for real, clips in pairs])
        found.append(SystemScores(name, np.array(scores), mean_jerk(motions) / real_jerk))
    return found
