"""Label timelines as control tracks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.protocol.style_file import StyleError
from backend.protocol.timeline import LabelBlock, check_label, parse_timeline, timeline_seconds
from backend.styles.conditioning import are_label_weights, label_track
from backend.styles.pyramid import resize_track

LABELS = ("walk", "run", "jump")
spans = st.lists(
    st.builds(LabelBlock, st.sampled_from(LABELS), st.floats(0.1, 5)), min_size=1, max_size=6
)


@given(spans, st.floats(0, 6), st.booleans())
def test_label_track_rows_sum_to_one(timeline: list[LabelBlock], overlap: float, loop: bool):
    times = np.linspace(0, timeline_seconds(timeline), 97, endpoint=not loop)
    track = label_track(timeline, LABELS, times, overlap, loop)
    assert np.allclose(track.sum(axis=1), 1.0)
    assert (track >= 0).all()
    assert (track <= 1 + 1e-12).all()
    assert are_label_weights(track)
    assert are_label_weights(track.astype(np.float16).astype(float))  # as files have them


def test_are_label_weights_of_signal_is_false():
    even = np.full((5, 4), 0.25)
    assert are_label_weights(even)
    for row in ([0.25, 0.25, 0.25, 0.3], [0.25, 0.25, 0.25, 0.2], [-0.25, 0.75, 0.25, 0.25]):
        other = even.copy()
        other[2] = row
        assert not are_label_weights(other)


@given(spans, st.floats(0, 1), st.integers(2, 200), st.booleans())
def test_resize_track_of_label_track_rows_sum_to_one(
    timeline: list[LabelBlock], overlap: float, n: int, loop: bool
):
    times = np.linspace(0, timeline_seconds(timeline), 61)
    track = resize_track(label_track(timeline, LABELS, times, overlap), n, loop)
    assert track.shape == (n, 3)
    assert np.allclose(track.sum(axis=1), 1.0)


def test_label_track_is_pure_outside_overlap():
    timeline = parse_timeline("walk:2, run:3,jump:1")
    times = np.arange(0, 6.001, 0.1)
    track = label_track(timeline, LABELS, times, 0.8)
    assert track[times < 1.6 - 1e-9].tolist() == [[1, 0, 0]] * 16
    assert np.allclose(track[20], [0.5, 0.5, 0])
    assert track[25].tolist() == [0, 1, 0]
    rising = track[15:26, 1]
    assert (np.diff(rising) >= 0).all()
    hard = label_track(timeline, LABELS, times, 0.0)
    assert set(hard.ravel().tolist()) == {0.0, 1.0}


def test_label_track_limits_overlap_to_short_blocks():
    track = label_track(
        parse_timeline("walk:2,run:0.2,jump:2"), LABELS, np.arange(0, 4.2, 0.02), 2.0
    )
    assert track[:95, 1].sum() == 0
    assert np.allclose(track.sum(axis=1), 1)


def test_label_track_of_loop_fades_last_label_into_first():
    timeline = parse_timeline("walk:2,run:2")
    times = np.arange(120) / 30
    track = label_track(timeline, LABELS, times, 0.6, loop=True)
    assert np.allclose(track[0], [0.5, 0.5, 0])
    assert track[3, 0] > 0.5
    assert track[-3, 1] > 0.5 > track[-3, 0] > 0
    once = label_track(timeline, LABELS, times, 0.6)
    assert once[0].tolist() == [1, 0, 0]
    one = label_track(parse_timeline("walk:4"), LABELS, times, 0.6, loop=True)
    assert np.array_equal(one, np.tile([1.0, 0, 0], (120, 1)))


def test_resize_track_of_loop_wraps_around():
    track = np.array([[1.0, 0], [0, 1]])
    assert resize_track(track, 4, loop=True)[:, 0].tolist() == [1, 0.5, 0, 0.5]
    assert resize_track(track, 3)[:, 0].tolist() == [1, 0.5, 0]


@pytest.mark.parametrize(
    "text", ["", "walk", "walk:", ":3", "walk:x", "walk:0", "walk:-1", "walk:inf", "walk:3,,run:2"]
)
def test_parse_timeline_with_invalid_text_raises(text: str):
    with pytest.raises(StyleError, match="is no label with its seconds"):
        parse_timeline(text)


def test_parse_timeline_accepts_colons_and_spaces_in_labels():
    assert parse_timeline(" slow walk:2 ,a:b:1.5") == (
        LabelBlock("slow walk", 2.0),
        LabelBlock("a:b", 1.5),
    )


def test_unknown_label_raises_with_nearest_label():
    with pytest.raises(
        StyleError, match=r'no label "wlak"; did you mean "walk"\? It knows: walk, run'
    ):
        label_track([LabelBlock("wlak", 1)], LABELS, np.arange(3), 0.5)
    with pytest.raises(StyleError, match=r'no label "zzz"\. It knows'):
        check_label("zzz", LABELS)
    with pytest.raises(StyleError, match='did you mean "walk"'):
        check_label("Walk", LABELS)


def test_label_track_with_empty_timeline_or_bad_overlap_raises():
    with pytest.raises(StyleError, match="timeline is empty"):
        label_track([], LABELS, np.arange(3), 0.5)
    for overlap in (-0.1, float("nan"), float("inf")):
        with pytest.raises(StyleError, match="must be 0 s or more"):
            label_track([LabelBlock("walk", 1)], LABELS, np.arange(3), overlap)
