"""Learning a style from takes: the job as a whole, from takes and labels to the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..kinematics.take import Take, save_take
from .blend import Style
from .body import SMPL_BODY, Motion
from .errors import StyleError
from .examples import Examples, Labelled
from .features import Layout
from .networks import StyleConfig, StyleNetwork
from .sample import draw
from .style import Origin
from .tracks import Span, soft_track
from .train import Learning, LearnSettings, Tell

Label = str | Sequence[Span]
"""What happens in a take: one thing, or several one after the other, of which the last goes on to
the end."""

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

    def level_done(level: int) -> None:
        if not learning.network.layout.body.same_as(SMPL_BODY):
            return
        path = folder / f"preview_{level + 1}.npz"
        folder.mkdir(parents=True, exist_ok=True)
        save_take(preview_take(learning.network, level + 1), path)
        if preview is not None:
            preview(level + 1, path)

    if not learning.run(folder, progress, cancelled, level_done, time_limit):
        return None
    origin = Origin(licence, note, names, learning.examples.seconds, learning.total)
    network = learning.network.cpu().eval().requires_grad_(False)
    Style(network, origin).save(out)
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
        StyleError: there is not one label for each take.
    """
    if len(labels) != len(takes):
        raise StyleError(
            f"There are {len(takes)} takes and {len(labels)} labels: give each take one."
        )
    spans = [[Span(one, 1.0)] if isinstance(one, str) else list(one) for one in labels]
    known = tuple(dict.fromkeys(span.label for own in spans for span in own))
    if not all(label.strip() for label in known):
        raise StyleError("A label is empty: name what happens in the take.")
    made = []
    for take, own, name in zip(takes, spans, names, strict=True):
        motion = take if isinstance(take, Motion) else Motion.of(take)
        times = np.arange(len(motion)) / motion.fps
        track = soft_track(own, known, times, _PASSES)
        made.append(Labelled(motion, track, name))
    return StyleConfig(labels=known, **(shape or {})), made


def preview_take(network: StyleNetwork, levels: int) -> Take:
    """Each label for a while, as the first so many levels make it."""
    labels = network.config.labels
    spans = [Span(label, _PREVIEW_SECONDS) for label in labels]
    rate = network.config.pyramid.rates
    frames = round(len(labels) * _PREVIEW_SECONDS * rate[-1]) + 1
    track = soft_track(spans, labels, np.arange(frames) / rate[-1], 0.5)
    features = draw(network, [track] * levels, frames, 0, levels=levels)
    coarse_times = np.linspace(0, (frames - 1) / rate[-1], len(features))
    times = np.arange(frames) / rate[-1]
    columns = [np.interp(times, coarse_times, column) for column in features.T]
    return Layout(network.layout.body).decode(np.stack(columns, axis=1))[0].take()
