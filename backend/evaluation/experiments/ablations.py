"""NeRM's ablations on our data: one small, equal protocol for every switch of stage 1.

A hundred captures at 120 fps, so that every rate is native; the same small decoder, the same
number of steps, then the same small latent diffusion. What differs is the switch. The linear start
is ours and off, unless it is the switch: it would hide what a time encoding does.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict
from safetensors.torch import load_file

from ...data.motion_set import load_motion_set, save_motion_set
from ...data.sequences import WINDOW_SECONDS, SequenceSet
from ...embedding.embedder import EMBEDDER_FILE, load_embedder
from ...kinematics.math.rotations import Array
from ...nerm.denoiser import DenoiserConfig
from ...nerm.inr import InrConfig
from ...nerm.sampler import MotionRequest, NermSampler
from ...nerm.train_diffusion import ConditionProbabilities, DiffusionTraining, train_diffusion
from ...nerm.train_inr import InrTraining, train_inr
from ...nerm.weights import export_weights, load_weights
from ...protocol.atomic_write import write_atomically
from ..metrics.clips import random_clips
from ..metrics.distribution import diversity, frechet_distance
from .evaluated_motions import EvaluatedMotion, NermGenerator, real_motions
from .reconstruction import measure_decoder_errors

CLIP_FID_RATES = (20.0, 40.0, 60.0, 100.0, 120.0)
CLIP_FRAMES = 60
NATIVE_FPS = 120.0
CLIP_REPEATS = 4
"""Clips cut from each motion, one after the other, for the spread of clip-FID."""

_SHORTEST = (CLIP_FRAMES + 1) / min(CLIP_FID_RATES)
_LONGEST = 1.5 * WINDOW_SECONDS
"""Seconds up to which a clip by itself is one sequence."""
_DENOISING_STEPS = 20
"""Denoising steps."""

_DECODER_CONFIG = InrConfig(
    width=256,
    blocks=5,
    modulation_width=128,
    encoder_width=128,
    encoder_frames=32,
    linear_start=False,
)
_DENOISER = DenoiserConfig(width=128, layers=4, feed_forward=512)
_CONDITIONING_WEIGHTS = ConditionProbabilities(text=0.0, both=0.0, action=0.8)


class AblationError(ValueError):
    """The ablations cannot be made; the text is a sentence for the user."""


@dataclass(frozen=True)
class AblationVariant:
    """What one run does otherwise than the others."""

    config: dict[str, Any]
    """Fields of `InrConfig`."""
    training: dict[str, Any]
    """Fields of `InrTraining`."""


VARIANTS: dict[str, AblationVariant] = {
    "simple": AblationVariant({}, {}),
    "none": AblationVariant({"time_encoding": "none"}, {}),
    "codebook": AblationVariant({"time_encoding": "codebook"}, {}),
    "fixed": AblationVariant({}, {"rates": "fixed"}),
    "plain": AblationVariant({}, {"variational": False}),
    "seconds": AblationVariant({"time_normalised": False}, {}),
    "progressive": AblationVariant({}, {"rates": "progressive"}),
    "alone": AblationVariant({}, {"encoder": False}),
    "linear": AblationVariant({"linear_start": True}, {}),
    "root": AblationVariant({"root": "own"}, {}),
}
"""Every run by name; "simple" is what all others differ from."""


@dataclass(frozen=True)
class AblationProtocol:
    """What all variants share."""

    captures: int = 100
    """Each is learnt mirrored, too."""
    steps: int = 2000
    diffusion_steps: int = 1000
    batch: int = 64
    reconstruction_sequences: int = 100
    """Sequences whose MRE is measured."""
    seed: int = 0


class AblationMeasures(BaseModel):
    """What was measured of one variant; tuples go by `RATES`."""

    model_config = ConfigDict(frozen=True)

    sequences: int
    mre: tuple[float, ...]
    """mm."""
    mre_spread: tuple[float, ...]
    """± 95 % over sequences, mm."""
    pose: tuple[float, ...]
    """MRE relative to the root, mm."""
    clip_fid: tuple[tuple[float, ...], ...] = ()
    """Repeats at each rate; empty without an embedder."""
    diversity: tuple[float, ...] = ()
    """Of clips at the lowest rate, each repeat's."""
    embedder: str = ""
    """First digits of the embedder's digest."""


def run_variant(
    name: str, data: Path, folder: Path, protocol: AblationProtocol, embedder: Path | None
) -> AblationMeasures:
    """Train a variant, or go on training it, below `folder`, and measure it.

    What was measured is kept in ``folder/name/measures.json`` and not measured again, but for
    clip-FID when the embedder changed.

    Args:
        name: one of `VARIANTS`.
        data: prepared file.
        folder: of all variants.
        protocol: what they share.
        embedder: folder of the embedder's weights; None to leave clip-FID out.

    Raises:
        AblationError: if the data has too few captures at 120 fps.
        TrainingError: if the folder holds a run of another protocol.
    """
    variant, own = VARIANTS[name], folder / name
    subset = _capture_subset(data, folder, protocol)
    training = InrTraining(
        **{
            "steps": protocol.steps,
            "propose_steps": round(0.6 * protocol.steps),
            "fixed_steps": protocol.steps // 3,
            "batch": protocol.batch,
            "seed": protocol.seed,
            **variant.training,
        }
    )
    train_inr(subset, own / "inr", _DECODER_CONFIG.model_copy(update=variant.config), training)
    diffusion = DiffusionTraining(
        steps=protocol.diffusion_steps, shares=_CONDITIONING_WEIGHTS, seed=protocol.seed, rate=1e-3
    )
    train_diffusion(subset, own / "inr", own / "diffusion", diffusion, _DENOISER)
    sequences = SequenceSet(load_motion_set(subset))
    measures = read_measures(folder, name) or _measure_reconstruction(sequences, own, protocol)
    _save_measures(own, measures)
    if embedder is not None and measures.embedder != embedder_digest(embedder):
        measures = _measure_generated(measures, sequences, own, embedder)
        _save_measures(own, measures)
    return measures


def read_measures(folder: Path, name: str) -> AblationMeasures | None:
    """What was measured of a variant; None if nothing was."""
    path = folder / name / "measures.json"
    if not path.exists():
        return None
    return AblationMeasures.model_validate_json(path.read_text(encoding="utf-8"))


def measure_captures(
    data: Path, folder: Path, protocol: AblationProtocol, embedder: Path
) -> AblationMeasures:
    """Other clips of the same captures: what a perfect model would come to."""
    sequences = SequenceSet(load_motion_set(_capture_subset(data, folder, protocol)))
    empty = AblationMeasures(sequences=len(sequences), mre=(), mre_spread=(), pose=())
    return _with_clip_metrics(empty, sequences, real_motions(sequences), embedder)


def embedder_digest(embedder: Path) -> str:
    """First digits of the digest of the embedder in a folder."""
    return hashlib.sha256((embedder / EMBEDDER_FILE).read_bytes()).hexdigest()[:16]


def _capture_subset(data: Path, folder: Path, protocol: AblationProtocol) -> Path:
    """A prepared file of random captures, each one sequence; made once."""
    path = folder / f"captures_{protocol.captures}_{protocol.seed}.npz"
    if path.exists():
        return path
    motions = load_motion_set(data)
    clips = [clip for clip in motions if clip.split == "train"]
    starts = list(accumulate((len(clip) for clip in clips), initial=0))
    spans = [
        span
        for span in SequenceSet(motions, mirrored=False).spans
        if span.fps == NATIVE_FPS and _SHORTEST <= span.duration < _LONGEST
    ]
    if len(spans) < 2:
        raise AblationError(
            f"{data} has {len(spans)} captures at {NATIVE_FPS:g} fps of {_SHORTEST:.1f} to "
            f"{_LONGEST:g} s, too few for the ablations: prepare data with more."
        )
    chosen = np.random.default_rng(protocol.seed).permutation(len(spans))[: protocol.captures]
    cut = []
    for number, span in enumerate(spans[i] for i in sorted(chosen)):
        clip = clips[bisect_right(starts, span.first) - 1]
        first = span.first - starts[bisect_right(starts, span.first) - 1]
        frames = slice(first, first + span.frames)
        cut.append(
            replace(
                clip,
                name=f"{clip.name}_{number}",
                poses=clip.poses[frames],
                trans=clip.trans[frames],
                description="",
                captions=(),
            )
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(path, lambda part: save_motion_set(part, cut))
    return path


def _measure_reconstruction(
    sequences: SequenceSet, own: Path, protocol: AblationProtocol
) -> AblationMeasures:
    _export(own)
    decoder = load_weights(own / "weights").decoder
    codes = load_file(own / "inr" / "state.safetensors")["codes/mean"]
    errors = measure_decoder_errors(
        sequences, codes, decoder, CLIP_FID_RATES, protocol.reconstruction_sequences, protocol.seed
    )
    return AblationMeasures(
        sequences=len(sequences),
        mre=tuple(error.joint for error in errors),
        mre_spread=tuple(error.margin for error in errors),
        pose=tuple(error.pose for error in errors),
    )


def _export(own: Path) -> None:
    export_weights(own / "inr", own / "diffusion", own / "weights", "for comparison only")


def _measure_generated(
    measures: AblationMeasures, sequences: SequenceSet, own: Path, embedder: Path
) -> AblationMeasures:
    sampler = NermSampler(load_weights(own / "weights"))
    generator = NermGenerator(own.name, sampler, NATIVE_FPS, guidance=1.0, steps=_DENOISING_STEPS)
    requests = [
        MotionRequest("", span.action or None, span.duration, seed)
        for seed, span in enumerate(sequences.spans)
    ]
    return _with_clip_metrics(
        measures, sequences, generator.generate_from_requests(requests), embedder
    )


def _with_clip_metrics(
    measures: AblationMeasures,
    sequences: SequenceSet,
    made: Sequence[EvaluatedMotion],
    embedder: Path,
) -> AblationMeasures:
    """Measures with clip-FID and diversity of motions against the captures."""
    embed = _ClipEmbedder(embedder)
    real = real_motions(sequences)
    fid = tuple(
        tuple(
            frechet_distance(one, other)
            for one, other in zip(embed(real, fps, seed=1), embed(made, fps, seed=2), strict=True)
        )
        for fps in CLIP_FID_RATES
    )
    chance = np.random.default_rng(0)
    spread = tuple(diversity(clips, chance) for clips in embed(made, CLIP_FID_RATES[0], seed=2))
    found = {"clip_fid": fid, "diversity": spread, "embedder": embedder_digest(embedder)}
    return measures.model_copy(update=found)


class _ClipEmbedder:
    """Embeddings of random clips."""

    def __init__(self, embedder: Path) -> None:
        self._embed: Callable[..., Array] = load_embedder(embedder).embed_motions

    def __call__(self, motions: Sequence[EvaluatedMotion], fps: float, seed: int) -> list[Array]:
        """(clips, D), `REPEATS` times, of one clip from each motion."""
        rows, times = [m.rows for m in motions], [m.times for m in motions]
        chance = np.random.default_rng(seed)
        return [
            self._embed(*random_clips(rows, times, fps, CLIP_FRAMES, chance))
            for _ in range(CLIP_REPEATS)
        ]


def _save_measures(own: Path, measures: AblationMeasures) -> None:
    text = measures.model_dump_json(indent=1)
    (own / "measures.json").write_text(text + "\n", encoding="utf-8")
