"""NeRM's ablations on our data: one small, equal protocol for every switch of stage 1.

A hundred captures at 120 fps, so that every rate is native; the same small decoder and number of
steps, then the same small latent diffusion. Only the switch differs. The linear start, which is
ours, is off unless it is the switch: it would hide the effect of a time encoding.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from safetensors.torch import load_file

from ...console import err, report_errors
from ...data.motion_set import load_motion_set, save_motion_set
from ...data.sequences import WINDOW_SECONDS, SequenceSet
from ...embedding.embedder import EMBEDDER_FILE, default_embedder_folder, load_embedder
from ...nerm.denoiser import DenoiserConfig
from ...nerm.inr import InrConfig
from ...nerm.sampler import MotionRequest, NermSampler
from ...nerm.train_diffusion import ConditionProbabilities, DiffusionTrainer, DiffusionTraining
from ...nerm.train_inr import InrTrainer, InrTraining
from ...nerm.weights import export_weights, load_weights
from ...protocol.atomic_write import write_atomically
from ...training.run import TrainingError
from ...training.weight_files import WeightsError
from ..generators import EvaluatedMotion, EvaluationError, NermGenerator, real_motions
from ..metrics.clips import CLIP_FID_RATES, NATIVE_FPS, SHORTEST_SECONDS, embed_clips
from ..metrics.distribution import diversity, frechet_distance
from ..options import EmbedderFolder
from ..report.tables import publish_table
from .ablation_tables import AblationMeasures, AblationProtocol, ablation_tables
from .reconstruction import measure_decoder_errors

CLIP_REPEATS = 4
"""Clips cut from each motion, one after the other, for the error of clip-FID."""

_LONGEST_SECONDS = 1.5 * WINDOW_SECONDS
"""Length up to which a clip is a single sequence."""
_DENOISING_STEPS = 20

_DECODER_CONFIG = InrConfig(
    width=256,
    blocks=5,
    modulation_width=128,
    encoder_width=128,
    encoder_frames=32,
    linear_start=False,
)
_DENOISER = DenoiserConfig(width=128, layers=4, feed_forward=512)
_CONDITIONING = ConditionProbabilities(text=0.0, both=0.0, action=0.8)


def ablations(
    data: Annotated[Path, typer.Argument(help="The prepared file.")],
    run: Annotated[Path, typer.Option(help="Folder of all these runs.")] = Path("runs/ablations"),
    only: Annotated[
        list[str] | None, typer.Option(help="Train only this variant; repeatable.")
    ] = None,
    steps: Annotated[int, typer.Option(help="Steps of stage 1.", min=1)] = 2000,
    diffusion_steps: Annotated[int, typer.Option(help="Steps of stage 2.", min=1)] = 1000,
    captures: Annotated[int, typer.Option(help="Number of random captures.", min=2)] = 100,
    embedder: EmbedderFolder = None,
) -> None:
    """Time encodings, plain codes, time normalisation and rates, in small runs one after another.

    An interrupted run resumes; the tables contain all runs that are finished.
    """
    if unknown := [name for name in only or [] if name not in VARIANTS]:
        raise typer.BadParameter(f"--only must be one of {', '.join(VARIANTS)} (got {unknown[0]}).")
    protocol = AblationProtocol(captures=captures, steps=steps, diffusion_steps=diffusion_steps)
    with report_errors(EvaluationError, TrainingError, WeightsError):
        try:
            reader = embedder or default_embedder_folder()
            # Loaded first, so that a mistake does not show after hours of training.
            load_embedder(reader)
        except WeightsError as error:
            err.print(f"clip-FID is left out. {error}", markup=False, highlight=False)
            reader = None
        for name in only or VARIANTS:
            run_variant(name, data, run, protocol, reader)
        measured = {name: found for name in VARIANTS if (found := read_measures(run, name))}
        real = None if reader is None else measure_captures(data, run, protocol, reader)
        command = (
            f"python -m backend evaluate ablations DATA --steps {steps} "
            f"--diffusion-steps {diffusion_steps} --captures {captures}"
        )
        for file, table in ablation_tables(measured, real, protocol, command).items():
            publish_table(file, table)


VARIANTS: dict[str, dict[str, Any]] = {
    "simple": {},
    "none": {"time_encoding": "none"},
    "codebook": {"time_encoding": "codebook"},
    "fixed": {"rates": "fixed"},
    "plain": {"variational": False},
    "seconds": {"time_normalised": False},
    "progressive": {"rates": "progressive"},
    "alone": {"encoder": False},
    "linear": {"linear_start": True},
    "root": {"root": "own"},
}
"""Fields of `InrConfig` or `InrTraining` of each run; all others differ from "simple" in one."""


def run_variant(
    name: str, data: Path, folder: Path, protocol: AblationProtocol, embedder: Path | None
) -> AblationMeasures:
    """Train a variant below `folder`, or resume its training, and measure it.

    Measurements are stored in ``folder/name/measures.json`` and not repeated, except for clip-FID
    when the embedder has changed. No folder of an embedder leaves clip-FID out.

    Raises:
        EvaluationError: The data has too few captures at 120 fps.
        TrainingError: The folder holds a run of another protocol.
    """
    run, subset = folder / name, _capture_subset(data, folder, protocol)
    config = {k: v for k, v in VARIANTS[name].items() if k in InrConfig.model_fields}
    training = InrTraining(
        **{
            "steps": protocol.steps,
            "propose_steps": round(0.6 * protocol.steps),
            "fixed_steps": protocol.steps // 3,
            "batch": protocol.batch,
            "seed": protocol.seed,
            **{k: v for k, v in VARIANTS[name].items() if k not in config},
        }
    )
    InrTrainer(subset, training, _DECODER_CONFIG.model_copy(update=config)).run(run / "inr")
    diffusion = DiffusionTraining(
        steps=protocol.diffusion_steps, shares=_CONDITIONING, seed=protocol.seed, rate=1e-3
    )
    DiffusionTrainer(subset, run / "inr", diffusion, _DENOISER).run(run / "diffusion")
    sequences = SequenceSet(load_motion_set(subset))
    measures = read_measures(folder, name) or _measure_reconstruction(sequences, run, protocol)
    _save_measures(run, measures)
    if embedder is not None and measures.embedder != embedder_digest(embedder):
        measures = _measure_generated(measures, sequences, run, embedder)
        _save_measures(run, measures)
    return measures


def read_measures(folder: Path, name: str) -> AblationMeasures | None:
    """Read the measurements of a variant; None if there are none."""
    path = folder / name / "measures.json"
    if not path.exists():
        return None
    return AblationMeasures.model_validate_json(path.read_text(encoding="utf-8"))


def measure_captures(
    data: Path, folder: Path, protocol: AblationProtocol, embedder: Path
) -> AblationMeasures:
    """Measure other clips of the same captures: the scores of a perfect model."""
    sequences = SequenceSet(load_motion_set(_capture_subset(data, folder, protocol)))
    empty = AblationMeasures(sequences=len(sequences), mre=(), mre_spread=(), pose=())
    return _with_clip_metrics(empty, sequences, real_motions(sequences), embedder)


def embedder_digest(embedder: Path) -> str:
    """First 16 digits of the SHA-256 of the embedder in a folder."""
    return hashlib.sha256((embedder / EMBEDDER_FILE).read_bytes()).hexdigest()[:16]


def _capture_subset(data: Path, folder: Path, protocol: AblationProtocol) -> Path:
    """Write random captures, each a single sequence, to a prepared file, unless it exists."""
    path = folder / f"captures_{protocol.captures}_{protocol.seed}.npz"
    if path.exists():
        return path
    motions = load_motion_set(data)
    clips = [clip for clip in motions if clip.split == "train"]
    starts = list(accumulate((len(clip) for clip in clips), initial=0))
    spans = [
        span
        for span in SequenceSet(motions, mirrored=False).spans
        if span.fps == NATIVE_FPS and SHORTEST_SECONDS <= span.duration < _LONGEST_SECONDS
    ]
    if len(spans) < 2:
        raise EvaluationError(
            f"The ablations need two captures or more at {NATIVE_FPS:g} fps of "
            f"{SHORTEST_SECONDS:.1f} to {_LONGEST_SECONDS:g} s ({data} has {len(spans)}): prepare "
            "more data."
        )
    chosen = np.random.default_rng(protocol.seed).permutation(len(spans))[: protocol.captures]
    subset = []
    for number, span in enumerate(spans[i] for i in sorted(chosen)):
        clip = clips[bisect_right(starts, span.first) - 1]
        first = span.first - starts[bisect_right(starts, span.first) - 1]
        frames = slice(first, first + span.frames)
        subset.append(
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
    write_atomically(path, lambda part: save_motion_set(part, subset))
    return path


def _measure_reconstruction(
    sequences: SequenceSet, run: Path, protocol: AblationProtocol
) -> AblationMeasures:
    export_weights(run / "inr", run / "diffusion", run / "weights", "for comparison only")
    decoder = load_weights(run / "weights").decoder
    codes = load_file(run / "inr" / "state.safetensors")["codes/mean"]
    errors = measure_decoder_errors(
        sequences, codes, decoder, CLIP_FID_RATES, protocol.reconstruction_sequences, protocol.seed
    )
    return AblationMeasures(
        sequences=len(sequences),
        mre=tuple(error.joint for error in errors),
        mre_spread=tuple(error.margin for error in errors),
        pose=tuple(error.pose for error in errors),
    )


def _measure_generated(
    measures: AblationMeasures, sequences: SequenceSet, run: Path, embedder: Path
) -> AblationMeasures:
    sampler = NermSampler(load_weights(run / "weights"))
    generator = NermGenerator(run.name, sampler, NATIVE_FPS, guidance=1.0, steps=_DENOISING_STEPS)
    requests = [
        MotionRequest("", span.action or None, span.duration, seed)
        for seed, span in enumerate(sequences.spans)
    ]
    return _with_clip_metrics(measures, sequences, generator.generate_motions(requests), embedder)


def _with_clip_metrics(
    measures: AblationMeasures,
    sequences: SequenceSet,
    generated: Sequence[EvaluatedMotion],
    embedder_folder: Path,
) -> AblationMeasures:
    """Add clip-FID and diversity of motions against the captures."""
    embedder, real = load_embedder(embedder_folder), real_motions(sequences)
    fid = tuple(
        tuple(
            frechet_distance(first, second)
            for first, second in zip(
                embed_clips(embedder, real, fps, CLIP_REPEATS, seed=1),
                embed_clips(embedder, generated, fps, CLIP_REPEATS, seed=2),
                strict=True,
            )
        )
        for fps in CLIP_FID_RATES
    )
    generator = np.random.default_rng(0)
    lowest = embed_clips(embedder, generated, CLIP_FID_RATES[0], CLIP_REPEATS, seed=2)
    return measures.model_copy(
        update={
            "clip_fid": fid,
            "diversity": tuple(diversity(clips, generator) for clips in lowest),
            "embedder": embedder_digest(embedder_folder),
        }
    )


def _save_measures(run: Path, measures: AblationMeasures) -> None:
    text = measures.model_dump_json(indent=1)
    (run / "measures.json").write_text(text + "\n", encoding="utf-8")
