"""Time in strides: in walks and runs, the decoder's k-th second is the k-th stride.

Two walks with another phase or cadence are far apart as functions of seconds, and nobody walks
halfway between them, because the alternating legs cancel out. As functions of strides from a step
of the left foot they are neighbours. So the length of each stride is a part of a motion's code. It
is measured, not learnt; in a motion without strides every stride lasts one second.
"""

from torch import Tensor


def seconds_to_strides(times: Tensor, strides: Tensor) -> Tensor:
    """Convert times (B, M) in seconds from the start of the motion to strides.

    `strides` are the log seconds (B, K) of each stride, the last of which never ends.
    """
    if not strides.shape[-1]:
        return times
    lengths = strides.exp()
    ends = lengths.cumsum(-1)
    index = (times.unsqueeze(-1) >= ends[:, None, :-1]).sum(-1)
    return index + (times - (ends - lengths).gather(1, index)) / lengths.gather(1, index)


def strides_to_seconds(stride_times: Tensor, strides: Tensor) -> Tensor:
    """Convert times (B, M) in strides to seconds, the inverse of `seconds_to_strides`."""
    if not strides.shape[-1]:
        return stride_times
    lengths = strides.exp()
    starts = lengths.cumsum(-1) - lengths
    index = stride_times.long().clamp(0, strides.shape[-1] - 1)
    return starts.gather(1, index) + (stride_times - index) * lengths.gather(1, index)
