"""Learning a style from takes: the job as a whole, from takes and labels to the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..kinematics.body.take import Take, save_take
from ..kinematics.math.rotations import Array
from ..protocol.control_track import Control, check_to_learn
from .dataset import Examples, Labelled
from .errors import StyleError
from .generator_api import Style
from .label_tracks import Span, resized_track, seconds_of, soft_track
from .motion_matching import Memory
from .networks import StyleConfig, StyleNetwork
from .sampler import draw, frames_for
from .skeleton_graph import RATE, SMPL_BODY, Motion
from .style import Origin
from .train import Learning, LearnSettings, Tell

Label = str | Sequence[Span] | Control
"""What happens in a take: one thing; several one after the other, of which the last goes on to the
end; or a control track, `RATE` rows a second."""

_PREVIEW_SECONDS = 2.0
"""Of each label."""
_PASSES = 0.3
"""Seconds in which one label of a take passes into the next."""


def learn(
    takes: Sequence[Take | Motion],
    labels: Sequence[Label],
    out: Path,
    progress: Tell,
    cancelled: Callable[[], bool],
    *,
    names: Sequence[str] = (),
    folder: Path | None = None,
    settings: LearnSettings | None = None,
    shape: Mapping[str, Any] | None = None,
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
    names = tuple(names) or tuple(f"Take {n + 1}" for n in range(len(takes)))
    config, examples = labelled(takes, labels, names, shape)
    folder = folder or out.with_suffix(".run")
    learning = Learning(Examples(examples, config), settings, device)
    memory = Memory(learning.examples.real, learning.examples.wanted)
    by_tracks = isinstance(labels[0], Control)
    shown = learning.examples.wanted[0].double().numpy() if by_tracks else _in_turn(config.labels)

    def level_done(level: int) -> None:
        if not learning.network.layout.body.same_as(SMPL_BODY):
            return
        path = folder / f"preview_{level + 1}.npz"
        folder.mkdir(parents=True, exist_ok=True)
        save_take(preview_take(learning.network, memory, level + 1, shown), path)
        if preview is not None:
            preview(level + 1, path)

    if not learning.run(folder, progress, cancelled, level_done, time_limit):
        return None
    origin = Origin(licence, note, names, learning.examples.seconds, learning.total)
    network = learning.network.cpu().eval().requires_grad_(False)
    network.fold()
    Style(network, memory, origin).save(out)
    # As it will be loaded: weights are rounded in the file.
    return Style.load(out)


def labelled(
    takes: Sequence[Take | Motion],
    labels: Sequence[Label],
    names: Sequence[str],
    shape: Mapping[str, Any] | None = None,
) -> tuple[StyleConfig, list[Labelled]]:
    """The shape of the networks, and each take with its control track.

    Raises:
        StyleError: there is not one label for each take, or a label has no frames.
    """
    if len(labels) != len(takes):
        raise StyleError(
            f"There are {len(takes)} takes and {len(labels)} labels: give each take one."
        )
    known = _known(labels)
    made = []
    for take, own, name in zip(takes, labels, names, strict=True):
        motion = take if isinstance(take, Motion) else Motion.of(take)
        times = _lead_in(take) + np.arange(len(motion)) / motion.fps
        if isinstance(own, Control):
            track = _at(own, times, name)
        else:
            track = soft_track(_spans(own), known, times, _PASSES)
        made.append(Labelled(motion, track, name))
    if made and not any(isinstance(label, Control) for label in labels):
        _check_heard(known, [one.track for one in made])
    return StyleConfig(labels=known, **(shape or {})), made


def _check_heard(known: Sequence[str], tracks: Sequence[Array]) -> None:
    """Raise StyleError if a label is in none of the tracks (T, K)."""
    totals = np.sum([track.sum(axis=0) for track in tracks], axis=0)
    for label, total in zip(known, totals, strict=True):
        if not total > 0:
            raise StyleError(f'The label "{label}" has no frames in any take: leave it out.')


def _lead_in(take: Take | Motion) -> float:
    """Seconds of its file that a take was read without; labels and tracks are of the whole."""
    return 0.0 if isinstance(take, Motion) else float(take.info.get("lead_in", 0.0))


def _known(labels: Sequence[Label]) -> tuple[str, ...]:
    """All labels, or the columns of the control tracks."""
    controls = [label for label in labels if isinstance(label, Control)]
    if controls:
        columns = controls[0].columns
        if len(controls) < len(labels) or any(c.columns != columns for c in controls):
            raise StyleError(
                "Control tracks must all have the same columns, and be there for every take: "
                "learn from labels or from tracks, not from both."
            )
        return columns
    spans = [span for own in labels if not isinstance(own, Control) for span in _spans(own)]
    known = tuple(dict.fromkeys(span.label for span in spans))
    if not all(label.strip() for label in known):
        raise StyleError("A label is empty: name what happens in the take.")
    return known


def _spans(label: str | Sequence[Span]) -> list[Span]:
    return [Span(label, 1.0)] if isinstance(label, str) else list(label)


def _at(control: Control, times: Array, name: str) -> Array:
    """(T, K) of a control track at a take's frames."""
    check_to_learn(control.track, float(times[-1]), name)
    rows = np.arange(len(control.track)) / RATE
    return np.stack([np.interp(times, rows, column) for column in control.track.T], axis=1)


def _in_turn(labels: Sequence[str]) -> Array:
    """(T, K) each label for a while, at `RATE`."""
    spans = [Span(label, _PREVIEW_SECONDS) for label in labels]
    frames = frames_for(seconds_of(spans))
    return soft_track(spans, labels, np.arange(frames) / RATE, _PASSES)


def preview_take(network: StyleNetwork, memory: Memory, levels: int, track: Array) -> Take:
    """What the first so many levels make of a control track (T, K) at `RATE`."""
    features = draw(network, [track] * levels, len(track), 0, levels=levels, memory=memory)
    smooth = resized_track(features, len(track))
    return network.layout.decode(smooth)[0].take()
