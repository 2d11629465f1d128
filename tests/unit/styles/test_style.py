"""The file of a style, and takes generated in it."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from backend.kinematics.body.skeleton import Skeleton
from backend.kinematics.body.take import Take
from backend.kinematics.retarget.placement import REST_GROUND_POSE, take_ground_pose
from backend.protocol.limits import LimitError
from backend.protocol.style_file import STYLE_FPS, StyleError
from backend.protocol.timeline import LabelBlock
from backend.styles.conditioning import LevelTimelines, frame_count_at_rate, label_track
from backend.styles.features import FeatureLayout
from backend.styles.generator_api import Style, StyleSpec
from backend.styles.motion_matching import MotionMatcher
from backend.styles.networks import StyleConfig, StyleNetwork
from backend.styles.playback import StyleMotion
from backend.styles.sampler import sample_features
from backend.styles.skeleton_graph import SMPL_BODY, Body, SkeletalMotion
from backend.styles.style import StyleOrigin, write_style
from tests.support.motions import swinging_take


def untrained(body: Body = SMPL_BODY) -> StyleNetwork:
    """Return networks of a swinging body that add a little noise, different for each label."""
    torch.manual_seed(0)
    config = StyleConfig(labels=("walk", "run"), levels=4, widths=(2, 2))
    layout = FeatureLayout(body)
    network = StyleNetwork(config, layout).eval().requires_grad_(False)
    features = torch.from_numpy(
        layout.encode_motion(SkeletalMotion.from_take(swinging_take(3.0, STYLE_FPS)))
    ).float()
    network.mean.copy_(features.mean(0))
    network.std.copy_(0.05 + 0.1 * features.std(0))
    network.amplitudes.copy_(torch.tensor([1.0, 0.3, 0.2, 0.1]))
    for generator in network.generators:
        torch.nn.init.normal_(generator.film.modulate.weight, std=0.3)
    return network


def _takes() -> list[SkeletalMotion]:
    return [SkeletalMotion.from_take(swinging_take(3.0 + n, STYLE_FPS, seed=n)) for n in range(2)]


def takes_of(network: StyleNetwork) -> MotionMatcher:
    """Return a take for each of the two labels."""
    motions, tracks = [], []
    for number, motion in enumerate(_takes()):
        features = torch.from_numpy(network.layout.encode_motion(motion)).float()
        motions.append((features - network.mean) / network.std)
        tracks.append(torch.eye(2)[[number]].expand(len(features), -1))
    return MotionMatcher(motions, tracks)


def style_of(network: StyleNetwork, origin: StyleOrigin | None = None) -> Style:
    """Return a style without a file."""
    return Style(network, takes_of(network), origin or StyleOrigin())


@pytest.fixture(scope="module")
def style(tmp_path_factory: pytest.TempPathFactory) -> Style:
    path = tmp_path_factory.mktemp("styles") / "s.safetensors"
    origin = StyleOrigin("CC0-1.0", "for tests", ("a", "b"), 7.0, 12)
    write_style(path, style_of(untrained(), origin))
    return Style.load(path)


def same(one: Take, other: Take) -> bool:
    return np.array_equal(one.poses, other.poses) and np.array_equal(one.trans, other.trans)


def test_style_file_round_trip_preserves_style(style: Style, tmp_path: Path):
    assert style.labels == ("walk", "run")
    assert style.origin == StyleOrigin("CC0-1.0", "for tests", ("a", "b"), 7.0, 12)
    assert len(style.hash) == 16
    write_style(tmp_path / "again.safetensors", style)
    again = Style.load(tmp_path / "again.safetensors")
    assert same(again.generate_take(StyleSpec("walk:2")), style.generate_take(StyleSpec("walk:2")))
    kinds = {str(value.dtype) for value in load_file(tmp_path / "again.safetensors").values()}
    assert kinds == {"torch.float16", "torch.float32"}
    assert not list(tmp_path.glob(".*"))


def test_style_file_stores_only_connected_kernel_weights(tmp_path: Path):
    network, path = untrained(), tmp_path / "s.safetensors"
    write_style(path, style_of(network))
    stored = load_file(path)
    layer = network.generators[0].layers[1]
    used = (layer.mask > 0).expand(layer.weight.shape)
    assert 0 < used.float().mean() < 0.8
    assert stored["generators.0.layers.1.weight"].shape == (int(used.sum()),)
    again = Style.load(path).network
    for one, other in zip(network.parameters(), again.parameters(), strict=True):
        one.data = one.data.half().float()
        assert one.shape == other.shape
    noise = [
        torch.randn(1, n, network.layout.channel_count) for n in network.config.pyramid.lengths(40)
    ]
    conditioning = [torch.rand(1, one.shape[1], 2) for one in noise]
    for one, other in zip(network(noise, conditioning), again(noise, conditioning), strict=True):
        assert torch.equal(one, other)


def test_read_style_of_invalid_file_raises(style: Style, tmp_path: Path):
    path = tmp_path / "s.safetensors"
    with pytest.raises(StyleError, match="There is no style"):
        Style.load(path)
    write_style(path, style)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StyleError, match="is no style, or is cut short"):
        Style.load(path)
    path.write_bytes(whole[:-8] + bytes(8 * [whole[-9] ^ 1]))
    with pytest.raises(StyleError, match="damaged or was changed"):
        Style.load(path)
    path.write_bytes(whole)
    with safe_open(path, framework="pt") as archive:
        header = json.loads(archive.metadata()["anyframe_style"])
    tensors = load_file(path)
    settings = json.loads(header["settings"])
    settings["origin"]["licence"] = "mine now"
    for changed, sentence in (
        ({"format": 1}, r"another version \(format 1, not 2\)"),
        ({"settings": json.dumps(settings)}, "damaged or was changed"),
        ({"settings": None}, "damaged or was changed"),
        ({"sha256": ""}, "damaged or was changed"),
    ):
        save_file(tensors, path, {"anyframe_style": json.dumps({**header, **changed})})
        with pytest.raises(StyleError, match=sentence):
            Style.load(path)
    save_file(tensors, path, {"anyframe_style": "{}"})
    with pytest.raises(StyleError, match="damaged or was changed"):
        Style.load(path)
    save_file(tensors, path)
    with pytest.raises(StyleError, match="weight file, but no style"):
        Style.load(path)


def test_generate_take_is_reproducible_by_seed(style: Style):
    first = style.generate_take(StyleSpec("walk:2,run:2", seed=3), 60)
    assert len(first) == 240
    assert same(first, style.generate_take(StyleSpec("walk:2,run:2", seed=3), 60))
    assert not np.allclose(
        first.poses, style.generate_take(StyleSpec("walk:2,run:2", seed=4), 60).poses
    )
    assert first.metadata["style"] == style.hash
    assert first.metadata["licence"] == "CC0-1.0"
    assert first.metadata["seed"] == 3
    spot = take_ground_pose(first)
    assert np.allclose(spot.position, REST_GROUND_POSE.position, atol=0.02)
    assert spot.heading == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize("seconds", [0.5, 0.51, 3.333, 61.7])
@pytest.mark.parametrize("loop", [False, True])
def test_generate_take_has_requested_length(style: Style, seconds: float, loop: bool):
    take = style.generate_take(
        StyleSpec([LabelBlock("walk", seconds)], loop=loop), 24, lock_feet=False
    )
    assert len(take) == round(seconds * 24) + loop
    assert np.isfinite(take.poses).all()


def test_generate_take_at_other_rates_samples_same_motion(style: Style):
    once = style.generate_take(StyleSpec("walk:2"), STYLE_FPS, lock_feet=False)
    for fps in (60.0, 120.0, 240.0):
        step = round(fps / STYLE_FPS)
        dense = style.generate_take(StyleSpec("walk:2"), fps, lock_feet=False)
        assert np.array_equal(dense.poses[::step], once.poses)
        assert np.allclose(dense.trans[::step], once.trans, atol=1e-6)
    film = style.generate_take(StyleSpec("walk:2"), 24000 / 1001, lock_feet=False)
    assert len(film) == 48
    assert film.fps == 24000 / 1001


def test_style_motion_at_style_fps_equals_sampled_features(style: Style):
    network = style.network
    frames = frame_count_at_rate(2.0)
    track = label_track([LabelBlock("run", 2.0)], style.labels, np.arange(frames) / STYLE_FPS, 0.5)
    features = sample_features(network, [track] * 4, frames, 5)
    drawn, _ = network.layout.decode_features(features)
    played = StyleMotion(network.layout, features, 2.0).to_motion(90.0)
    assert np.array_equal(played.matrices[::3], drawn.matrices[:60])
    assert np.array_equal(played.root[::3], drawn.root[:60])


def test_style_motion_between_keys_is_smooth(style: Style):
    dense = style.generate_take(StyleSpec("walk:2"), 600, lock_feet=False).joint_positions()
    speed = np.linalg.norm(np.diff(dense, axis=0), axis=-1) * 600
    change = np.abs(np.diff(speed, axis=0))
    coarse = style.generate_take(StyleSpec("walk:2"), STYLE_FPS, lock_feet=False).joint_positions()
    jump = np.abs(np.diff(np.linalg.norm(np.diff(coarse, axis=0), axis=-1) * STYLE_FPS, axis=0))
    assert change.max() < 0.5 * jump.max()


@pytest.mark.parametrize("lock_feet", [False, True])
def test_generate_take_of_loop_ends_at_its_start(style: Style, lock_feet: bool):
    take = style.generate_take(
        StyleSpec("walk:2,run:1.5", seed=1, loop=True), 60, lock_feet=lock_feet
    )
    assert len(take) == 211
    assert np.allclose(take.poses[0, 3:], take.poses[-1, 3:], atol=2e-3)
    assert take.trans[0, 2] == pytest.approx(take.trans[-1, 2], abs=2e-3)
    joints = take.joint_positions() - take.joint_positions()[:, :1]
    lengths = np.linalg.norm(np.diff(joints, axis=0), axis=-1).max(axis=1)
    across = np.linalg.norm(np.diff(_turned_back(take), axis=0), axis=-1).max(axis=1)
    assert across[-1] < 2 * lengths.max()
    once = style.generate_take(StyleSpec("walk:2,run:1.5", seed=1), 60, lock_feet=lock_feet)
    assert not np.allclose(once.poses[0, 3:], once.poses[-1, 3:], atol=1e-2)


def _turned_back(take: Take) -> np.ndarray:
    """Return the joints (2, J, 3) of the last frame but one and the first, without heading."""
    from backend.kinematics.math.rotations import axis_rotation
    from backend.kinematics.retarget.placement import take_headings

    joints = take.joint_positions() - take.joint_positions()[:, :1]
    back = axis_rotation("Z", -take_headings(take))
    turned = (back[:, None] @ joints[..., None])[..., 0]
    return turned[[-2, 0]]


def test_fine_conditioning_leaves_coarse_levels_unchanged(style: Style):
    spec = StyleSpec("walk:2", fine="run:2", fine_levels=1)
    tracks = spec.control_tracks(style.labels, style.levels)
    assert len(tracks) == 4
    assert all(track[0].tolist() == [1, 0] for track in tracks[:3])
    assert tracks[3][0].tolist() == [0, 1]
    coarse, fine = (
        style.generate_take(StyleSpec("walk:4", seed=2)),
        style.generate_take(StyleSpec("walk:4", seed=2, fine="run:4")),
    )
    other = style.generate_take(StyleSpec("run:4", seed=2))
    assert not same(coarse, fine)
    near = np.abs(coarse.poses - fine.poses).mean()
    assert near < np.abs(coarse.poses - other.poses).mean()


def test_level_timelines_apply_to_each_level(style: Style):
    plain = style.generate_take(StyleSpec("walk:2,run:1", seed=1))
    assert same(
        style.generate_take(StyleSpec(LevelTimelines(("walk:2,run:1",) * 4), seed=1)), plain
    )
    by_level = style.generate_take(StyleSpec(LevelTimelines(("walk:3",) * 3 + ("run:3",)), seed=1))
    assert same(
        by_level, style.generate_take(StyleSpec("walk:3", seed=1, fine="run:3", fine_levels=1))
    )


def test_originality_moves_from_takes_to_networks(style: Style):
    features = [style.network.layout.encode_motion(one) for one in _takes()]

    def away(originality: float) -> float:
        """Return the mean distance of frames to the nearest frame of the takes."""
        spec = StyleSpec("walk:2,run:2", seed=5, originality=originality)
        motion = style.generate_motion(spec)
        turned = style.network.layout.encode_motion(motion)[
            :, : style.network.layout.rotation_channels
        ]
        known = np.concatenate(features)[:, : style.network.layout.rotation_channels]
        return float(np.linalg.norm(turned[:, None] - known, axis=-1).min(axis=1).mean())

    distances = [away(originality) for originality in (0.0, 0.3, 0.6, 1.0)]
    assert distances == sorted(distances)
    assert distances[0] < 0.3 * distances[-1]
    frames = frame_count_at_rate(2.0)
    track = label_track([LabelBlock("run", 2.0)], style.labels, np.arange(frames) / STYLE_FPS, 0.5)
    alone = sample_features(style.network, [track] * 4, frames, 5)
    with_takes = sample_features(
        style.network, [track] * 4, frames, 5, matcher=style.matcher, originality=1.0
    )
    assert np.array_equal(alone, with_takes)


def test_numbers_and_labels_give_same_take(style: Style):
    frames = frame_count_at_rate(3.0)
    track = label_track(
        [LabelBlock("walk", 1.5), LabelBlock("run", 1.5)],
        style.labels,
        np.arange(frames) / STYLE_FPS,
        0.5,
    )
    by_labels = style.generate_take(StyleSpec("walk:1.5,run:1.5", seed=1))
    by_numbers = style.generate_take(StyleSpec(track[:90], seed=1))
    assert by_numbers.metadata["seconds"] == 3.0
    assert same(by_labels, by_numbers)
    looped = style.generate_take(StyleSpec("walk:1.5,run:1.5", seed=1, loop=True))
    round_track = label_track(
        [LabelBlock("walk", 1.5), LabelBlock("run", 1.5)],
        style.labels,
        np.arange(90) / STYLE_FPS,
        0.5,
        loop=True,
    )
    assert same(looped, style.generate_take(StyleSpec(round_track, seed=1, loop=True)))
    levels = np.stack([track[:90]] * 4)
    assert same(style.generate_take(StyleSpec(levels, seed=1)), by_numbers)
    levels[2:] = levels[2:, :, ::-1]
    assert not same(style.generate_take(StyleSpec(levels, seed=1)), by_numbers)


def test_generate_with_invalid_spec_raises(style: Style):
    def refused(sentence: str, *args, **more) -> None:
        with pytest.raises(StyleError, match=sentence):
            style.generate_take(StyleSpec(*args, **more))

    refused('did you mean "walk"', "wolk:2")
    refused("at least 0.5 s", "walk:0.2")
    refused("got 3 s and 2 s", "walk:2", fine="run:3")
    refused("column for each of the style's 2 labels", np.ones((60, 3)))
    refused("has 4 levels .got labels for 3", np.ones((3, 60, 2)))
    refused("has 4 levels .got labels for 2", LevelTimelines(("walk:2", "run:2")))
    refused("got 2, 2, 2, 3 s", LevelTimelines(("walk:2",) * 3 + ("run:3",)))
    refused("Fine labels cannot be combined", LevelTimelines(("walk:2",) * 4), fine="run:2")
    refused("not finite", np.full((60, 2), np.nan))
    refused("Fine labels cannot be combined", np.ones((4, 60, 2)), fine="walk:2")
    refused("The overlap must be 0 s or more .got -1 s", "walk:2", overlap=-1)
    for seconds in (-1.0, 0.0, float("nan"), float("inf")):
        refused("must be longer than 0 s", [LabelBlock("run", 2.0), LabelBlock("walk", seconds)])
    for count in (0, 4):
        with pytest.raises(LimitError, match=f"between 1 and 3 .got {count}"):
            style.generate_take(StyleSpec("walk:2", fine="run:2", fine_levels=count))
    for originality in (-0.1, 1.1, float("nan")):
        with pytest.raises(LimitError, match="originality must be between"):
            style.generate_take(StyleSpec("walk:2", originality=originality))
    for fps, seed, timeline in ((0.5, 0, "walk:2"), (30, -1, "walk:2"), (1000, 0, "walk:60")):
        with pytest.raises(LimitError):
            style.generate_take(StyleSpec(timeline, seed=seed), fps)
    for draw_so_much in (
        style.generate_take,
        style.generate_motion,
        style.sample_motion,
    ):
        with pytest.raises(LimitError, match="number of frames must be"):
            draw_so_much(StyleSpec("walk:1e12"))


def test_style_of_other_skeleton_generates_no_take(style: Style):
    names = ("other", *SMPL_BODY.skeleton.names[1:])
    skeleton = Skeleton(names, SMPL_BODY.skeleton.parents, SMPL_BODY.skeleton.offsets)
    body = Body(skeleton, SMPL_BODY.feet, SMPL_BODY.foot_heights)
    own = style_of(untrained(body))
    with pytest.raises(StyleError, match=r"write a \.bvh"):
        own.generate_take(StyleSpec("walk:2"))
    assert own.generate_motion(StyleSpec("walk:2"), 60).body.skeleton.names[0] == "other"
