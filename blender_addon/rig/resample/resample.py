"""An armature's own motion at another rate: read, filled in between its keys, and written.

In between stands somebody who fills in: this side hands out poses in pieces (`Resampling.piece`),
takes in what comes back (`take_in`) and writes it all at the end (`write`). Nothing of Blender's is
kept from one to the next.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ...backend.kinematics.body.take import Take
from ...backend.kinematics.editing.holds import held_gaps, without_repeats
from ...backend.kinematics.keyframes.channels import ROTATION_CHANNELS, frame_numbers
from ...backend.kinematics.keyframes.chunks import Piece, pieces_of, source_rate
from ...backend.kinematics.keyframes.keyed_motion import Local, passing
from ...backend.kinematics.keyframes.sparse_keys import shown_quaternions
from ...backend.kinematics.math.rotations import Array
from ...backend.kinematics.math.signals import runs
from ...backend.kinematics.math.splines import Gaps
from ...backend.protocol.limits import LimitError, check_fps
from ..action.existing_motion import Curves, rotation_path
from ..armature.checks import check_drivers
from ..errors import RigError
from ..read.animation_source import CLOSE, Source, TimeMap, found_source, nearest, values_of
from ..read.armature_motion import read_frames
from .checks import check_end, check_keys, check_modifiers, check_rate, check_retiming
from .keys import Grid, Segments
from .pose import KeyedBody
from .write import Filled, Rewriting, write_filled, write_sampled

_BESIDE = 0.01
"""Scene frames that a new key is away from those that are there, at least: late in a long scene
Blender knows no less."""
_RATE_IN_NAME = re.compile(r" \([\d.]+ fps\)(\.\d+)?$")
"""What an action is called that was resampled before, behind its own name."""
_SLOWEST = 0.01
"""And a hundred times as fast is the fastest."""


@dataclass(frozen=True)
class Wish:
    """What an animator asks for."""

    fps: float
    """Keys per second of the scene."""
    slow: float = 1.0
    """How many times as fast the motion plays then: 0.25 is slow motion."""
    holds: str = "KEEP"
    """"KEEP" what stands still, or "SMOOTH" it over."""
    exact: bool = False
    """Only look at the curves as they are, on each frame of the new rate."""

    def __post_init__(self) -> None:
        """Raise LimitError for what cannot be."""
        check_fps(self.fps)
        if not _SLOWEST <= self.slow <= 1 / _SLOWEST:  # NaN is outside of every range
            raise LimitError(
                f"The time scale is {self.slow:g}; it must be between {_SLOWEST:g} and "
                f"{1 / _SLOWEST:g}."
            )
        if not self.exact:
            check_fps(self.source_fps)

    @property
    def source_fps(self) -> float:
        """Frames wanted for each second of the motion as it plays now."""
        return self.fps / self.slow


@dataclass(frozen=True)
class Resampled:
    """What was written."""

    action: bpy.types.Action
    frames: int
    """Frames on which there are new keys."""
    spline: tuple[tuple[float, float], ...]
    """From and to which frames the plain spline was used."""
    holds: int
    """Stretches in which something stands still."""
    others: bool = False
    """Whether the old action also moves what this armature is not."""


@dataclass
class _Filling:
    """What came back of one piece."""

    frames: np.ndarray
    """(F,) counted from the beginning of the whole."""
    made: Local
    spline: list[tuple[float, float]]
    """Seconds from the first key on."""


class Resampling:
    """One source on its way."""

    def __init__(
        self, armature: bpy.types.Object, scene: bpy.types.Scene, source: Source, wish: Wish
    ) -> None:
        """Look at all that can be looked at before anything is done.

        Raises:
            RigError, LimitError, MappingError: it cannot be resampled so; with a sentence.
        """
        self.wish, self.name = wish, source.name
        self._place, self._mark = source.place, source.mark()
        curves = source.curves()
        self._rate = scene.render.fps / scene.render.fps_base
        body = KeyedBody(armature, curves)
        mine = _curves_of(body, curves)
        self._action_frames = source.key_frames(mine)
        check_keys(armature, source, mine, self._action_frames)
        check_drivers(armature, body.channels)
        check_modifiers(mine, self._action_frames)
        check_retiming(source, wish.slow)
        self._frames = source.times.to_scene(self._action_frames)
        self._seconds = (self._frames - self._frames[0]) / self._rate
        check_end(self._slowed_frames(self._frames[-1:]))
        self.pieces: list[Piece] = []
        """What has to be filled in, piece by piece; nothing if it is exact."""
        if not wish.exact:
            check_rate(self.name, source_rate(self._seconds), wish.fps, wish.slow)
            self.pieces = pieces_of(self._seconds, wish.source_fps)
            self._check_room(mine, source.times)
        self._held = np.zeros(len(self._seconds) - 1, dtype=bool)
        self._kept = np.ones(len(self._seconds), dtype=bool)
        self._fillings: list[_Filling] = []

    def _check_room(self, curves: Curves, times: TimeMap) -> None:
        """RigError if no frame of the new rate is anywhere but on a key, or nothing may move."""
        if self.wish.holds == "SMOOTH":
            return  # what is held is only known once it is read
        grid = Grid.of(self._frames, self._new_frames(np.ones(len(self._frames), dtype=bool)))
        if not len(grid.frames):
            raise RigError(
                f"“{self.name}” has a key on each frame of {self.wish.fps:.4g} fps already: choose "
                "a higher rate, or a Time Scale below 1."
            )
        at = Grid.of(self._action_frames, times.to_action(grid.frames))
        moves = [~Segments.of(curve, at).stepped for curve in curves.values()]
        if not (np.any(moves, axis=0) & grid.filled).any():
            raise RigError(
                f"All keys of “{self.name}” are stepped (Constant), so between them nothing moves: "
                "choose Smooth for the holds to move through them."
            )

    def piece(
        self, armature: bpy.types.Object, scene: bpy.types.Scene, number: int
    ) -> tuple[Take, list[float]]:
        """The poses of a piece, and the seconds of each from the first one on.

        Raises:
            RigError: it cannot be read (any more).
        """
        found_source(armature, self._place, self._mark)
        piece = self.pieces[number]
        keys = np.arange(piece.keys.start, piece.keys.stop)
        begin = piece.first_frame / self.wish.source_fps
        seconds = self._seconds[keys] - begin
        frames = self._frames[keys]
        if seconds[0] > CLOSE / self._rate:
            seconds = np.append(0.0, seconds)
            frames = np.append(self._frames[0] + begin * self._rate, frames)
        seconds[0] = 0.0
        return read_frames(armature, scene, frames.tolist()), seconds.tolist()

    def take_in(
        self, armature: bpy.types.Object, number: int, sent: Take, seconds: list[float], made: Take
    ) -> None:
        """Take what came of a piece.

        Args:
            armature: as it is now.
            number: of the piece.
            sent, seconds: as `piece` gave them.
            made: at the rate of the wish's `source_fps`.

        Raises:
            RigError: it is no motion of this piece, or the source has changed.
        """
        source = found_source(armature, self._place, self._mark)
        curves = source.curves()
        body = KeyedBody(armature, curves)
        piece = self.pieces[number]
        lead = len(sent) - len(piece.keys)
        sent = Take(sent.poses[lead:], sent.trans[lead:], sent.fps)
        # Two rates that are the same but for rounding count the frames alike.
        own = np.arange(piece.frames.start, piece.frames.stop)
        if len(own) and own[-1] - piece.first_frame >= len(made):
            raise RigError(
                f"The backend sent {len(made)} frames where {own[-1] - piece.first_frame + 1} were "
                "asked for: press Resample Take again."
            )
        self._look_for_holds(piece, sent, np.array(seconds[lead:]))
        kept = self._kept[piece.keys.start : piece.keys.stop]
        at = self._frames[0] + own * self._rate / self.wish.source_fps
        beside = ~_on(self._frames[piece.keys.start : piece.keys.stop][kept], at)
        own, at = own[beside], at[beside]
        keys = np.arange(piece.keys.start, piece.keys.stop)[kept]
        key_frames = self._action_frames[keys]
        keyed = _keyed(armature, body, curves, key_frames)
        kept_take = Take(sent.poses[kept], sent.trans[kept], sent.fps)
        found = body.of(kept_take, armature, curves, key_frames)
        if len(own):
            shown = own - piece.first_frame
            filled = Take(made.poses[shown], made.trans[shown], made.fps)
            motion = body.of(filled, armature, curves, source.times.to_action(at))
            local = passing(self._frames[keys], found, keyed, at, motion)
        else:
            local = Local(keyed.rotations[:0], keyed.locations[:0])
        told = made.info.get("resampled")
        told = told if isinstance(told, dict) else {}
        self._fillings.append(
            _Filling(
                own,
                Local(local.rotations.astype(np.float32), local.locations.astype(np.float32)),
                self._own_ranges(piece, told.get("spline") or ()),
            )
        )

    def _look_for_holds(self, piece: Piece, sent: Take, seconds: Array) -> None:
        gaps = Gaps.of(seconds, sent.local_matrices(), sent.root_positions())
        held = held_gaps(gaps.turns, gaps.steps)
        mine = slice(piece.gaps.start, piece.gaps.stop)
        inside = slice(piece.gaps.start - piece.keys.start, piece.gaps.stop - piece.keys.start)
        self._held[mine] = held[inside]
        if self.wish.holds == "SMOOTH":
            kept = np.zeros(len(seconds), dtype=bool)
            kept[without_repeats(held, seconds)] = True
            self._kept[piece.keys.start : piece.keys.stop] = kept

    def _own_ranges(self, piece: Piece, ranges: Sequence[Any]) -> list[tuple[float, float]]:
        """Those parts of ranges that are in a piece's own gaps."""
        first, last = self._seconds[piece.gaps.start], self._seconds[piece.gaps.stop]
        begin = piece.first_frame / self.wish.source_fps
        clipped = [(max(a + begin, first), min(b + begin, last)) for a, b in ranges]
        return [(a, b) for a, b in clipped if b > a]

    def _new_frames(self, kept: np.ndarray) -> Array:
        """(T,) frames of the scene, as the motion plays now, on which it gets keys."""
        count = int(np.floor(self._seconds[-1] * self.wish.source_fps + 1e-6)) + 1
        frames = self._frames[0] + np.arange(count) * self._rate / self.wish.source_fps
        return frames[~_on(self._frames[kept], frames)]

    def check(self, armature: bpy.types.Object) -> None:
        """Raise RigError if there is nothing to write, or the source has changed."""
        found_source(armature, self._place, self._mark)
        if not self.wish.exact and not any(len(filling.frames) for filling in self._fillings):
            raise RigError(
                f"“{self.name}” has a key on each frame of {self.wish.fps:.4g} fps already, and "
                "nothing in it is held for short: choose a higher rate, or a Time Scale below 1."
            )

    def write(self, armature: bpy.types.Object) -> Resampled:
        """Write what was taken in, as a new action that plays in place of the old one.

        Raises:
            RigError: as `check`; nothing has been changed then.
        """
        self.check(armature)
        source = found_source(armature, self._place, self._mark)
        curves = source.curves()
        body = KeyedBody(armature, curves)
        others = len(getattr(source.animation.action, "slots", ())) > 1
        if self.wish.exact:
            frames = self._frames[0] + self._looks() * self._rate / self.wish.source_fps
            wanted = self._slowed(self._looks())
            made = write_sampled(
                armature,
                source,
                body,
                source.times.to_action(frames),
                source.times.to_action(wanted),
                self._rewriting(),
            )
            return Resampled(made, len(wanted), (), 0, others)
        numbers = np.concatenate([filling.frames for filling in self._fillings])
        made = Local(
            np.concatenate([filling.made.rotations for filling in self._fillings]),
            np.concatenate([filling.made.locations for filling in self._fillings]),
        )
        frames = self._frames[0] + numbers * self._rate / self.wish.source_fps
        now = Grid.of(self._action_frames[self._kept], source.times.to_action(frames))
        stepped = _stepped(_curves_of(body, curves), Grid.of(self._action_frames, now.frames))
        then = source.times.to_action(self._slowed(numbers))
        action = write_filled(armature, source, body, Filled(now, then, made), self._rewriting())
        return Resampled(
            action,
            len(numbers),
            self._spline_frames(),
            len(runs(self._held)) + int(np.count_nonzero(stepped & ~self._held)),
            others,
        )

    def retimed(self, frame: float) -> float:
        """Where what was on a frame is in the new action."""
        return float(self._slowed_frames(np.array(frame)))

    def _rewriting(self) -> Rewriting:
        wish = self.wish
        name = f"{_RATE_IN_NAME.sub('', self.name)} ({wish.fps:.5g} fps)"
        return Rewriting(name, float(self._frames[0]), wish.slow, wish.holds == "KEEP")

    def _looks(self) -> np.ndarray:
        """(T,) the frames of the new rate, and the last key if it is on none."""
        last = self._seconds[-1] * self.wish.source_fps
        count = int(np.floor(last + 1e-6)) + 1
        looks = np.arange(count, dtype=float)
        return looks if last - looks[-1] < 1e-3 else np.append(looks, last)

    def _slowed(self, numbers: np.ndarray) -> Array:
        """(T,) frames of the scene for frames of the new rate, whole or not."""
        count = int(np.ceil(numbers[-1])) + 2
        evenly = frame_numbers(count, self.wish.fps, self._rate, float(self._frames[0]))
        return np.interp(numbers, np.arange(count), evenly)

    def _slowed_frames(self, frames: Array) -> Array:
        return self._frames[0] + (frames - self._frames[0]) / self.wish.slow

    def _spline_frames(self) -> tuple[tuple[float, float], ...]:
        """Ranges in which the spline was used, joined, in frames of the scene as it plays then."""
        joined: list[list[float]] = []
        for begin, end in sorted(one for filling in self._fillings for one in filling.spline):
            if joined and begin <= joined[-1][1] + CLOSE / self._rate:
                joined[-1][1] = max(joined[-1][1], end)
            else:
                joined.append([begin, end])
        first, rate = self._frames[0], self._rate / self.wish.slow
        return tuple((float(first + a * rate), float(first + b * rate)) for a, b in joined)


def _curves_of(body: KeyedBody, curves: Curves) -> dict[tuple[str, str, int], Any]:
    """The curves by which a body's motion is told."""
    return {
        channel: curve
        for channel, curve in curves.items()
        if (channel[0], channel[1]) in body.channels
    }


def _on(keys: Array, frames: Array) -> np.ndarray:
    """(T,) which frames are on one of keys (K,), increasing."""
    return np.abs(keys[nearest(keys, frames)] - frames) < _BESIDE


def _keyed(armature: Any, body: KeyedBody, curves: Curves, frames: Array) -> Local:
    """What the keys say, on frames of the action."""
    rotations = np.zeros((len(frames), len(body.turned), 4))
    for n, (bone, mode) in enumerate(body.modes.items()):
        path = rotation_path(mode)
        count = ROTATION_CHANNELS[path]
        values = np.zeros((len(frames), 4))
        values[:, :count] = values_of(armature, curves, bone, path, frames)
        rotations[:, n] = shown_quaternions(values, mode)
    places = [values_of(armature, curves, bone, "location", frames) for bone in body.located]
    return Local(rotations, np.stack(places, axis=1) if places else np.zeros((len(frames), 0, 3)))


def _stepped(curves: Curves, grid: Grid) -> np.ndarray:
    """(K-1,) gaps in which some curve stands still until its next key."""
    return np.any([Segments.of(curve, grid).stepped for curve in curves.values()], axis=0)
