"""clip-FID of generated motion at 20 to 120 fps: NeRM beside baselines with upsampled frames.

Half of the native 120 fps captures give their captions and durations to every system; random clips
of a fixed number of frames of its motions are compared, at each rate, with clips of the other half.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from torch import Tensor

from ...baselines.frames import BASELINE_FPS
from ...baselines.interpolation import Interpolation, upsample_rows
from ...baselines.mdm import MdmSampler, load_mdm
from ...baselines.mld import MldSampler, load_mld
from ...baselines.sampling import trained_steps
from ...console import err, report_errors
from ...data.features import joint_positions
from ...data.motion_set import load_motion_set
from ...data.sequences import SequenceSet
from ...embedding.embedder import Embedder, default_embedder_folder, load_embedder
from ...embedding.nerm_retrieval import load_sampler
from ...kinematics.math.rotations import Array
from ...nerm.captions import text_condition
from ...nerm.sampler import MotionRequest, NermSampler
from ...nerm.weights import DECODER_FILE, DENOISER_FILE
from ...text.encoder import TextEncoder
from ...training.run import TrainingError
from ...training.weight_files import ASSETS, WeightsError, read_manifest
from ..generators import EvaluatedMotion, batches, real_motion, sample_codes
from ..metrics.clips import CLIP_FID_RATES, CLIP_FRAMES, NATIVE_FPS, SHORTEST_SECONDS, embed_clips
from ..metrics.distribution import frechet_distance
from ..options import MDM_RUN, MLD_RUN, VAE_RUN, Data, MdmRun, MldRun, Repeats, VaeRun
from ..report.published import CLIP_FID
from ..report.tables import ResultTable, format_mean, publish_table

_BATCH = 32

MotionAtRate = Callable[[float], EvaluatedMotion]
"""One motion as a function of the requested frame rate; captures are at their native rate."""


def frame_rates(
    data: Data,
    weights: Annotated[
        list[Path] | None,
        typer.Option(help="Weight files of another NeRM to compare with; repeatable."),
    ] = None,
    mdm: MdmRun = MDM_RUN,
    vae: VaeRun = VAE_RUN,
    mld: MldRun = MLD_RUN,
    clips: Annotated[int, typer.Option(help="Clips in a comparison.", min=2)] = 480,
    repeats: Repeats = 5,
) -> None:
    """clip-FID at 20 to 120 fps of NeRM and of two baselines trained at 20 fps."""
    with report_errors(TrainingError, WeightsError):
        embedder = load_embedder(default_embedder_folder())
        baselines = {"MDM-like": load_mdm(mdm), "MLD-like": load_mld(vae, mld)}
        sequences = SequenceSet(load_motion_set(data))
        sources, others = choose_motions(sequences, clips)
        requests = list(sources.values())
        encoder = TextEncoder()
        systems: dict[str, Sequence[MotionAtRate]] = {}
        training_notes: list[str] = []
        for folder in (ASSETS, *(weights or [])):
            name = "NeRM, shipped" if folder == ASSETS else f"NeRM, {folder.name}"
            err.print(f"Sampling {len(requests)} motions: {name}")
            sampler, _ = load_sampler(folder)
            systems[name] = nerm_motions(sampler, requests)
            training_notes.append(f"{name}: {_training_note(folder, sampler)}.")
        for name, baseline in baselines.items():
            err.print(f"Sampling {len(requests)} motions: {name}")
            rows = sample_baseline(baseline, encoder, requests)
            for method in ("linear", "cubic"):
                systems[f"{name}, {method}"] = interpolated_motions(rows, requests, method)
        scores = compare_frame_rates(
            embedder,
            captured_motions(sequences, others),
            captured_motions(sequences, sources),
            systems,
            repeats,
        )
    table = ResultTable(
        title="Frame rates: clip-FID beside baselines at 20 fps with upsampled frames",
        columns=(
            "system",
            *(f"{fps:g} fps ↓" for fps in CLIP_FID_RATES),
            "120 / 20",
            "jerk at 120 fps ÷ real → 1",
        ),
        rows=(
            *(
                (
                    row.name,
                    *(format_mean(values, 4) for values in row.clip_fid),
                    f"{row.clip_fid[-1].mean() / row.clip_fid[0].mean():.2f}",
                    f"{row.jerk:.2f}",
                )
                for row in scores
            ),
            *(
                (f"{name}, published", *values, f"{values[-1] / values[0]:.2f}", None)
                for name, *values in CLIP_FID
            ),
        ),
        command=f"python -m backend evaluate frame-rates DATA --clips {clips} --repeats {repeats}"
        + "".join(f" --weights {folder}" for folder in weights or []),
        order=90,
        notes=(
            f"{len(requests)} motions on each side, a random clip of {CLIP_FRAMES} frames of each "
            f"(3 s at 20 fps, 0.5 s at 120); {repeats} repeats with other clips.",
            "Half of the native 120 fps captures gave the systems their captions and durations, "
            "and are the row of real motion; all rows are compared with the other half.",
            "The baselines (backend/baselines) are trained on the same motions and captions at "
            f"20 fps: MDM-like for {trained_steps(mdm)} steps, MLD-like for {trained_steps(vae)} "
            f"and {trained_steps(mld)}. Linear is slerp with a linear root, cubic is Catmull-Rom "
            "for both.",
            *training_notes,
            "All start from a linear model of the data: NeRM and MLD-like from its principal "
            "components, MDM-like from the best linear denoiser of neighbouring frames.",
            "Published figures are on HumanML3D with another embedder.",
        ),
    )
    publish_table("frame_rates", table)


def _training_note(folder: Path, sampler: NermSampler) -> str:
    """Training steps of a NeRM, and whether it samples with retrieval."""
    manifest = read_manifest(folder)
    decoder, denoiser = (manifest[name]["steps"] for name in (DECODER_FILE, DENOISER_FILE))
    retrieval = "without" if sampler.weights.retrieval is None else "with"
    return f"{decoder} steps of stage 1 and {denoiser} of stage 2, {retrieval} retrieval"


@dataclass(frozen=True)
class SystemScores:
    """Figures of one system."""

    name: str
    clip_fid: Array
    """(rates, repeats)."""
    jerk: float
    """Mean jerk of the joints at 120 fps, relative to real motion."""


def choose_motions(
    sequences: SequenceSet, count: int, seed: int = 0
) -> tuple[dict[int, MotionRequest], dict[int, MotionRequest]]:
    """Choose random native 120 fps sequences with a caption, long enough for a clip at any rate.

    Returns:
        Index of a sequence -> request of its caption and duration: `count` to generate and `count`
        others to compare with, or half of all where there are fewer. Mirrored ones count.
    """
    suitable = [
        n
        for n, span in enumerate(sequences.spans)
        if span.fps == NATIVE_FPS and span.texts and span.duration >= SHORTEST_SECONDS
    ]
    generator = np.random.default_rng(seed)
    count = min(count, len(suitable) // 2)
    requests = {
        int(n): MotionRequest(
            str(generator.choice(np.array(sequences.spans[n].texts))),
            None,
            sequences.spans[n].duration,
            int(generator.integers(2**31)),
        )
        for n in generator.permutation(suitable)[: 2 * count]
    }
    pairs = list(requests.items())
    return dict(pairs[:count]), dict(pairs[count:])


def captured_motions(sequences: SequenceSet, chosen: Iterable[int]) -> list[MotionAtRate]:
    """Captures at their native rate, whatever rate is requested."""

    def read(index: int, fps: float) -> EvaluatedMotion:  # noqa: ARG001
        motion = real_motion(sequences, index)
        return EvaluatedMotion(motion.rows, torch.arange(len(motion.rows)) / NATIVE_FPS)

    return [partial(read, n) for n in chosen]


def nerm_motions(sampler: NermSampler, requests: Sequence[MotionRequest]) -> list[MotionAtRate]:
    """NeRM's takes as users get them."""

    def decode_at(code: Tensor, seconds: float, fps: float) -> EvaluatedMotion:
        motion = EvaluatedMotion.from_take(sampler.decode_take(code, seconds, fps))
        return EvaluatedMotion(motion.rows, torch.arange(len(motion.rows)) / fps)

    return [
        partial(decode_at, code.cpu(), request.seconds)
        for code, request in sample_codes(sampler, requests, _BATCH)
    ]


def sample_baseline(
    baseline: MdmSampler | MldSampler, encoder: TextEncoder, requests: Sequence[MotionRequest]
) -> list[Tensor]:
    """Pose rows (T, 135) of a baseline at 20 fps for every motion."""
    rows: dict[int, Tensor] = {}
    # Batches of similar durations contain less padding, which costs as much time as frames.
    for index in batches(np.argsort([request.seconds for request in requests]).tolist(), _BATCH):
        chosen = [requests[n] for n in index]
        condition = text_condition(encoder, [s.prompt for s in chosen], [s.seconds for s in chosen])
        rows.update(
            zip(index, baseline.sample_motions(condition, [s.seed for s in chosen]), strict=True)
        )
    return [rows[n] for n in range(len(requests))]


def interpolated_motions(
    rows: Sequence[Tensor], requests: Sequence[MotionRequest], method: Interpolation
) -> list[MotionAtRate]:
    """Motions at 20 fps, upsampled to the requested rate."""

    def upsample(row: Tensor, seconds: float, fps: float) -> EvaluatedMotion:
        times = np.arange(max(round(seconds * fps), 1)) / fps
        frames = upsample_rows(row, BASELINE_FPS, times, method)
        return EvaluatedMotion(frames, torch.from_numpy(times).float())

    return [partial(upsample, row, r.seconds) for row, r in zip(rows, requests, strict=True)]


def mean_jerk(motions: Sequence[MotionAtRate]) -> float:
    """Mean third derivative of the joints (m/s³) at 120 fps, over all motions."""
    every = [torch.diff(joint_positions(m(NATIVE_FPS).rows), n=3, dim=0) for m in motions]
    return float(np.mean([float(jerk.norm(dim=-1).mean()) * NATIVE_FPS**3 for jerk in every]))


def compare_frame_rates(
    embedder: Embedder,
    reference: Sequence[MotionAtRate],
    prompt_sources: Sequence[MotionAtRate],
    systems: dict[str, Sequence[MotionAtRate]],
    repeats: int,
) -> list[SystemScores]:
    """Score real motion, then every system, at all `CLIP_FID_RATES`; repeats have other clips.

    Args:
        reference: Real motions that all are compared with.
        prompt_sources: Other real motions, whose captions and durations the systems were given;
            their scores are those of a perfect system.
    """

    def embed(motions: Sequence[MotionAtRate], fps: float, seed: int) -> list[Array]:
        return embed_clips(embedder, [motion(fps) for motion in motions], fps, repeats, seed)

    real = {fps: embed(reference, fps, seed=1) for fps in CLIP_FID_RATES}
    real_jerk = mean_jerk(prompt_sources)
    results = []
    for name, motions in {"real motion": prompt_sources, **systems}.items():
        scores = [
            [
                frechet_distance(first, second)
                for first, second in zip(real[fps], embed(motions, fps, seed=2), strict=True)
            ]
            for fps in CLIP_FID_RATES
        ]
        results.append(SystemScores(name, np.array(scores), mean_jerk(motions) / real_jerk))
    return results
