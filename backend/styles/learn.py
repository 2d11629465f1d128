"""Learning a style from takes: the job as a whole, from takes and labels to the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..kinematics.body.take import Take, save_take
from ..kinematics.math.rotations import Array
from ..protocol.control_track import ControlTrack, check_training_control
from .dataset import LabelledMotion, StyleDataset
from .errors import StyleError
from .generator_api import Style
from .label_tracks import LabelBlock, label_track, resize_track, timeline_seconds
from .motion_matching import MotionMatcher
from .networks import StyleConfig, StyleNetwork
from .sampler import frame_count_at_rate, sample_features
from .skeleton_graph import SMPL_BODY, STYLE_FPS, SkeletalMotion
from .style import StyleOrigin
from .train import Learning, LearnSettings, Tell

TakeLabels = str | Sequence[LabelBlock] | ControlTrack
"""What happens in a take: one thing; several one after the other, of which the last goes on to the
end; or a control track, `RATE` rows a second."""

_PREVIEW_SECONDS = 2.0
"""Of each label."""
_OVERLAP = 0.3
"""Seconds in which one label of a take passes into the next."""


def train_style(
    takes: Sequence[Take | SkeletalMotion],
    labels: Sequence[TakeLabels],
    out: Path,
    progress: Tell,
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
    """Learn a style, or go on learning it, and write it to `out`; None if it was stopped before.

    Args:
        takes: at any rate; all on one skeleton.
        labels: of each take.
        out: the style's file.
        progress: hears after every step: steps done, steps in all, seconds to go, what is done.
            What it raises ends the run, which can go on later as after `cancelled`.
        cancelled: asked after every step.
        names: of the takes, for refusals and the file.
        folder: of checkpoints and previews; beside `out` if None.
        settings: how long and how fast.
        shape: fields of the `StyleConfig` that are not as usual.
        licence: of the style.
        note: what it was learnt from.
        device: that it is learnt on.
        time_limit: seconds after which to stop.
        preview: hears of each take that is written after a block of levels: level and file.

    Raises:
        StyleError: the takes or labels cannot be learnt.
        TrainingError: the folder holds a run with other takes or settings.
    """
    settings = settings or LearnSettings()
    take_names = tuple(take_names) or tuple(f"Take {n + 1}" for n in range(len(takes)))
    config, examples = label_takes(takes, labels, take_names, config_fields)
    folder = folder or out.with_suffix(".run")
    learning = Learning(StyleDataset(examples, config), settings, device)
    memory = MotionMatcher(learning.examples.motions, learning.examples.tracks)
    by_tracks = isinstance(labels[0], ControlTrack)
    shown = (
        learning.examples.tracks[0].double().numpy() if by_tracks else _preview_track(config.labels)
    )

    def level_done(level: int) -> None:
        if not learning.network.layout.body.has_same_skeleton(SMPL_BODY):
            return
        path = folder / f"preview_{level + 1}.npz"
        folder.mkdir(parents=True, exist_ok=True)
        save_take(preview_take(learning.network, memory, level + 1, shown), path)
        if preview is not None:
            preview(level + 1, path)

    if not learning.run(folder, progress, is_cancelled, level_done, time_limit):
        return None
    origin = StyleOrigin(licence, note, take_names, learning.examples.total_seconds, learning.total)
    network = learning.network.cpu().eval().requires_grad_(False)
    network.fold_normalization()
    Style(network, memory, origin).save(out)
    # As it will be loaded: weights are rounded in the file.
    return Style.load(out)


def label_takes(
    takes: Sequence[Take | SkeletalMotion],
    labels: Sequence[TakeLabels],
    take_names: Sequence[str],
    config_fields: Mapping[str, Any] | None = None,
) -> tuple[StyleConfig, list[LabelledMotion]]:
    """The shape of the networks, and each take with its control track.

    Raises:
        StyleError: there is not one label for each take, or a label has no frames.
    """
    if len(labels) != len(takes):
        raise StyleError(
            f"There are {len(takes)} takes and {len(labels)} labels: give each take one."
        )
    known = _all_labels(labels)
    made = []
    for take, own, name in zip(takes, labels, take_names, strict=True):
        motion = take if isinstance(take, SkeletalMotion) else SkeletalMotion.from_take(take)
        times = _lead_in(take) + np.arange(len(motion)) / motion.fps
        if isinstance(own, ControlTrack):
            track = _track_at_frames(own, times, name)
        else:
            track = label_track(_spans(own), known, times, _OVERLAP)
        made.append(LabelledMotion(motion, track, name))
    if made and not any(isinstance(label, ControlTrack) for label in labels):
        _check_labels_used(known, [one.track for one in made])
    return StyleConfig(labels=known, **(config_fields or {})), made


def _check_labels_used(known: Sequence[str], tracks: Sequence[Array]) -> None:
    """Raise StyleError if a label is in none of the tracks (T, K)."""
    totals = np.sum([track.sum(axis=0) for track in tracks], axis=0)
    for label, total in zip(known, totals, strict=True):
        if not total > 0:
            raise StyleError(f'The label "{label}" has no frames in any take: leave it out.')


def _lead_in(take: Take | SkeletalMotion) -> float:
    """Seconds of its file that a take was read without; labels and tracks are of the whole."""
    return 0.0 if isinstance(take, SkeletalMotion) else float(take.metadata.get("lead_in", 0.0))


def _all_labels(labels: Sequence[TakeLabels]) -> tuple[str, ...]:
    """All labels, or the columns of the control tracks."""
    controls = [label for label in labels if isinstance(label, ControlTrack)]
    if controls:
        columns = controls[0].columns
        if len(controls) < len(labels) or any(c.columns != columns for c in controls):
            raise StyleError(
                "Control tracks must all have the same columns, and be there for every take: "
                "learn from labels or from tracks, not from both."
            )
        return columns
    spans = [span for own in labels if not isinstance(own, ControlTrack) for span in _spans(own)]
    known = tuple(dict.fromkeys(span.label for span in spans))
    if not all(label.strip() for label in known):
        raise StyleError("A label is empty: name what happens in the take.")
    return known


def _spans(label: str | Sequence[LabelBlock]) -> list[LabelBlock]:
    return [LabelBlock(label, 1.0)] if isinstance(label, str) else list(label)


def _track_at_frames(control: ControlTrack, times: Array, name: str) -> Array:
    """(T, K) of a control track at a take's frames."""
    check_training_control(control.values, float(times[-1]), name)
    rows = np.arange(len(control.values)) / STYLE_FPS
    return np.stack([np.interp(times, rows, column) for column in control.values.T], axis=1)


def _preview_track(labels: Sequence[str]) -> Array:
    """(T, K) each label for a while, at `RATE`."""
    spans = [LabelBlock(label, _PREVIEW_SECONDS) for label in labels]
    frames = frame_count_at_rate(timeline_seconds(spans))
    return label_track(spans, labels, np.arange(frames) / STYLE_FPS, _OVERLAP)


def preview_take(network: StyleNetwork, matcher: MotionMatcher, levels: int, track: Array) -> Take:
    """What the first so many levels make of a control track (T, K) at `RATE`."""
    features = sample_features(
        network, [track] * levels, len(track), 0, levels=levels, matcher=matcher
    )
    smooth = resize_track(features, len(track))
    return network.layout.decode_features(smooth)[0].to_take()
