"""MotionINR's sampler and weight file."""

from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from backend.__main__ import app
from backend.data.motion_set import save_motion_set
from backend.kinematics.body.take import load_take
from backend.motioninr.export import read_trained_run, write_motioninr
from backend.motioninr.gmm_fit import FitSettings, fit_mixtures, learnt_codes
from backend.motioninr.model import MotionInrConfig
from backend.motioninr.novelty import COMPARED_FRAMES, KnownMotions
from backend.motioninr.sampler import MotionInrSampler
from backend.motioninr.train import MotionInrTrainer, MotionInrTraining
from backend.motioninr.weights import MOTIONINR_FILE, MotionInrWeights, load_motioninr
from backend.training.weight_files import WeightsError
from tests.support.motions import labelled_clips

SMALL = MotionInrConfig(action_code=8, sequence_code=24, time_code=32, hidden=(64, 32))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("takes") / "set.npz"
    save_motion_set(path, labelled_clips(lone=True))
    return path


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    assert MotionInrTrainer(data, MotionInrTraining(steps=20, batch=8), SMALL).run(folder)
    return folder


@pytest.fixture(scope="module")
def folder(data: Path, run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("weights")
    trained = read_trained_run(run, data)
    write_motioninr(
        trained, fit_mixtures(learnt_codes(trained), FitSettings(min_captures=4)), out, "tests"
    )
    return out


@pytest.fixture(scope="module")
def weights(folder: Path) -> MotionInrWeights:
    return load_motioninr(folder)


@pytest.fixture(scope="module")
def sampler(weights: MotionInrWeights) -> MotionInrSampler:
    return MotionInrSampler(weights, torch.device("cpu"))


def test_action_stats_count_sequences_and_captures(sampler: MotionInrSampler) -> None:
    assert sampler.known_labels == ("bend", "lone", "swing")
    assert (sampler.action_stats("bend").captures, sampler.action_stats("bend").sequences) == (
        5,
        10,
    )
    assert (sampler.action_stats("lone").captures, sampler.action_stats("lone").sequences) == (1, 2)
    data = sampler.action_stats("swing")
    assert 0.9 < data.shortest < data.median < data.longest < 2.4


def test_typical_length_is_of_bin_with_most_captures(
    sampler: MotionInrSampler, weights: MotionInrWeights
) -> None:
    spans = weights.mixtures.action_bins(sampler.known_labels.index("swing"))
    counts = [span.captures for span in spans]
    assert len(set(counts)) > 1
    assert sampler.typical_length("swing") == spans[int(np.argmax(counts))].median


def test_sample_take_is_reproducible_at_all_rates(sampler: MotionInrSampler) -> None:
    slow = sampler.sample_take("swing", 1.6, 30.0, seed=4, lock_feet=False)
    quick = sampler.sample_take("swing", 1.6, 120.0, seed=4, lock_feet=False)
    assert (len(slow), len(quick)) == (48, 192)
    np.testing.assert_allclose(slow.joint_positions(), quick.joint_positions()[::4], atol=1e-4)
    other = sampler.sample_take("swing", 1.6, 30.0, seed=5, lock_feet=False)
    assert np.abs(other.joint_positions() - slow.joint_positions()).max() > 0.05


def test_sample_take_resembles_label(sampler: MotionInrSampler) -> None:
    def bend(action: str) -> float:
        takes = [sampler.sample_take(action, 1.6, 30.0, seed) for seed in range(6)]
        return float(np.mean([take.poses[:, 9].mean() for take in takes]))

    assert bend("bend") > bend("swing") + 0.6


def test_transformer_decoder_is_exported_and_sampled(data: Path, tmp_path: Path) -> None:
    small = {"decoder": "transformer", "width": 32, "layers": 2, "feed_forward": 32}
    config = SMALL.model_copy(update=small)
    assert MotionInrTrainer(data, MotionInrTraining(steps=20, batch=8), config).run(tmp_path)
    trained = read_trained_run(tmp_path, data)
    mixtures = fit_mixtures(learnt_codes(trained), FitSettings(min_captures=4))
    write_motioninr(trained, mixtures, tmp_path, "tests")
    weights = load_motioninr(tmp_path)
    assert weights.decoder.config.decoder == "transformer"
    assert sum(key.endswith("attention.in_proj_weight") for key in trained.decoder) == 2
    for key, value in trained.decoder.items():
        torch.testing.assert_close(
            weights.decoder.state_dict()[key], value, atol=1e-3, rtol=1e-3, msg=key
        )
    sampler = MotionInrSampler(weights, torch.device("cpu"))
    bent = {
        action: np.mean(
            [sampler.sample_take(action, 1.6, 30.0, n).poses[:, 9].mean() for n in range(6)]
        )
        for action in ("bend", "swing")
    }
    assert bent["bend"] > bent["swing"] + 0.6
    slow, quick = (
        sampler.sample_take("swing", 1.6, fps, 4, lock_feet=False) for fps in (30.0, 120.0)
    )
    np.testing.assert_allclose(slow.joint_positions(), quick.joint_positions()[::4], atol=1e-4)


def test_sample_take_stores_metadata(sampler: MotionInrSampler, weights: MotionInrWeights) -> None:
    info = sampler.sample_take("swing", 1.6, 30.0, seed=4).metadata
    assert (info["model"], info["action"], info["seed"]) == ("motioninr", "swing", 4)
    assert (info["hash"], info["licence"]) == (weights.digest, "tests")
    assert len(info["latent"]) == 1 + SMALL.code_size
    assert info["novelty"]["distance"] > 0
    assert info["novelty"]["nearest"].startswith("clip_")
    assert "note" not in info


def test_sample_take_longer_than_captures_keeps_moving(sampler: MotionInrSampler) -> None:
    longest = sampler.action_stats("swing").longest
    take = sampler.sample_take("swing", 3 * longest, 30.0, seed=1)
    assert len(take) == round(90 * longest)
    assert "several motions" in take.metadata["note"]
    assert len(sampler.latent_segments(torch.tensor(take.metadata["latent"]))) >= 3
    usual = sampler.sample_take("swing", longest, 30.0, seed=1)

    def speed(joints: np.ndarray) -> float:
        return float(np.linalg.norm(np.diff(joints, axis=0), axis=-1).mean() * 30)

    last = take.joint_positions()[-round(30 * longest) :]
    assert 0.5 < speed(last) / speed(usual.joint_positions()) < 2
    # No seam jumps.
    assert np.linalg.norm(np.diff(take.joint_positions(), axis=0), axis=-1).max() * 30 < 6


def test_sample_take_shorter_than_captures_adds_note(sampler: MotionInrSampler) -> None:
    take = sampler.sample_take("swing", 0.6, 30.0, seed=1)
    assert len(take) == 18
    assert "start of a longer" in take.metadata["note"]


def test_sample_take_of_single_capture_adds_note(sampler: MotionInrSampler) -> None:
    take = sampler.sample_take("lone", sampler.action_stats("lone").median, 30.0, seed=1)
    assert "only one capture" in take.metadata["note"]
    assert take.metadata["novelty"]["nearest"] == "clip_20"


def test_interpolate_latents_lies_between_motions(sampler: MotionInrSampler) -> None:
    first, second = (
        sampler.sample_latent("swing", 1.0, seed=1),
        sampler.sample_latent("bend", 1.4, seed=2),
    )
    torch.testing.assert_close(sampler.interpolate_latents(first, second, 0.0), first)
    torch.testing.assert_close(sampler.interpolate_latents(first, second, 1.0), second)
    half = sampler.interpolate_latents(first, second, 0.5)
    lasting = [sampler.latent_segments(one)[0].seconds for one in (first, half, second)]
    assert lasting[0] < lasting[1] == pytest.approx((lasting[0] + lasting[2]) / 2)
    takes = [sampler.decode_take(one, 1.0, 30.0) for one in (first, half, second)]
    spine = [take.poses[:, 9].mean() for take in takes]
    assert spine[0] < spine[1] < spine[2]
    with pytest.raises(ValueError, match="one motion each"):
        sampler.interpolate_latents(first, sampler.sample_latent("swing", 9.0, seed=1), 0.5)


def test_interpolate_latents_interpolates_strides(
    sampler: MotionInrSampler,
) -> None:
    latents = [sampler.sample_latent("swing", 1.0, seed) for seed in (1, 2)]
    for latent, strides in zip(latents, (0.2, -0.4), strict=True):
        latent[1 : 1 + SMALL.strides] = strides
    made = sampler.interpolate_latents(*latents, 0.25)
    np.testing.assert_allclose(made[1 : 1 + SMALL.strides], 0.05, atol=1e-6)


def test_measure_novelty_is_distance_to_nearest_capture(run: Path, data: Path) -> None:
    trained = read_trained_run(run, data)
    rows = trained.sequences.even_frames(trained.action_sequences.index, COMPARED_FRAMES).rows
    known = KnownMotions.from_rows(rows, trained.clips)
    same = known.measure_novelty(rows[7])
    assert same.distance == pytest.approx(0, abs=1e-6)
    assert same.nearest == trained.clips[7]
    # The typical distance is to other captures, mirror images of a motion being none.
    assert known.typical > 0.02
    others = [n for n, name in enumerate(trained.clips) if name != trained.clips[7]]
    without = KnownMotions.from_rows(
        rows[others], [trained.clips[n] for n in others]
    ).measure_novelty(rows[7])
    assert without.distance > 0.5 * known.typical
    moved = rows[7].clone()
    moved[:, -3:] += 5.0  # where it happens is not what happens
    assert known.measure_novelty(moved).distance == pytest.approx(0, abs=1e-5)


def test_read_trained_run_with_other_data_raises(run: Path, tmp_path: Path) -> None:
    save_motion_set(tmp_path / "other.npz", labelled_clips()[:8])
    with pytest.raises(WeightsError, match="must be the file that"):
        read_trained_run(run, tmp_path / "other.npz")


def test_load_of_damaged_file_raises(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    whole = (tmp_path / MOTIONINR_FILE).read_bytes()
    (tmp_path / MOTIONINR_FILE).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(WeightsError, match="damaged"):
        load_motioninr(tmp_path)


def test_generate_command_writes_takes(folder: Path, tmp_path: Path) -> None:
    arguments = ["generate", "--model", "motioninr", "--weights", str(folder), "--action", "swing"]
    arguments += [
        "--seconds",
        "1.5",
        "--fps",
        "24",
        "--variations",
        "2",
        "-o",
        str(tmp_path / "x.npz"),
    ]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    takes = [load_take(tmp_path / f"x_{n}.npz") for n in range(2)]
    assert [(len(t), t.fps, t.metadata["seed"]) for t in takes] == [(36, 24, 0), (36, 24, 1)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--action", "swng"], "did you mean swing"),
        ([], "name one with --label"),
        (["--action", "swing", "--seconds", "90"], "between 0.5 and 10"),
        (["--action", "swing", "a person walks"], "leave out the prompt"),
        (["--action", "swing", "--guidance", "3"], "leave out the prompt and the other options"),
    ],
)
def test_generate_command_with_invalid_arguments_reports_error(
    folder: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    command = ["generate", "--model", "motioninr", "--weights", str(folder), *arguments]
    result = CliRunner().invoke(app, [*command, "-o", str(tmp_path / "x.npz")])
    assert result.exit_code != 0
    assert message in " ".join(result.output.replace("│", " ").split())
    assert not list(tmp_path.iterdir())


def test_train_commands_write_weights(data: Path, tmp_path: Path) -> None:
    run, out = tmp_path / "run", tmp_path / "out"
    train = ["train", "motioninr", str(data), "--run", str(run), "--steps", "1"]
    assert CliRunner().invoke(app, train).exit_code == 0
    export = ["train", "motioninr-export", str(data), "--run", str(run), "-o", str(out)]
    result = CliRunner().invoke(app, export)
    assert result.exit_code == 0, result.output
    assert load_motioninr(out).mixtures.means.shape[1] == 16 + 192
