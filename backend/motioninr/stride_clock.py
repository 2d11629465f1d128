"""Time in strides: of what walks or runs, the k-th second of the decoder is the k-th stride.

Two walks that differ in nothing but where in a stride they begin, or how quick their strides are,
are far apart as functions of seconds, and halfway between them nobody walks: legs that swing in
turn cancel out. Counted in strides from a step of the left foot they are neighbours. So how long
each stride lasts is a part of a motion's code that is read from the capture and not learnt; of a
motion without strides all are one second, and its strides are seconds.
"""

from __future__ import annotations

from torch import Tensor


def seconds_to_strides(times: Tensor, strides: Tensor) -> Tensor:
    """Times (B, M) in seconds to times in strides.

    Args:
        times: from the start of the motion on.
        strides: (B, K) log seconds of each stride; the last one goes on for ever.
    """
    if not strides.shape[-1]:
        return times
    lasting = strides.exp()
    ends = lasting.cumsum(-1)
    done = (times.unsqueeze(-1) >= ends[:, None, :-1]).sum(-1)
    return done + (times - (ends - lasting).gather(1, done)) / lasting.gather(1, done)


def strides_to_seconds(stride_times: Tensor, strides: Tensor) -> Tensor:
    """The inverse of `to_strides`: times (B, M) in strides to times in seconds."""
    if not strides.shape[-1]:
        return stride_times
    lasting = strides.exp()
    begun = lasting.cumsum(-1) - lasting
    done = stride_times.long().clamp(0, strides.shape[-1] - 1)
    return begun.gather(1, done) + (stride_times - done) * lasting.gather(1, done)
