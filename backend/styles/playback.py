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
from ..kinematics.math.splines import Spline
from ..kinematics.retarget.placement import REST, begun_at
from ..playback.clip import Passage
from ..playback.layers import Layer
from ..playback.sequence import Performance
from ..playback.transition_search import Shown
from .features import Layout
from .skeleton_graph import RATE, Motion

_SEAM = 0.25
"""Seconds by which a motion that goes round reaches beyond its beginning and end, where how it is
put on its feet passes into how it was."""
_NO_CODE = torch.zeros(0)


class Played:
    """A drawn motion."""

    def __init__(self, layout: Layout, features: Array, seconds: float, loop: bool = False) -> None:
        """Of features (T, C): T as `sample.frames_for` says for these seconds."""
        self.seconds, self.loop, self.layout = seconds, loop, layout
        count = len(features)
        self._gap = seconds / count if loop else 1 / RATE
        self._before = int(np.ceil(2 * _SEAM / self._gap)) if loop else 0
        if loop:
            features = features[np.arange(-self._before, count + self._before + 1) % count]
        motion, self._touching = layout.decode(features)
        # Divided as a take's frames are, so that those at 1/30 s are knots to the last digit.
        knots = np.arange(len(features))
        self._times = knots * self._gap if loop else knots / RATE
        self._spline = Spline.through(self._times, motion.matrices, motion.root)
        self._looked: dict[bytes, tuple[Tensor, Tensor]] = {}

    @property
    def begins(self) -> float:
        """Seconds on the own clock at which the motion begins."""
        return self._before * self._gap

    def motion(self, fps: float) -> Motion:
        """The motion as it was drawn at ``round(seconds * fps)`` frames, feet as they are.

        One that goes round has a frame more, its first one again, one round on.
        """
        count = max(round(self.seconds * fps), 1)
        frames = np.arange(count + self.loop)
        times = self.begins + frames * (self.seconds / count) if self.loop else frames / fps
        matrices, root = self._spline.at(times)
        return Motion(self.layout.body, matrices, root, fps)

    def take(self, fps: float, lock_feet: bool) -> Take:
        """The same on the SMPL body, begun where a rig at rest stands; with feet held if asked."""
        if not lock_feet:
            return begun_at(self.motion(fps).take(), REST)
        return self._performance.take(fps, True)

    def decode(
        self, code: Tensor, seconds: float, times: Array, over: Sequence[Layer] = ()
    ) -> tuple[Tensor, Tensor]:
        """Pose rows (T, 135) and contacts (T, 4) at times (T,) of the own clock, for a `Passage`;
        there is neither a code nor anything laid over."""
        del code, seconds, over
        key = times.tobytes()
        if key not in self._looked:
            matrices, root = self._spline.at(times)
            rows = np.concatenate([matrix_to_6d(matrices).reshape(len(times), -1), root], axis=1)
            touching = [np.interp(times, self._times, column) for column in self._touching.T]
            self._looked = {
                key: (torch.from_numpy(rows).float(), torch.from_numpy(np.stack(touching, axis=1)))
            }
        return self._looked[key]

    @cached_property
    def _performance(self) -> Performance:
        if not self.loop:
            return Performance([Shown(Passage(self, _NO_CODE, self.seconds), self.seconds)])
        whole = Passage(self, _NO_CODE, float(self._times[-1]))
        shown = Shown(whole, self.seconds, before=_SEAM, after=_SEAM, offset=self.begins)
        return Performance([shown], loops=True)
