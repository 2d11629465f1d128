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
from ...baselines.frames import FPS
from ...baselines.interpolation import Interpolation, upsample
from ...baselines.mdm import MdmSampler
from ...baselines.mld import MldSampler
from ...data.features import ROTATIONS, joint_positions
from ...data.motion_set import JOINTS
from ...data.sequences import SequenceSet
from ...embedding.embedder import Embedder
from ...kinematics.body.take import Take
from ...kinematics.math.rotations import Array, matrix_to_6d
from ...nerm.sampler import Request, Sampler
from ...text.encoder import TextEncoder
from ..metrics.clips import random_clips
from ..metrics.distribution import frechet_distance
from .evaluated_motions import Motion

RATES = (20.0, 40.0, 60.0, 100.0, 120.0)
CLIP_FRAMES = 60
NATIVE = 120.0
_BATCH = 32

At = Callable[[float], Motion]
"""One motion: the frames per second asked for -> its rows at that rate (real: at its own)."""


@dataclass(frozen=True)
class Wanted:
    """What one motion shall be."""

    sequence: int
    """Number of the real sequence."""
    prompt: str
    seconds: float
    seed: int


@dataclass(frozen=True)
class SystemRates:
    """One system's figures."""

    name: str
    clip_fid: Array
    """(rates, repeats)."""
    jerk: float
    """Mean jerk of the joints at 120 fps, over real motion's."""


def choose(sequences: SequenceSet, count: int, seed: int = 0) -> tuple[list[Wanted], list[Wanted]]:
    """Random native 120 fps sequences that hold a clip at the lowest rate, with a caption each.

    Returns:
        `count` that are to be made, and `count` others to compare with; half of all there are
        where that is less. Mirrored ones count as others.
    """
    shortest = (CLIP_FRAMES + 1) / min(RATES)
    able = [
        n
        for n, span in enumerate(sequences.spans)
        if span.fps == NATIVE and span.texts and span.duration >= shortest
    ]
    chance = np.random.default_rng(seed)
    count = min(count, len(able) // 2)
    wanted = [
        Wanted(
            int(n),
            str(chance.choice(np.array(sequences.spans[n].texts))),
            sequences.spans[n].duration,
            int(chance.integers(2**31)),
        )
        for n in chance.permutation(able)[: 2 * count]
    ]
    return wanted[:count], wanted[count:]


def real_motions(sequences: SequenceSet, wanted: Sequence[Wanted]) -> list[At]:
    """The captures themselves, at their native rate whatever is asked for."""

    def at(n: int, fps: float) -> Motion:  # noqa: ARG001
        frames = torch.arange(int(sequences.frames[n]))
        rows = sequences.take(torch.tensor([n]), frames[None]).rows[0]
        return Motion(rows, frames / NATIVE)

    return [partial(at, w.sequence) for w in wanted]


def nerm_motions(sampler: Sampler, wanted: Sequence[Wanted]) -> list[At]:
    """NeRM's takes, as an animator gets them."""

    def at(code: Tensor, seconds: float, fps: float) -> Motion:
        rows = take_rows(sampler.take(code, seconds, fps))
        return Motion(rows, torch.arange(len(rows)) / fps)

    motions: list[At] = []
    for start in range(0, len(wanted), _BATCH):
        part = wanted[start : start + _BATCH]
        condition = sampler.condition([Request(w.prompt, None, w.seconds, w.seed) for w in part])
        codes = sampler.draw(condition, [w.seed for w in part])
        motions += [partial(at, code, w.seconds) for code, w in zip(codes.cpu(), part, strict=True)]
    return motions


def draw_rival(
    rival: MdmSampler | MldSampler, encoder: TextEncoder, wanted: Sequence[Wanted]
) -> list[Tensor]:
    """A rival's pose rows (T, 135) at 20 fps of every motion."""
    rows: dict[int, Tensor] = {}
    # Like durations together: frames cost time where they are only padding, too.
    order = np.argsort([w.seconds for w in wanted])
    for start in range(0, len(order), _BATCH):
        part = order[start : start + _BATCH]
        chosen = [wanted[n] for n in part]
        condition = text_condition(encoder, [w.prompt for w in chosen], [w.seconds for w in chosen])
        drawn = rival.draw(condition, [w.seed for w in chosen])
        rows.update(zip(part.tolist(), drawn, strict=True))
    return [rows[n] for n in range(len(wanted))]


def interpolated(rows: Sequence[Tensor], wanted: Sequence[Wanted], how: Interpolation) -> list[At]:
    """Motions at 20 fps, brought up to the rate asked for."""

    def at(row: Tensor, seconds: float, fps: float) -> Motion:
        times = np.arange(max(round(seconds * fps), 1)) / fps
        return Motion(upsample(row, FPS, times, how), torch.from_numpy(times).float())

    return [partial(at, row, w.seconds) for row, w in zip(rows, wanted, strict=True)]


def take_rows(take: Take) -> Tensor:
    """Pose rows (T, 135) of a take."""
    rotations = matrix_to_6d(take.local_matrices()[:, :JOINTS]).reshape(len(take), ROTATIONS)
    rows = np.concatenate([rotations, take.root_positions()], axis=1)
    return torch.from_numpy(rows.astype(np.float32))


def embed_clips(
    embedder: Embedder, motions: Sequence[At], fps: float, repeats: int, seed: int
) -> list[Array]:
    """Embeddings (clips, D), `repeats` times, of a random clip of each motion at one rate."""
    made = [motion(fps) for motion in motions]
    rows, times = [m.rows for m in made], [m.times for m in made]
    chance = np.random.default_rng(seed)
    return [
        embedder.motions(*random_clips(rows, times, fps, CLIP_FRAMES, chance))
        for _ in range(repeats)
    ]


def mean_jerk(motions: Sequence[At]) -> float:
    """Mean size of the joints' third derivative in m/s³ at 120 fps, over all motions."""
    each = []
    for motion in motions:
        joints = joint_positions(motion(NATIVE).rows)
        each.append(float(torch.diff(joints, n=3, dim=0).norm(dim=-1).mean()) * NATIVE**3)
    return float(np.mean(each))


def compare(
    embedder: Embedder,
    reference: Sequence[At],
    same_words: Sequence[At],
    systems: dict[str, Sequence[At]],
    repeats: int,
) -> list[SystemRates]:
    """Figures at all `RATES` of real motion, then of every system.

    Args:
        embedder: reads the clips.
        reference: real motions that all are compared with.
        same_words: other real motions, whose words and durations the systems were given: what a
            perfect system would score.
        systems: motions by name.
        repeats: of the comparison, with other clips.
    """
    truth = {fps: embed_clips(embedder, reference, fps, repeats, seed=1) for fps in RATES}
    real_jerk = mean_jerk(same_words)
    found = []
    for name, motions in {"real motion": same_words, **systems}.items():
        scores = []
        for fps in RATES:
            made = embed_clips(embedder, motions, fps, repeats, seed=2)
            pairs = zip(truth[fps], made, strict=True)
            scores.append([frechet_distance(real, clips) for real, clips in pairs])
        found.append(SystemRates(name, np.array(scores), mean_jerk(motions) / real_jerk))
    return found
