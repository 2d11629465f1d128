"""MotionINR's stride clock, and the detection of strides."""

import numpy as np
import pytest
import torch
from torch import Tensor

from backend.data import features
from backend.data.motion_set import MocapClip, MotionSet
from backend.data.sequences import SequenceSet
from backend.kinematics.body.skeleton import BODY_TO_WORLD, SMPL
from backend.kinematics.body.take import Take
from backend.kinematics.math.rotations import Array, axis_angle_to_matrix, axis_rotation
from backend.motioninr.gait import cut_at_strides, detect_gait
from backend.motioninr.model import MotionInrConfig, MotionInrDecoder
from backend.motioninr.stride_clock import seconds_to_strides, strides_to_seconds

STRIDES = torch.tensor([[0.5, 1.0, 2.0], [1.0, 1.0, 1.0]]).log()


def test_seconds_to_strides_inverts_strides_to_seconds() -> None:
    times = torch.tensor([[0.0, 0.25, 0.5, 1.0, 2.5, 5.5], [0.0, 0.25, 0.5, 1.0, 2.5, 5.5]])
    expected = torch.tensor([[0.0, 0.5, 1.0, 1.5, 2.5, 4.0], [0.0, 0.25, 0.5, 1.0, 2.5, 5.5]])
    torch.testing.assert_close(seconds_to_strides(times, STRIDES), expected)
    torch.testing.assert_close(strides_to_seconds(expected, STRIDES), times)
    none = torch.zeros(2, 0)
    assert seconds_to_strides(times, none) is times
    assert strides_to_seconds(times, none) is times


def test_decoder_pose_depends_on_stride_time() -> None:
    config = MotionInrConfig(sequence_code=4, action_code=2, hidden=(16,), strides=3)
    decoder = MotionInrDecoder(config)
    torch.manual_seed(0)
    for parameter in decoder.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    code = torch.randn(1, config.learnt_size).repeat(2, 1)
    counted = torch.tensor([[0.2, 0.9, 1.7, 4.0]]).repeat(2, 1)
    rows, _ = decoder(strides_to_seconds(counted, STRIDES), torch.cat([STRIDES, code], dim=-1))
    torch.testing.assert_close(rows[0], rows[1], atol=1e-5, rtol=1e-4)
    same_seconds, _ = decoder(counted, torch.cat([STRIDES, code], dim=-1))
    assert (same_seconds[0] - same_seconds[1]).abs().max() > 0.01


def walk(
    lasting: Array, offset: float, fps: float, facing: float = 0.0, swing: float = 0.5
) -> Take:
    """Strides of so many seconds each, the first `offset` seconds late; the left leg is ahead as
    each begins. A stride as long as the first comes before it."""
    ends = offset + np.concatenate([[-lasting[0], 0.0], np.cumsum(lasting)])
    times = np.arange(round((ends[-1] + 0.3 * lasting[-1]) * fps)) / fps
    ends = np.append(ends, ends[-1] + lasting[-1])
    phase = np.interp(times, ends, np.arange(len(ends)) - 1.0)
    angles = np.zeros((len(times), 24, 3))
    # About X, forwards is negative.
    angles[:, SMPL.index("left_hip"), 0] = -swing * np.cos(2 * np.pi * phase)
    angles[:, SMPL.index("right_hip"), 0] = swing * np.cos(2 * np.pi * phase)
    matrices = axis_angle_to_matrix(angles)
    matrices[:, 0] = axis_rotation("Z", np.full(len(times), facing)) @ BODY_TO_WORLD
    return Take.from_matrices(matrices, np.tile([0.0, 0.0, 0.95], (len(times), 1)), fps)


def clip(take: Take, name: str = "walk") -> MocapClip:
    return MocapClip(name, take.poses[:, :66], take.trans, take.fps, action="walk")


def rows(take: Take) -> Tensor:
    return features.pose_rows_of_clip(clip(take))


@pytest.mark.parametrize("facing", [0.0, 2.0])
@pytest.mark.parametrize("fps", [24.0, 120.0])
def test_detect_gait_finds_strides_of_walk(fps: float, facing: float) -> None:
    lasting = np.array([1.0, 1.1, 0.9, 1.2])
    gait = detect_gait(rows(walk(lasting, 0.4, fps, facing)), fps)
    assert gait is not None
    assert gait.start == pytest.approx(0.4, abs=0.06)
    np.testing.assert_allclose(gait.strides, lasting, atol=0.09)


@pytest.mark.parametrize(
    ("lasting", "swing"),
    [
        ([1.0, 1.0, 1.0], 0.02),  # shuffles on the spot
        ([3.0, 3.0, 3.0], 0.5),  # sways
        ([0.5, 1.9, 0.5, 1.9], 0.5),  # dances
    ],
)
def test_detect_gait_without_strides_is_none(lasting: list[float], swing: float) -> None:
    assert detect_gait(rows(walk(np.array(lasting), 0.4, 30.0, swing=swing)), 30.0) is None


def test_cut_at_strides_starts_at_left_step() -> None:
    lasting = np.array([0.8, 0.9, 0.7, 1.0])
    take, other = walk(lasting, 0.4, 60.0), walk(np.ones(3), 0.3, 30.0, swing=0.02)
    sequences = SequenceSet(MotionSet([clip(take), clip(other, "shuffle")]))
    assert len(sequences) == 4
    cut, strides = cut_at_strides(sequences, torch.arange(4), 8)
    assert strides.shape == (4, 8)
    np.testing.assert_allclose(strides[0, :4].exp(), lasting, atol=0.09)
    np.testing.assert_allclose(strides[0, 4:], np.log(lasting).mean(), atol=0.05)
    # The mirror image begins half a stride earlier or later, with its own left foot.
    for number in (0, 2):
        joints = features.joint_positions(
            cut.batch_frames(torch.tensor([number]), torch.zeros(1, 1).long()).rows
        )
        apart = (
            joints[0, 0, SMPL.index("right_ankle"), 1] - joints[0, 0, SMPL.index("left_ankle"), 1]
        )
        assert apart > 0.6
    skipped = cut.first[[0, 2]] - sequences.first[[0, 2]]
    assert abs(int(skipped[0] - skipped[1])) == pytest.approx(24, abs=5)
    assert torch.equal(cut.first + cut.frames, sequences.first + sequences.frames)
    torch.testing.assert_close(cut.durations, (cut.frames - 1) / sequences.fps)
    assert [span.first for span in cut.spans] == cut.first.tolist()
    # What does not stride is left as it is, and so is the set.
    assert torch.equal(cut.first[[1, 3]], sequences.first[[1, 3]])
    assert not strides[[1, 3]].any()
    assert sequences.frames[0] == len(take)


def test_cut_at_strides_limits_number_of_strides() -> None:
    take = walk(np.full(16, 0.5), 0.3, 60.0)
    whole = SequenceSet(MotionSet([clip(take)]), mirrored=False)
    assert float(whole.durations[0]) > 8
    cut, strides = cut_at_strides(whole, torch.arange(1), 16)
    assert float(seconds_to_strides(cut.durations[None], strides)) == pytest.approx(10, abs=0.3)
