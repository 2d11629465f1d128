"""Uploaded takes, checked before their job is queued.

All functions raise TakeError for a file that cannot be used and LimitError for one that would give
too many frames.
"""

import io
import zipfile

from ...kinematics.body.take import Take, TakeError, load_take
from ...protocol.limits import (
    check_frames,
    check_key_times,
    check_time_range,
    resampled_frames,
    time_range_frames,
)
from ..schema.limits import LIMITS
from ..schema.requests import DecodeRequest, InterpolateRequest, ResampleRequest


def read_take_to_decode(data: bytes, request: DecodeRequest) -> Take:
    """Read the take of a decode request; LimitError also if it has no such range."""
    take = load_uploaded_take(data)
    # The engine refuses a take without a length, with whatever else it lacks.
    if _stated_seconds(take):
        check_time_range(request.start, request.end, _stated_seconds(take))
    seconds = _motion_seconds(take)
    check_frames(time_range_frames(seconds, request.fps, request.start, request.end, request.speed))
    return take


def read_takes_to_interpolate(
    first: bytes, second: bytes, request: InterpolateRequest
) -> list[Take]:
    """Read the two takes of an interpolate request."""
    takes = [load_uploaded_take(first), load_uploaded_take(second)]
    longest = max(map(_motion_seconds, takes))
    check_frames(time_range_frames(longest, request.fps, None, None, 1.0))
    return takes


def read_take_to_resample(data: bytes, request: ResampleRequest) -> Take:
    """Read the take of a resample request, from any source."""
    take = load_uploaded_take(data, any_origin=True)
    times = request.key_times(take)
    if len(times) != len(take):
        raise TakeError(
            f"The number of key times must be that of the take's poses, {len(take)} (got "
            f"{len(times)})."
        )
    check_key_times(times)
    check_frames(resampled_frames(times[-1], request.fps))
    return take


def load_uploaded_take(data: bytes, *, any_origin: bool = False) -> Take:
    """Read an ``.npz`` file; with `any_origin`, as from other programs, it may lack a latent."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > LIMITS.take_bytes:
            raise TakeError(
                f"The take must have at most {LIMITS.take_bytes} unpacked bytes (got {unpacked})."
            )
        take = load_take(data)
    except TakeError as error:
        text = str(error)
        raise TakeError(text[0].upper() + text[1:]) from error
    except Exception as error:
        # A damaged archive fails in a dozen forms (zlib, struct, a header that claims too much).
        raise TakeError(
            "The take is not a readable .npz file (it may be cut short): send it again."
        ) from error
    check_frames(len(take))
    if not any_origin and take.metadata.get("latent") is None and not take.metadata.get("blocks"):
        raise TakeError(
            "The take holds no latent to start from: only a take that Anyframe generated has one."
        )
    return take


def _stated_seconds(take: Take) -> float:
    """Return the motion's length in the take's metadata, in seconds; 0 if it is not there."""
    seconds = take.metadata.get("seconds")
    return float(min(seconds, 1e9)) if isinstance(seconds, int | float) and seconds > 0 else 0.0


def _motion_seconds(take: Take) -> float:
    """Return the length of the whole motion, of which the take may show a range."""
    return _stated_seconds(take) or len(take) / take.fps
