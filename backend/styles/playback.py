"""Sampled features as a function of time, and takes of it at any frame rate.

Frames of the finest level are keys of a spline over rotations and root
(`kinematics/math/splines.py`), so the motion is exact at 1/30 s and smooth in between.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ..kinematics.body.take import Take
from ..kinematics.math.rotations import Array, matrix_to_6d
from ..kinematics.math.splines import PoseSpline
from ..kinematics.retarget.placement import REST_GROUND_POSE, start_take_at
from ..playback.clip import BodyPartLayer, MotionClip
from ..playback.sequence import MotionSequence
from ..playback.transition_search import ClipRange
from ..protocol.style_file import STYLE_FPS
from .features import FeatureLayout
from .pyramid import interpolate_columns
from .skeleton_graph import SkeletalMotion

_LOOP_MARGIN = 0.25
"""Seconds that a loop is continued beyond its start and end, where its placement on the ground
fades into that of the repetition."""
_NO_CODE = torch.zeros(0)


class StyleMotion:
    """A sampled motion of a style."""

    def __init__(
        self, layout: FeatureLayout, features: Array, seconds: float, loop: bool = False
    ) -> None:
        """Take features (T, C), with T from `frame_count_at_rate`."""
        self.seconds, self.loop, self.layout = seconds, loop, layout
        count = len(features)
        gap = seconds / count if loop else 1 / STYLE_FPS
        before = int(np.ceil(2 * _LOOP_MARGIN / gap)) if loop else 0
        self.start_time = before * gap
        """Time of the first frame, in seconds on the spline's time line."""
        if loop:
            features = features[np.arange(-before, count + before + 1) % count]
        motion, self._contacts = layout.decode_features(features)
        # Divided as the times of a take are, so that those at 1/30 s are keys to the last digit.
        keys = np.arange(len(features))
        self._times = keys * gap if loop else keys / STYLE_FPS
        self._spline = PoseSpline.through_keys(self._times, motion.matrices, motion.root)
        self._decoded: dict[bytes, tuple[Tensor, Tensor]] = {}

    def to_motion(self, fps: float) -> SkeletalMotion:
        """Return ``round(seconds * fps)`` frames without foot lock.

        A loop has one more: the first frame of the repetition.
        """
        count = max(round(self.seconds * fps), 1)
        frames = np.arange(count + self.loop)
        times = self.start_time + frames * (self.seconds / count) if self.loop else frames / fps
        matrices, root = self._spline.evaluate(times)
        return SkeletalMotion(self.layout.body, matrices, root, fps)

    def to_take(self, fps: float, lock_feet: bool) -> Take:
        """Return a take on the SMPL body that starts where a rig at rest stands."""
        if not lock_feet:
            return start_take_at(self.to_motion(fps).to_take(), REST_GROUND_POSE)
        clip = MotionClip(self, _NO_CODE, float(self._times[-1]) if self.loop else self.seconds)
        margin = _LOOP_MARGIN if self.loop else 0.0
        clip_range = ClipRange(clip, self.seconds, margin, margin, offset=self.start_time)
        return MotionSequence([clip_range], self.loop).to_take(fps, True)

    def decode_rows(
        self, code: Tensor, seconds: float, times: Array, layers: Sequence[BodyPartLayer] = ()
    ) -> tuple[Tensor, Tensor]:
        """Return pose rows (T, 135) and contacts (T, 4) at times (T,) on the spline's time line.

        Implements `ClipDecoder`; there is no code and there are no layers.
        """
        del code, seconds, layers
        key = times.tobytes()
        if key not in self._decoded:
            matrices, root = self._spline.evaluate(times)
            rows = np.concatenate([matrix_to_6d(matrices).reshape(len(times), -1), root], axis=1)
            contacts = interpolate_columns(times, self._times, self._contacts)
            self._decoded = {key: (torch.from_numpy(rows).float(), torch.from_numpy(contacts))}
        return self._decoded[key]
