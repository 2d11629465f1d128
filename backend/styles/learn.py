"""Learn a style: from takes and labels to the style's file."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..kinematics.body.take import Take, save_take
from ..kinematics.math.rotations import Array
from ..protocol.control_track import ControlTrack, check_training_control
from ..protocol.style_file import STYLE_FPS, StyleError
from ..protocol.timeline import LabelBlock, timeline_seconds
from .conditioning import frame_count_at_rate, label_track
from .dataset import LabelledMotion, StyleDataset
from .generator_api import Style
from .motion_matching import MotionMatcher
from .networks import StyleConfig
from .pyramid import interpolate_columns, resize_track
from .sampler import sample_features
from .skeleton_graph import SMPL_BODY, SkeletalMotion
from .style import StyleFile, StyleOrigin, write_style
from .train import LearnSettings, StyleTrainer, TrainingProgress

TakeLabels = str | Sequence[LabelBlock] | ControlTrack
"""Labels of a take: one label; blocks, of which the last lasts to the end; or a control track."""

_PREVIEW_SECONDS = 2.0
"""Length of each label in a preview."""
_OVERLAP = 0.3
"""Seconds in which one label of a take fades into the next."""


def train_style(
    takes: Sequence[Take | SkeletalMotion],
    labels: Sequence[TakeLabels],
    out: Path,
    progress: TrainingProgress,
    is_cancelled: Callable[[], bool],
    *,
    take_names: Sequence[str] = (),
    folder: Path | None = None,
    settings: LearnSettings | None = None,
    config_fields: Mapping[str, Any] | None = None,
    licence: str = "",
    note: str = "",
    device: torch.device | str = "cpu",
    time_limit: float | None = None,
    preview: Callable[[int, Path], None] | None = None,
) -> Style | None:
    """Learn a style, or resume its run, and write it to `out`; return None if it was stopped.

    Args:
        takes: Takes at any frame rate, all on one skeleton.
        labels: Labels of each take.
        out: File of the style.
        progress: Called after every step. An exception ends the run, which can be resumed.
        is_cancelled: Called after every step; True stops the run.
        take_names: Names of the takes, for errors and for the file.
        folder: Folder of checkpoints and previews; beside `out` if None.
        config_fields: Fields of `StyleConfig` that differ from the defaults.
        note: Description of the takes, stored in the file.
        time_limit: Seconds after which to stop.
        preview: Called with the level and the file of each preview, after a block of levels.

    Raises:
        StyleError: the takes or labels cannot be learnt.
        TrainingError: the folder holds a run with other takes or settings.
    """
    settings = settings or LearnSettings()
    take_names = tuple(take_names) or tuple(f"Take {n + 1}" for n in range(len(takes)))
    config, motions = label_takes(takes, labels, take_names, config_fields)
    folder = folder or out.with_suffix(".run")
    dataset = StyleDataset(motions, config)
    trainer = StyleTrainer(dataset, settings, device)
    matcher = MotionMatcher(dataset.motions, dataset.tracks)
    if isinstance(labels[0], ControlTrack):
        preview_track = dataset.tracks[0].double().numpy()
    else:
        preview_track = _preview_track(config.labels)

    def save_preview(level: int) -> None:
        if not dataset.layout.body.has_same_skeleton(SMPL_BODY):
            return
        path = folder / f"preview_{level + 1}.npz"
        count, tracks = len(preview_track), [preview_track] * (level + 1)
        features = sample_features(trainer.network, tracks, count, 0, matcher=matcher)
        features = resize_track(features, count)
        folder.mkdir(parents=True, exist_ok=True)
        save_take(dataset.layout.decode_features(features)[0].to_take(), path)
        if preview is not None:
            preview(level + 1, path)

    if not trainer.run(folder, progress, is_cancelled, save_preview, time_limit):
        return None
    origin = StyleOrigin(licence, note, take_names, dataset.total_seconds, trainer.total)
    network = trainer.network.cpu().eval().requires_grad_(False)
    network.fold_normalization()
    write_style(out, StyleFile(network, matcher, origin))
    # The file rounds the weights, so the style is returned as everybody else will load it.
    return Style.load(out)


def label_takes(
    takes: Sequence[Take | SkeletalMotion],
    labels: Sequence[TakeLabels],
    take_names: Sequence[str],
    config_fields: Mapping[str, Any] | None = None,
) -> tuple[StyleConfig, list[LabelledMotion]]:
    """Return the shape of the networks, and each take with its control track.

    Raises:
        StyleError: the number of labels differs from that of the takes, or a label has no frames.
    """
    if len(labels) != len(takes):
        raise StyleError(
            f"Each take needs labels (got {len(takes)} takes and {len(labels)} labels)."
        )
    known = _all_labels(labels)
    motions = []
    for take, take_labels, name in zip(takes, labels, take_names, strict=True):
        motion = take if isinstance(take, SkeletalMotion) else SkeletalMotion.from_take(take)
        # Labels cover the whole file, also the seconds that the take leaves out.
        lead_in = take.metadata.get("lead_in", 0.0) if isinstance(take, Take) else 0.0
        times = float(lead_in) + np.arange(len(motion)) / motion.fps
        if isinstance(take_labels, ControlTrack):
            values = take_labels.values
            check_training_control(values, float(times[-1]), name)
            track = interpolate_columns(times, np.arange(len(values)) / STYLE_FPS, values)
        else:
            track = label_track(_blocks(take_labels), known, times, _OVERLAP)
        motions.append(LabelledMotion(motion, track, name))
    if motions and not any(isinstance(label, ControlTrack) for label in labels):
        totals = np.sum([motion.track.sum(axis=0) for motion in motions], axis=0)
        for label, total in zip(known, totals, strict=True):
            if not total > 0:
                raise StyleError(f'The label "{label}" has no frames in any take: leave it out.')
    return StyleConfig(labels=known, **(config_fields or {})), motions


def _all_labels(labels: Sequence[TakeLabels]) -> tuple[str, ...]:
    """Return all labels, or the columns of the control tracks."""
    controls = [label for label in labels if isinstance(label, ControlTrack)]
    if controls:
        columns = controls[0].columns
        if len(controls) < len(labels) or any(c.columns != columns for c in controls):
            raise StyleError(
                "All takes must have labels, or all must have control tracks with the same columns."
            )
        return columns
    blocks = [b for label in labels if not isinstance(label, ControlTrack) for b in _blocks(label)]
    known = tuple(dict.fromkeys(block.label for block in blocks))
    if not all(label.strip() for label in known):
        raise StyleError("A label must not be empty: name what happens in the take.")
    return known


def _blocks(label: str | Sequence[LabelBlock]) -> list[LabelBlock]:
    return [LabelBlock(label, 1.0)] if isinstance(label, str) else list(label)


def _preview_track(labels: Sequence[str]) -> Array:
    """Return a control track (T, K) with all labels in turn."""
    blocks = [LabelBlock(label, _PREVIEW_SECONDS) for label in labels]
    frames = frame_count_at_rate(timeline_seconds(blocks))
    return label_track(blocks, labels, np.arange(frames) / STYLE_FPS, _OVERLAP)
