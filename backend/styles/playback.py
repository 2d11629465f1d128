"""Drawn features as a function of time, and from there to a take at any rate.

Frames of the finest level are knots of a spline over rotations and root
(`kinematics/math/splines.py`): at 1/30 s the motion is exactly what was drawn, between them it is
smooth, and a take's frames are only where it is looked at. Planted feet are held as in every other
take.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from ..kinematics.body.take import Take
from ..kinematics.math.rotations import Array, matrix_to_6d
from ..kinematics.math.splines import PoseSpline
from ..kinematics.retarget.placement import REST_GROUND_POSE, start_take_at
from ..playback.clip import MotionClip
from ..playback.layers import BodyPartLayer
from ..playback.sequence import MotionSequence
from ..playback.transition_search import ClipRange
from .features import FeatureLayout
from .skeleton_graph import STYLE_FPS, SkeletalMotion

_LOOP_MARGIN = 0.25
"""Seconds by which a motion that goes round reaches beyond its beginning and end, where how it is
put on its feet passes into how it was."""
_NO_CODE = torch.zeros(0)


class StyleMotion:
    """A drawn motion."""

    def __init__(
        self, layout: FeatureLayout, features: Array, seconds: float, loop: bool = False
    ) -> None:
        """Of features (T, C): T as `sample.frames_for` says for these seconds."""
        self.seconds, self.loop, self.layout = seconds, loop, layout
        count = len(features)
        self._gap = seconds / count if loop else 1 / STYLE_FPS
        self._before = int(np.ceil(2 * _LOOP_MARGIN / self._gap)) if loop else 0
        if loop:
            features = features[np.arange(-self._before, count + self._before + 1) % count]
        motion, self._contacts = layout.decode_features(features)
        # Divided as a take's frames are, so that those at 1/30 s are knots to the last digit.
        knots = np.arange(len(features))
        self._times = knots * self._gap if loop else knots / STYLE_FPS
        self._spline = PoseSpline.through_keys(self._times, motion.matrices, motion.root)
        self._decoded: dict[bytes, tuple[Tensor, Tensor]] = {}

    @property
    def start_time(self) -> float:
        """Seconds on the own clock at which the motion begins."""
        return self._before * self._gap

    def to_motion(self, fps: float) -> SkeletalMotion:
        """The motion as it was drawn at ``round(seconds * fps)`` frames, feet as they are.

        One that goes round has a frame more, its first one again, one round on.
        """
        count = max(round(self.seconds * fps), 1)
        frames = np.arange(count + self.loop)
        times = self.start_time + frames * (self.seconds / count) if self.loop else frames / fps
        matrices, root = self._spline.evaluate(times)
        return SkeletalMotion(self.layout.body, matrices, root, fps)

    def to_take(self, fps: float, lock_feet: bool) -> Take:
        """The same on the SMPL body, begun where a rig at rest stands; with feet held if asked."""
        if not lock_feet:
            return start_take_at(self.to_motion(fps).to_take(), REST_GROUND_POSE)
        return self._sequence.to_take(fps, True)

    def decode_rows(
        self, code: Tensor, seconds: float, times: Array, layers: Sequence[BodyPartLayer] = ()
    ) -> tuple[Tensor, Tensor]:
        """Pose rows (T, 135) and contacts (T, 4) at times (T,) of the own clock, for a `Passage`;
        there is neither a code nor anything laid over."""
        del code, seconds, layers
        key = times.tobytes()
        if key not in self._decoded:
            matrices, root = self._spline.evaluate(times)
            rows = np.concatenate([matrix_to_6d(matrices).reshape(len(times), -1), root], axis=1)
            touching = [np.interp(times, self._times, column) for column in self._contacts.T]
            self._decoded = {
                key: (torch.from_numpy(rows).float(), torch.from_numpy(np.stack(touching, axis=1)))
            }
        return self._decoded[key]

    @cached_property
    def _sequence(self) -> MotionSequence:
        if not self.loop:
            return MotionSequence(
                [ClipRange(MotionClip(self, _NO_CODE, self.seconds), self.seconds)]
            )
        whole = MotionClip(self, _NO_CODE, float(self._times[-1]))
        shown = ClipRange(
            whole,
            self.seconds,
            overlap_before=_LOOP_MARGIN,
            overlap_after=_LOOP_MARGIN,
            offset=self.start_time,
        )
        return MotionSequence([shown], loop=True)
