"""Draw authored clips of all kinds, with the faulty ones dropped."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from ..data.motion_set import AUTHORED_SOURCE, JOINT_COUNT, Caption, MocapClip
from ..kinematics.body.skeleton import SMPL
from ..kinematics.math.rotations import matrix_to_axis_angle
from .body.base_clips import BaseClips, NoBaseClipError
from .catalogue import AuthoredClip, AuthoredKind
from .checks import motion_faults

LICENCE = "CC0-1.0"
"""Licence of what is made from nothing; clips over captures keep that of the captures."""
_MAX_ATTEMPTS = 6
"""Draws of one clip before it is given up."""

RefusalCallback = Callable[[AuthoredKind, tuple[str, ...]], None]
"""A function of a kind and of what was wrong with a clip of it that was dropped."""


@dataclass(frozen=True)
class AuthoredSample:
    """One accepted clip."""

    kind: AuthoredKind
    name: str
    clip: AuthoredClip


def draw_clips(
    kinds: Sequence[AuthoredKind],
    base_clips: BaseClips,
    count: int,
    seed: int = 0,
    refused: RefusalCallback | None = None,
) -> Iterator[AuthoredSample]:
    """Yield about `count` clips of each kind of weight 1.

    Each clip has its own seed, made of its name, so that adding a kind changes no other.
    """
    for kind in kinds:
        for number in range(max(round(count * kind.weight), 1)):
            name = f"{AUTHORED_SOURCE}/{kind.name}_{number:03d}"
            sample = _draw_clip(kind, name, base_clips, seed, refused)
            if sample is not None:
                yield sample


def to_mocap_clip(sample: AuthoredSample) -> MocapClip:
    """Return the clip as training data: every caption describes all of it."""
    motion = sample.clip.motion.align_to_origin()
    poses = matrix_to_axis_angle(motion.matrices[:, :JOINT_COUNT]).reshape(len(motion), -1)
    return MocapClip(
        name=sample.name,
        poses=poses.astype(np.float32),
        trans=(motion.root - SMPL.offsets[0]).astype(np.float32),
        fps=motion.fps,
        source=AUTHORED_SOURCE,
        licence=LICENCE,
        action=sample.kind.action,
        description=sample.clip.captions[0],
        captions=tuple(Caption(0.0, motion.length_seconds, text) for text in sample.clip.captions),
    )


def _draw_clip(
    kind: AuthoredKind, name: str, base_clips: BaseClips, seed: int, refused: RefusalCallback | None
) -> AuthoredSample | None:
    for attempt in range(_MAX_ATTEMPTS):
        digest = blake2b(f"{seed}/{name}/{attempt}".encode(), digest_size=8).digest()
        rng = np.random.default_rng(int.from_bytes(digest, "little"))
        try:
            clip = kind.author(rng, base_clips)
        except NoBaseClipError:
            return None
        faults = motion_faults(clip.motion, may_slide=kind.may_slide)
        if not faults:
            return AuthoredSample(kind, name, clip)
        if refused is not None:
            refused(kind, faults)
    return None
