"""Pose rows and training sequences."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from backend.data import features
from backend.data.caption_templates import (
    action_captions,
    mirror_caption,
    mirror_label,
    reword_caption,
)
from backend.data.motion_set import AUTHORED_SOURCE, MocapClip, MotionSet
from backend.data.sequences import (
    MAX_JOINT_SPEED,
    SequenceSet,
    action_balance_weights,
    scale_authored_weights,
)
from backend.kinematics.body.skeleton import MIRRORED_JOINTS
from tests.support.motions import motion_set, swinging_take


def _clip(seconds: float = 2.0, seed: int = 0) -> MocapClip:
    take = swinging_take(seconds, seed=seed)
    return MocapClip("x", take.poses[:, :66], take.trans, take.fps)


def test_joint_positions_equal_numpy_forward_kinematics() -> None:
    clip = _clip()
    positions = features.joint_positions(features.pose_rows_of_clip(clip)).numpy()
    np.testing.assert_allclose(positions, clip.to_take().joint_positions()[:, :22], atol=1e-5)


def test_rows_to_matrices_restores_rotations() -> None:
    clip = _clip()
    matrices, root = features.rows_to_matrices(features.pose_rows_of_clip(clip))
    np.testing.assert_allclose(matrices, clip.to_take().local_matrices(), atol=1e-5)
    np.testing.assert_allclose(root, clip.to_take().root_positions(), atol=1e-5)


def test_mirror_rows_swaps_sides_and_is_an_involution() -> None:
    rows = features.pose_rows_of_clip(_clip())
    seen = features.joint_positions(features.mirror_rows(rows))
    real = features.joint_positions(rows) * torch.tensor([-1.0, 1.0, 1.0])
    torch.testing.assert_close(seen, real[:, list(MIRRORED_JOINTS[:22])], atol=1e-5, rtol=0)
    torch.testing.assert_close(features.mirror_rows(features.mirror_rows(rows)), rows)


@given(st.floats(-3.1, 3.1), st.floats(-5, 5), st.floats(-5, 5))
def test_align_heading_is_rigid(yaw: float, x: float, y: float) -> None:
    rows = features.pose_rows_of_clip(_clip(0.2))[None]
    moved = features.align_heading(rows, torch.tensor([yaw]), torch.tensor([[x, y]]))
    before, after = features.joint_positions(rows)[0], features.joint_positions(moved)[0]
    cos, sin = np.cos(-yaw), np.sin(-yaw)
    back = torch.tensor([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], dtype=torch.float32)
    expected = (before - torch.tensor([x, y, 0.0])) @ back.T
    torch.testing.assert_close(after, expected, atol=2e-5, rtol=0)


def test_batch_frames_start_at_origin_facing_minus_y() -> None:
    sequences = SequenceSet(motion_set())
    batch = sequences.even_frames(torch.arange(len(sequences)), 16)
    start = batch.rows[:, 0]
    torch.testing.assert_close(start[:, 132:134], torch.zeros(len(sequences), 2), atol=1e-5, rtol=0)
    assert features.heading(start).abs().max() < 1e-3


def test_batch_frames_are_native_with_times_in_seconds() -> None:
    sequences = SequenceSet(motion_set())
    index = torch.arange(len(sequences))
    chance = torch.Generator().manual_seed(1)
    for batch in (
        sequences.random_clips(index, 4, chance),
        sequences.random_frames(index, 9, chance),
    ):
        frames = batch.times * sequences.fps[:, None]
        torch.testing.assert_close(frames, frames.round(), atol=1e-3, rtol=0)
        assert (batch.times >= 0).all()
        assert (batch.times <= batch.durations[:, None] + 1e-5).all()
    steps = torch.diff(sequences.random_clips(index, 4, chance).times, dim=1)
    torch.testing.assert_close(steps, steps[:, :1].expand_as(steps), atol=1e-5, rtol=0)


def test_mirrored_sequences_have_mirrored_captions() -> None:
    sequences = SequenceSet(motion_set())
    half = len(sequences) // 2
    for plain, seen in zip(sequences.spans[:half], sequences.spans[half:], strict=True):
        assert seen.mirrored
        assert [mirror_caption(text) for text in plain.texts] == list(seen.texts)


def test_mirrored_sequences_have_mirrored_label() -> None:
    clip = replace(motion_set(clips=1)[0], action="wave-left-hand", captions=())
    own, mirrored = SequenceSet(MotionSet([clip])).spans
    assert (own.action, mirrored.action) == ("wave-left-hand", "wave-right-hand")
    assert any("wave right hand" in text for text in mirrored.texts)
    assert mirror_label("walk") == "walk"


def test_sequence_set_leaves_out_glitches() -> None:
    clip = _clip()
    trans = clip.trans.copy()
    trans[len(trans) // 2 :] += 2.0 * MAX_JOINT_SPEED / clip.fps
    assert len(SequenceSet(MotionSet([clip]))) == 2
    assert len(SequenceSet(MotionSet([MocapClip("x", clip.poses, trans, clip.fps)]))) == 0


def test_long_clip_is_cut_into_overlapping_windows() -> None:
    sequences = SequenceSet(MotionSet([_clip(20.0)]), mirrored=False)
    assert len(sequences) == 5
    assert all(span.duration == pytest.approx(6.0, abs=0.05) for span in sequences.spans)


def test_sequence_set_has_only_requested_split() -> None:
    assert len(SequenceSet(motion_set(), split="val")) == 0


def test_action_balance_weights_favour_rare_labels() -> None:
    spans = SequenceSet(motion_set(7)).spans
    weights = action_balance_weights(spans)
    total = dict.fromkeys(("drift", "swing"), 0.0)
    for span, weight in zip(spans, weights.tolist(), strict=True):
        total[span.action] += weight
    count = sum(span.action == "drift" for span in spans)
    assert total["drift"] == pytest.approx(count**0.5, rel=1e-5)


def test_sequence_set_spans_have_source_of_clip() -> None:
    clips = [replace(clip, source=f"s{n}") for n, clip in enumerate(motion_set(2))]
    for span in SequenceSet(MotionSet(clips)).spans:
        assert span.source == next(clip.source for clip in clips if clip.name == span.name)


@given(
    sources=st.lists(st.sampled_from(["cmu", AUTHORED_SOURCE, ""]), min_size=1, max_size=9),
    fraction=st.floats(0.01, 0.99),
)
def test_scale_authored_weights_authored_has_fraction_of_total(
    sources: list[str], fraction: float
) -> None:
    sources = [*sources, "cmu", AUTHORED_SOURCE]
    weights = torch.linspace(1.0, 2.0, len(sources))
    scaled = scale_authored_weights(weights, sources, fraction)
    is_authored = torch.tensor([source == AUTHORED_SOURCE for source in sources])
    assert float(scaled[is_authored].sum() / scaled.sum()) == pytest.approx(fraction, rel=1e-4)
    for same in (is_authored, ~is_authored):
        ratios = scaled[same] / weights[same]
        torch.testing.assert_close(ratios, ratios[:1].expand_as(ratios))


def test_scale_authored_weights_without_fraction_returns_weights() -> None:
    weights = torch.rand(3)
    assert scale_authored_weights(weights, [AUTHORED_SOURCE, "cmu", "cmu"], None) is weights


@pytest.mark.parametrize(
    ("sources", "fraction"),
    [(["cmu", "cmu"], 0.5), ([AUTHORED_SOURCE] * 2, 0.5), (["cmu", AUTHORED_SOURCE], 1.0)],
)
def test_scale_authored_weights_impossible_fraction_raises(
    sources: list[str], fraction: float
) -> None:
    with pytest.raises(ValueError, match="authored"):
        scale_authored_weights(torch.ones(2), sources, fraction)


@pytest.mark.parametrize(
    ("text", "mirrored"),
    [
        ("turns left and Right", "turns right and Left"),
        ("walks counterclockwise", "walks clockwise"),
        ("walks counter-clockwise", "walks clockwise"),
        ("a bright leftover", "a bright leftover"),
        ("leftwards", "rightwards"),
    ],
)
def test_mirror_caption_swaps_sides(text: str, mirrored: str) -> None:
    assert mirror_caption(text) == mirrored


@given(st.lists(st.sampled_from(["left", "right", "walks", "clockwise", "bright"]), max_size=8))
def test_mirror_caption_is_an_involution(words: list[str]) -> None:
    text = " ".join(words)
    assert mirror_caption(mirror_caption(text)) == text


def test_action_captions_exist_for_every_label() -> None:
    assert action_captions("walk")[0] == "a person walks"
    assert action_captions("moon_walk") == ("a person does: moon walk",)
    assert action_captions("") == ()


def test_reword_caption_preserves_predicate() -> None:
    assert "waves" in reword_caption("A person waves")
    assert "someone turns left" in reword_caption("the man turns left")
    assert reword_caption("the man turns left")[-1] == "turns left"
    assert reword_caption("walking in a circle") == ()
