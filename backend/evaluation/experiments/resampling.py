"""Captures with most frames held back, filled in again by three ways, at the frames held back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ...data.motion_set import JOINTS, Clip
from ...inbetween.resampler import Resampler
from ...kinematics.body.skeleton import SMPL, forward_kinematics
from ...kinematics.math.rotations import Array, angle_between
from ...kinematics.math.splines import Spline, straight
from ...protocol.limits import DEFAULT_BOUND

RATES = (6, 8, 12, 15, 24, 30)
"""Frames per second that are kept."""
WAYS = ("slerp and lines", "cubic (Catmull-Rom)", "Anyframe")
NATIVE = 120.0
_FEWEST = 6
"""Keys that a clip must have."""


@dataclass(frozen=True)
class Filled:
    """How one clip was filled in, by one way from one rate."""

    rate: int
    way: str
    clip: str
    action: str
    errors: Array
    """(T,) metres: mean joint distance at each frame that was held back."""
    turned: Array
    """(T,) radians: mean rotation error likewise."""
    kept: float
    """Metres: largest joint distance at a kept key."""
    jerk: float
    """Mean jerk of the joints over the capture's."""


def fill_in(clips: Sequence[Clip], resampler: Resampler) -> Iterator[Filled]:
    """Every clip at the native rate, decimated to each of `RATES` and filled in by each way."""
    for clip in clips:
        if round(clip.fps) != NATIVE:
            continue
        take = clip.take()
        matrices, root = take.local_matrices(), take.root_positions()
        for rate in RATES:
            keys = np.arange(0, len(take), round(NATIVE / rate))
            if len(keys) < _FEWEST:
                continue
            span = np.arange(keys[-1] + 1)
            held_back = np.setdiff1d(span, keys)
            true = matrices[span], root[span]
            given = span[keys] / NATIVE, matrices[keys], root[keys]
            for way, fill in _ways(resampler, *given).items():
                found = fill(span / NATIVE)
                away, joints = _apart(found, true)
                turned = angle_between(found[0][held_back, :JOINTS], true[0][held_back, :JOINTS])
                yield Filled(
                    rate, way, clip.name, clip.action,
                    away[held_back].mean(axis=1), turned.mean(axis=1), float(away[keys].max()),
                    _jerk(joints[0]) / max(_jerk(joints[1]), 1e-9),
                )  # fmt: skip


def _ways(
    resampler: Resampler, times: Array, matrices: Array, root: Array
) -> dict[str, Callable[[Array], tuple[Array, Array]]]:
    spline = Spline.through(times, matrices, root)
    trust, _ = resampler.trusted(times, matrices, root, DEFAULT_BOUND)
    motion = resampler.motion(times, matrices, root, trust)
    ways = (lambda looks: straight(spline, looks), spline.at, motion.at)
    return dict(zip(WAYS, ways, strict=True))


def _apart(
    found: tuple[Array, Array], true: tuple[Array, Array]
) -> tuple[Array, tuple[Array, Array]]:
    """(T, 22) metres between joints, and both motions' joints."""
    one, other = (forward_kinematics(SMPL, *motion)[0][:, :JOINTS] for motion in (found, true))
    return np.linalg.norm(one - other, axis=-1), (one, other)


def _jerk(joints: Array) -> float:
    """Mean third difference of joints (T, J, 3), in metres a frame cubed."""
    return float(np.linalg.norm(np.diff(joints, n=3, axis=0), axis=-1).mean())


def table(filled: Sequence[Filled]) -> list[list[str | float]]:
    """A row for each rate and way: mean and 95th percentile in mm, degrees, keys, jerk, gain."""
    rows: list[list[str | float]] = []
    for rate in RATES:
        means = {way: _mean(filled, rate, way) for way in WAYS}
        for way in WAYS:
            ours = [one for one in filled if (one.rate, one.way) == (rate, way)]
            everywhere = np.concatenate([one.errors for one in ours])
            rows.append(
                [
                    f"{rate} fps",
                    way,
                    1000 * means[way],
                    1000 * float(np.quantile(everywhere, 0.95)),
                    float(np.degrees(np.mean([one.turned.mean() for one in ours]))),
                    1000 * max(one.kept for one in ours),
                    float(np.mean([one.jerk for one in ours])),
                    100 * (1 - means[way] / means[WAYS[1]]),
                ]
            )
    return rows


def by_action(filled: Sequence[Filled]) -> dict[str, dict[str, float]]:
    """Action -> "6 fps": millimetres by the spline over millimetres by the network."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for action in sorted({one.action for one in filled}):
        for rate in RATES:
            mine = [one for one in filled if one.action == action]
            cubic, ours = (_mean(mine, rate, way) for way in WAYS[1:])
            if np.isfinite(cubic):
                found[action or "none"][f"{rate} fps"] = ours / cubic
    return dict(found)


def curves(filled: Sequence[Filled]) -> Figure:
    """Mean joint error over the rate that was kept."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for way, colour in zip(WAYS, ("#999999", "#c8553d", "#2b6f97"), strict=True):
        means = [1000 * _mean(filled, rate, way) for rate in RATES]
        axes.plot(RATES, means, "o-", label=way, color=colour)
    axes.set(
        xlabel="frames per second that were kept",
        ylabel="mean joint error, mm",
        xscale="log",
        yscale="log",
    )
    axes.set_xticks(RATES, [str(rate) for rate in RATES])
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def _mean(filled: Sequence[Filled], rate: int, way: str) -> float:
    """Metres: mean over clips of their mean error."""
    errors = [one.errors.mean() for one in filled if (one.rate, one.way) == (rate, way)]
    return float(np.mean(errors)) if errors else float("nan")
