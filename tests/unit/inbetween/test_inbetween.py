"""What a network adds between keys: nothing in them, nothing where it is not trusted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from backend.__main__ import app
from backend.data.motion_set import AUTHORED_SOURCE, JOINT_COUNT, save_motion_set
from backend.evaluation.experiments.resampling import (
    METHODS,
    error_ratios_by_label,
    error_rows,
    evaluate_interpolation,
    plot_errors,
)
from backend.evaluation.figures.keyframe_gap import plot_gap
from backend.inbetween import resampler as resample_module
from backend.inbetween.dataset import (
    KEYS_PER_WINDOW,
    SAMPLES_PER_GAP,
    KeyWindowDataset,
    slope_time_scales,
)
from backend.inbetween.features import KEY_FEATURES, key_features
from backend.inbetween.resampler import SplineResampler, gap_bend_weights
from backend.inbetween.spline_network import InbetweenConfig, Inbetweener, bend_basis
from backend.inbetween.train import (
    InbetweenTrainer,
    InbetweenTraining,
    bend_spline,
    joint_and_rotation_errors,
    rotation_matrices,
)
from backend.inbetween.weights import INBETWEEN_FILE, export_inbetween, load_inbetween
from backend.kinematics.body.take import Take, load_take, save_take
from backend.kinematics.editing.transitions import GroundTransform, MotionFrames
from backend.kinematics.math.rotations import Array, axis_angle_to_matrix, axis_rotation
from backend.kinematics.math.splines import KeyGaps, PoseSpline
from backend.kinematics.mocap.bvh import write_bvh
from backend.service.engine import resampling
from backend.service.engine.interface import EngineError
from backend.service.schema.requests import ResampleRequest
from backend.training.run import TrainingError
from backend.training.weight_files import WeightsError
from tests.support.motions import motion_set, swinging_take

TINY = InbetweenConfig(width=16, blocks=2, terms=3)


def _network(seed: int = 0, size: float = 0.02) -> Inbetweener:
    """One that says something, if nothing sensible."""
    torch.manual_seed(seed)
    network = Inbetweener(TINY).eval()
    for head in (network.slope, network.bend):
        torch.nn.init.normal_(head.weight, std=size)
    return network.requires_grad_(False)


def _keys(step: int = 6) -> tuple[Array, Array, Array]:
    take = swinging_take(seconds=3.0, fps=60.0)
    keys = np.arange(0, len(take), step)
    return take.times[keys], take.local_matrices()[keys], take.root_positions()[keys]


def test_resampler_keys_unchanged() -> None:
    times, matrices, root = _keys()
    motion = SplineResampler(_network()).fit_spline(times, matrices, root)
    found, places = motion.evaluate(times)
    np.testing.assert_array_equal(found, matrices)
    np.testing.assert_array_equal(places, root)
    between = motion.evaluate(times[:-1] + np.diff(times) / 2)[0]
    plain = PoseSpline.through_keys(times, matrices, root).evaluate(
        times[:-1] + np.diff(times) / 2
    )[0]
    assert np.abs(between - plain).max() > 1e-3, "the network says something"


def test_resampler_velocity_continuous_at_key() -> None:
    times, matrices, root = _keys()
    motion, small = SplineResampler(_network()).fit_spline(times, matrices, root), 1e-5
    for key in times[1:-1]:
        before, now, after = (motion.evaluate(np.array([key + d])) for d in (-small, 0, small))
        np.testing.assert_allclose(now[0] - before[0], after[0] - now[0], atol=5e-7)
        np.testing.assert_allclose(now[1] - before[1], after[1] - now[1], atol=5e-7)


def test_resampler_new_network_matches_spline() -> None:
    times, matrices, root = _keys()
    looks = np.linspace(0, times[-1], 50)
    found = (
        SplineResampler(Inbetweener(TINY).eval()).fit_spline(times, matrices, root).evaluate(looks)
    )
    plain = PoseSpline.through_keys(times, matrices, root).evaluate(looks)
    np.testing.assert_allclose(found[0], plain[0], atol=1e-6)
    np.testing.assert_allclose(found[1], plain[1], atol=1e-6)


def test_resampler_moved_take_gives_moved_result() -> None:
    times, matrices, root = _keys()
    move = GroundTransform(1.1, (3.0, -2.0))
    moved = MotionFrames(matrices, root, np.zeros((len(root), 4))).transformed(move)
    resampler, looks = SplineResampler(_network()), np.linspace(0, times[-1], 50)
    here = MotionFrames(
        *resampler.fit_spline(times, matrices, root).evaluate(looks), np.zeros((50, 4))
    ).transformed(move)
    there = resampler.fit_spline(times, moved.matrices, moved.root).evaluate(looks)
    np.testing.assert_allclose(there[0], here.matrices, atol=1e-5)
    np.testing.assert_allclose(there[1], here.root, atol=1e-5)


def test_resampler_long_take_chunks_match_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    times, matrices, root = _keys(step=1)
    resampler, looks = SplineResampler(_network()), np.linspace(0, times[-1], 500)
    whole = resampler.fit_spline(times, matrices, root).evaluate(looks)
    monkeypatch.setattr(resample_module, "_CHUNK_KEYS", 37)
    pieces = resampler.fit_spline(times, matrices, root).evaluate(looks)
    np.testing.assert_allclose(pieces[0], whole[0], atol=1e-6)


def test_resampler_untrusted_gap_matches_spline() -> None:
    times, matrices, root = _keys()
    trust = np.ones(len(times) - 1)
    trust[5:9] = 0
    motion = SplineResampler(_network()).fit_spline(times, matrices, root, trust)
    spline = PoseSpline.through_keys(times, matrices, root)
    looks = np.linspace(times[6], times[8], 30)
    np.testing.assert_allclose(motion.evaluate(looks)[0], spline.evaluate(looks)[0], atol=1e-9)
    others = np.linspace(times[1], times[4], 30)
    assert np.abs(motion.evaluate(others)[0] - spline.evaluate(others)[0]).max() > 1e-3


def test_estimate_trust_wrong_network_is_not_trusted() -> None:
    keys = _keys()
    wrong, _ = SplineResampler(_network(size=0.2)).estimate_trust(*keys, max_error=0.0)
    assert wrong.mean() < 0.2
    trust, errors_ = SplineResampler(_network(size=0.05)).estimate_trust(*keys, max_error=1.0)
    assert trust.all(), "within the bound it is trusted in any case"
    assert np.isnan(errors_[[0, -1]]).all() and np.isfinite(errors_[1:-1]).all()
    assert (
        SplineResampler(_network())
        .estimate_trust(*(part[:4] for part in keys), max_error=0.0)[0]
        .all()
    )


def test_resampler_still_gap_does_not_move() -> None:
    times, matrices, root = _keys()
    matrices[8:12], root[8:12] = matrices[8], root[8]
    still = np.zeros(len(times) - 1, dtype=bool)
    still[8:11] = True
    motion = SplineResampler(_network()).fit_spline(times, matrices, root, None, still)
    found, places = motion.evaluate(np.linspace(times[8], times[11], 30))
    np.testing.assert_allclose(found, np.broadcast_to(matrices[8], found.shape), atol=1e-12)
    np.testing.assert_allclose(places, np.broadcast_to(root[8], places.shape), atol=1e-12)


def test_bend_basis_zero_at_keys() -> None:
    edges = bend_basis(torch.tensor([0.0, 1.0, 1e-4, 1 - 1e-4], dtype=torch.float64), 3)
    assert float(edges[:2].abs().max()) == 0
    assert float(edges[2:].abs().max()) < 1e-6, "nor do they leave at once"


def test_key_features_include_neighbours_and_ends() -> None:
    times, matrices, root = _keys()
    matrices = matrices[:, :JOINT_COUNT]
    features, headings = key_features(matrices, root, KeyGaps.from_keys(times, matrices, root))
    assert features.shape == (len(times), KEY_FEATURES) and headings.shape == (len(times),)
    side = 3 * JOINT_COUNT + 5
    assert not features[0, -2 * side : -side].any() and not features[-1, -side:].any()
    assert features[1:, -side - 1].all() and features[:-1, -1].all(), "elsewhere there is one"


def test_slope_time_scales_is_geometric_mean_of_gaps() -> None:
    np.testing.assert_allclose(slope_time_scales(np.array([0.1, 0.4])), [0.1, 0.2, 0.4])


def test_rotation_matrices_match_numpy() -> None:
    turns = torch.randn(50, 3, dtype=torch.float64)
    turns[0] = 0
    np.testing.assert_allclose(
        rotation_matrices(turns), axis_angle_to_matrix(turns.numpy()), atol=1e-9
    )


def test_gap_bend_weights_shortest_gaps_are_zero() -> None:
    np.testing.assert_allclose(
        gap_bend_weights(np.array([0.01, 1 / 30, 0.05, 1 / 15, 0.5])), [0, 0, 0.5, 1, 1]
    )
    times, matrices, root = _keys(step=2)
    looks = np.linspace(0, times[-1], 50)
    found = SplineResampler(_network()).fit_spline(times, matrices, root).evaluate(looks)
    plain = PoseSpline.through_keys(times, matrices, root).evaluate(looks)
    np.testing.assert_allclose(found[0], plain[0], atol=1e-9)


def test_dataset_examples_match_resampler(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training and use bend the same spline by the same rule."""
    monkeypatch.setattr(resample_module, "gap_bend_weights", np.ones_like)
    clips = [clip for clip in motion_set() if clip.fps >= 30]
    batch = KeyWindowDataset(clips).sample_batch(3, np.random.default_rng(0))
    assert batch.features.shape == (3, KEYS_PER_WINDOW, KEY_FEATURES)
    assert batch.gap_fractions.shape == (3, KEYS_PER_WINDOW - 1, SAMPLES_PER_GAP)
    network = _network()
    turns, moves = bend_spline(batch, *network(batch.features))
    places, turned = joint_and_rotation_errors(batch, turns, moves)
    assert places.shape == turned.shape == (3, KEYS_PER_WINDOW - 1, SAMPLES_PER_GAP)
    hands = np.tile(np.eye(3), (KEYS_PER_WINDOW, 2, 1, 1))
    for n in range(3):
        matrices = np.concatenate([batch.matrices[n].numpy(), hands], axis=1)
        times = np.concatenate([[0.0], np.cumsum(batch.gap_seconds[n].double().numpy())])
        looks = (
            times[:-1, None]
            + batch.gap_fractions[n].numpy() * batch.gap_seconds[n].numpy()[:, None]
        )
        motion = SplineResampler(network).fit_spline(
            times, matrices, batch.root[n].double().numpy()
        )
        found, root = motion.evaluate(looks.reshape(-1))
        first = batch.matrices[n, :-1, None] @ rotation_matrices(turns[n])
        np.testing.assert_allclose(found[:, :JOINT_COUNT].reshape(first.shape), first, atol=2e-4)
        expected_root = (batch.root[n, :-1, None] + moves[n]).reshape(-1, 3)
        np.testing.assert_allclose(root, expected_root, atol=2e-4)


def test_train_inbetween_resumes_and_lowers_error(tmp_path: Path) -> None:
    data, run = tmp_path / "set.npz", tmp_path / "run"
    clips = [replace(clip, fps=4 * clip.fps) for clip in motion_set(seconds=8.0)]
    save_motion_set(data, clips)
    training = InbetweenTraining(steps=200, batch=8, rate=2e-3)
    assert not InbetweenTrainer(data, training, TINY).run(run, time_limit=0.0)
    assert InbetweenTrainer(data, training, TINY).run(run)
    export_inbetween(run, tmp_path / "out", "for tests")
    network = load_inbetween(tmp_path / "out")
    assert network.config == TINY
    batch = KeyWindowDataset(clips).sample_batch(40, np.random.default_rng(1))
    learnt, _ = joint_and_rotation_errors(batch, *bend_spline(batch, *network(batch.features)))
    plain, _ = joint_and_rotation_errors(batch, batch.spline_rotations, batch.spline_translations)
    assert float(learnt.mean()) < 0.9 * float(plain.mean())
    with (tmp_path / "out" / INBETWEEN_FILE).open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(WeightsError, match="damaged or was changed"):
        load_inbetween(tmp_path / "out")


def test_dataset_authored_fraction_sets_weights_of_clips() -> None:
    still, swinging = (clip for clip in motion_set() if clip.fps >= 60)
    still.poses[:] = still.poses[0]
    clips = [replace(still, source=AUTHORED_SOURCE), swinging]
    dataset = KeyWindowDataset(clips, authored_fraction=0.8)
    batch = dataset.sample_batch(300, np.random.default_rng(0))
    is_still = (batch.matrices[:, 0, 1:] == batch.matrices[:, 1, 1:]).flatten(1).all(1)
    assert float(is_still.float().mean()) == pytest.approx(0.8, abs=0.07)


def test_train_inbetween_no_dense_clip_raises(tmp_path: Path) -> None:
    save_motion_set(tmp_path / "set.npz", motion_set(seconds=0.1))
    with pytest.raises(TrainingError, match="no training motion"):
        InbetweenTrainer(tmp_path / "set.npz", InbetweenTraining(steps=1), TINY).run(
            tmp_path / "run"
        )


def _request(**fields: object) -> ResampleRequest:
    return ResampleRequest(**{"fps": 120.0, **fields})


def _ignore(step: int, total: int, message: str = "") -> None:
    pass


def test_engine_resample_take_has_new_rate() -> None:
    take = swinging_take(seconds=2.0, fps=24.0)
    take.metadata = {"prompt": "a swing", "latent": [1.0], "licence": "x"}
    steps: list[tuple[int, int]] = []
    made = resampling.resample_take(
        SplineResampler(_network()), _request(), take, lambda s, t, _m="": steps.append((s, t))
    )
    assert len(made) == (len(take) - 1) * 5 + 1 and made.fps == 120
    np.testing.assert_allclose(made.poses[::5], take.poses, atol=1e-5)
    np.testing.assert_allclose(made.trans[::5], take.trans, atol=1e-5)
    assert made.metadata["prompt"] == "a swing" and "latent" not in made.metadata
    assert made.metadata["resampled"]["keys"] == len(take)
    assert steps[0][0] == 0 and steps[-1][0] == steps[-1][1]


def test_engine_resample_uneven_key_times() -> None:
    take = swinging_take(seconds=2.0, fps=30.0)
    keys = np.array([0, 3, 4, 11, 20, 33, 47, 59])
    few = Take(take.poses[keys], take.trans[keys], 1.0)
    times = [float(n) / 30 for n in keys]
    made = resampling.resample_take(
        SplineResampler(_network()), _request(times=times), few, _ignore
    )
    np.testing.assert_allclose(made.poses[keys * 4], few.poses, atol=1e-5)
    assert len(made) == 59 * 4 + 1


def test_engine_resample_animation_on_twos() -> None:
    take = swinging_take(seconds=2.0, fps=12.0)
    twos = Take(np.repeat(take.poses, 2, axis=0), np.repeat(take.trans, 2, axis=0), 24.0)
    held, smooth = (
        resampling.resample_take(
            SplineResampler(_network()), _request(fps=48.0, holds=holds), twos, _ignore
        )
        for holds in ("KEEP", "SMOOTH")
    )
    assert len(held.metadata["resampled"]["holds"]) == len(take)
    np.testing.assert_allclose(held.poses[::2], twos.poses, atol=1e-5)
    np.testing.assert_allclose(held.poses[1::4], held.poses[:-1:4], atol=1e-6)
    np.testing.assert_allclose(smooth.poses[:-4:4], take.poses[:-1], atol=1e-5)
    assert np.abs(smooth.poses[2:-4:4] - smooth.poses[:-4:4]).max() > 1e-3


def test_engine_resample_without_weights_raises(tmp_path: Path) -> None:
    (tmp_path / "weights.json").write_text("{}")
    with pytest.raises(EngineError, match=r"inbetween\.safetensors is missing"):
        resampling.load_resampler(tmp_path)


def test_score_resampling_held_out_captures() -> None:
    clips = [clip for clip in motion_set() if round(clip.fps) == 120]
    assert clips
    filled = list(evaluate_interpolation(clips, SplineResampler(Inbetweener(TINY).eval())))
    rows = error_rows(filled)
    assert len(rows) == 18 and [row[1] for row in rows[:3]] == list(METHODS)
    cubic, ours = rows[1], rows[2]
    assert ours[2] == pytest.approx(cubic[2], rel=1e-3), "a new network is the spline"
    assert max(row[5] for row in rows) < 1e-3, "kept keys, in mm"
    ratios = error_ratios_by_label(filled)
    assert all(abs(ratio - 1) < 1e-3 for row in ratios.values() for ratio in row.values())
    assert len(plot_errors(filled).axes[0].lines) == 3


def test_keyframe_gap_figure_shows_each_time() -> None:
    clip = next(clip for clip in motion_set() if round(clip.fps) == 120)
    figure = plot_gap(clip, 8.0, SplineResampler(_network()))
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[0] == titles[-1] == "key" and all("mm" in title for title in titles[1:-1])


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(resampling, "load_resampler", lambda: SplineResampler(_network()))
    monkeypatch.chdir(tmp_path)
    save_take(swinging_take(seconds=1.0, fps=24.0), tmp_path / "in.npz")
    return tmp_path


def _run(*arguments: object):
    return CliRunner().invoke(app, [str(a) for a in arguments], env={"COLUMNS": "300"})


def test_resample_command_file(small: Path) -> None:
    result = _run("resample", "in.npz", "--fps", 60, "-o", "out/up.npz")
    assert result.exit_code == 0, result.output
    take = load_take("out/up.npz")
    assert take.fps == 60 and len(take) == int(23 / 24 * 60 + 1e-6) + 1
    assert "up.npz" in result.stdout and "24" in result.stdout


_PROP = """HIERARCHY
ROOT Box
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  End Site
  {
    OFFSET 0 10 0
  }
}
MOTION
Frames: 2
Frame Time: 0.04
0 0 0 0 0 0
0 1 0 0 0 0
"""
"""A motion of no human."""


def test_resample_command_folder(small: Path) -> None:
    folder = small / "takes" / "more"
    folder.mkdir(parents=True)
    take = swinging_take(seconds=1.0, fps=24.0)
    save_take(take, folder / "a.npz")
    write_bvh(take, folder.parent / "b.bvh")
    (folder / "broken.npz").write_bytes(b"no")
    (folder / "notes.txt").write_text("no take")
    (folder / "a_prop.bvh").write_text(_PROP)
    result = _run("resample", "takes", "--fps", 48, "-o", "up")
    assert result.exit_code == 1
    assert "broken.npz: " in result.stderr and "not a readable" in result.stderr
    assert "a_prop.bvh: " in result.stderr
    assert load_take("up/more/a.npz").fps == 48
    assert (small / "up" / "b.bvh").is_file()
    assert not (small / "up" / "more" / "broken.npz").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("in.npz", "--fps", 12), ["24 fps for in.npz (got 12 fps)", "does not remove frames"]),
        (("in.npz", "--fps", 0), ["frame rate", "0"]),
        (("in.npz", "--holds", "melt"), ["holds"]),
        (("in.npz", "--bound", 2), ["The error bound must be", "metres (got 2)"]),
        (("in.npz", "-o", "up.mov"), ["up.mov", ".npz or .bvh"]),
        (("nothing.npz",), ["There is no file nothing.npz"]),
        (("empty", "-o", "out"), ["no .npz or .bvh file"]),
        (("one.npz",), ["at least 2 key times (got 1)"]),
        (("in.npz", "--fps", 1000000), ["frame rate", "1000"]),
    ],
    ids=str,
)
def test_resample_command_invalid_input_names_reason(
    small: Path, arguments: tuple[object, ...], words: list[str]
) -> None:
    (small / "empty").mkdir()
    take = swinging_take(seconds=1.0, fps=24.0)
    save_take(Take(take.poses[:1], take.trans[:1], 24.0), small / "one.npz")
    result = _run("resample", *arguments)
    assert result.exit_code not in (0, None)
    missing = [word for word in words if word not in result.stderr]
    assert not missing, result.stderr


def test_key_features_heading_matches_axis_rotation() -> None:
    """Turned keys are seen alike: the network's input does not know where someone faces."""
    times, matrices, root = _keys()
    matrices = matrices[:, :JOINT_COUNT]
    spin = axis_rotation("Z", 0.7)
    turned = matrices.copy()
    turned[:, 0] = spin @ matrices[:, 0]
    around = root @ spin.T
    here = key_features(matrices, root, KeyGaps.from_keys(times, matrices, root))[0]
    there = key_features(turned, around, KeyGaps.from_keys(times, turned, around))[0]
    np.testing.assert_allclose(here, there, atol=1e-6)
