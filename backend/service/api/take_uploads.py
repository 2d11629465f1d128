"""The takes that come with a request, looked at before its job is queued."""

from __future__ import annotations

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
from ..schema.requests import LIMITS, DecodeRequest, InterpolateRequest, ResampleRequest


def read_take_to_decode(data: bytes, request: DecodeRequest) -> Take:
    """The take that came with a decode request.

    Raises:
        TakeError: it cannot be read, is too large, or holds no latent.
        LimitError: it has no such part, or that has too many frames as it is asked for.
    """
    take = load_uploaded_take(data)
    # A take without a length is refused by the engine, which knows what else it needs.
    if _stated_seconds(take):
        check_time_range(request.start, request.end, _stated_seconds(take))
    seconds = _motion_seconds(take)
    check_frames(time_range_frames(seconds, request.fps, request.start, request.end, request.speed))
    return take


def read_takes_to_interpolate(
    first: bytes, second: bytes, request: InterpolateRequest
) -> list[Take]:
    """The two takes that came with an interpolate request; raises as `take_to_decode` does."""
    takes = [load_uploaded_take(first), load_uploaded_take(second)]
    longest = max(_motion_seconds(take) for take in takes)
    check_frames(time_range_frames(longest, request.fps, None, None, 1.0))
    return takes


def read_take_to_resample(data: bytes, request: ResampleRequest) -> Take:
    """The take that came with a resample request, of whatever origin.

    Raises:
        TakeError: it cannot be read, is too large, or has another number of poses than of times.
        LimitError: it would have too many frames.
    """
    take = load_uploaded_take(data, any_origin=True)
    times = request.key_times(take)
    if len(times) != len(take):
        raise TakeError(f"The take has {len(take)} poses, but there are {len(times)} key times.")
    check_key_times(times)
    check_frames(resampled_frames(times[-1], request.fps))
    return take


def read_take_with_blocks(data: bytes) -> Take:
    """The take of several blocks that came with a sequence request; raises as the others do."""
    return load_uploaded_take(data)


def load_uploaded_take(data: bytes, *, any_origin: bool = False) -> Take:
    """A take that came with a request, of Anyframe's making unless `any_origin`; TakeError or
    LimitError if it cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > LIMITS.take_bytes:
            raise TakeError(
                f"The take unpacks to {unpacked} bytes; the limit is {LIMITS.take_bytes}."
            )
        take = load_take(data)
    except TakeError as error:
        text = str(error)
        raise TakeError(text[0].upper() + text[1:]) from error
    except Exception as error:
        # A damaged archive fails in a dozen ways (zlib, struct, a header that claims too much).
        raise TakeError(
            "The take is not a readable .npz file (it may be cut short): send it again."
        ) from error
    check_frames(len(take))
    if any_origin:
        return take
    if take.metadata.get("latent") is None and not take.metadata.get("blocks"):
        raise TakeError(
            "The take holds no latent to start from: only a take that Anyframe generated has one."
        )
    return take


def _stated_seconds(take: Take) -> float:
    """How long the take says that its motion is, in seconds; 0 if it does not."""
    said = take.metadata.get("seconds")
    return float(min(said, 1e9)) if isinstance(said, int | float) and said > 0 else 0.0


def _motion_seconds(take: Take) -> float:
    """As `_said`, or as long as the take itself: a part or a slower one is no measure of it."""
    return _stated_seconds(take) or len(take) / take.fps
