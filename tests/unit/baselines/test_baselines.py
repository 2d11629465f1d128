"""The rivals on tiny models: frames, interpolation, both trainings, drawing."""

from pathlib import Path

import numpy as np
import pytest
import torch

from backend.baselines.frames import (
    BASELINE_FPS,
    CONTACT_COLUMNS,
    FEATURE_COUNT,
    VELOCITY_COLUMNS,
    FrameDataset,
    fit_root_path,
    rows_at_times,
)
from backend.baselines.interpolation import upsample_rows
from backend.baselines.mdm import LEVEL_COUNT, Mdm, MdmConfig, load_mdm
from backend.baselines.mld import MldVae, MldVaeConfig, load_mld
from backend.baselines.sampling import frame_count
from backend.baselines.train import (
    MdmTrainer,
    MdmTraining,
    MldDiffusionTrainer,
    MldDiffusionTraining,
    MldVaeTrainer,
    MldVaeTraining,
)
from backend.data.features import ROTATION_CHANNELS, ROW_CHANNELS, joint_positions
from backend.data.motion_set import save_motion_set
from backend.data.sequences import SequenceSet
from backend.nerm.captions import text_condition
from backend.nerm.denoiser import Condition, DenoiserConfig
from backend.text.encoder import TOKEN_WIDTH, TextEncoder
from backend.training.run import TrainingError
from tests.support.motions import motion_set

SMALL = MdmConfig(width=32, layers=1, feed_forward=32)
SMALL_VAE = MldVaeConfig(
    latent=16,
    width=32,
    encoder_layers=1,
    decoder_layers=1,
    feed_forward=32,
    sampled=16,
    cosines=8,
)
SMALL_DENOISER = DenoiserConfig(latent=16, tokens=4, width=32, layers=1, feed_forward=32)


@pytest.fixture(scope="module")
def sequences() -> SequenceSet:
    return SequenceSet(motion_set())


@pytest.fixture(scope="module")
def frames(sequences: SequenceSet) -> FrameDataset:
    return FrameDataset(sequences)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with prepared data and a short, finished run of each rival."""
    folder = tmp_path_factory.mktemp("runs")
    data = folder / "data.npz"
    save_motion_set(data, motion_set())
    assert MdmTrainer(data, MdmTraining(steps=2, batch=4), SMALL).run(folder / "mdm")
    assert MldVaeTrainer(data, MldVaeTraining(steps=2, batch=4), SMALL_VAE).run(folder / "vae")
    training = MldDiffusionTraining(steps=2, batch=4)
    assert MldDiffusionTrainer(data, folder / "vae", training, SMALL_DENOISER).run(
        folder / "latent"
    )
    return folder


def wordless(seconds: list[float]) -> Condition:
    return Condition(
        torch.zeros(len(seconds), 0, TOKEN_WIDTH),
        torch.zeros(len(seconds), 0, dtype=torch.bool),
        torch.full((len(seconds),), -1),
        torch.tensor(seconds),
    )


def test_frame_dataset_frames_match_captures_at_20_fps(
    sequences: SequenceSet, frames: FrameDataset
) -> None:
    for n, span in enumerate(sequences.spans):
        index = torch.tensor([n])
        batch = frames.padded_batch(index)
        values = batch.values[0] * frames.std + frames.mean
        assert len(values) == int(span.duration * BASELINE_FPS + 1e-4) + 1
        if span.fps % BASELINE_FPS == 0:
            every = torch.arange(len(values))[None] * int(span.fps / BASELINE_FPS)
            native = sequences.batch_frames(index, every)
            assert torch.allclose(values[:, :ROW_CHANNELS], native.rows[0], atol=1e-5)
            assert torch.equal(values[:, CONTACT_COLUMNS].round(), native.contacts[0])
        steps = torch.diff(values[:, ROTATION_CHANNELS:ROW_CHANNELS], dim=0) * BASELINE_FPS
        assert torch.allclose(values[:-1, VELOCITY_COLUMNS], steps, atol=1e-3)


def test_rows_at_times_interpolates_between_frames(sequences: SequenceSet) -> None:
    span = next(n for n, s in enumerate(sequences.spans) if s.fps == 24)
    times = np.array([0.0, 1 / 48, 1 / 24])
    first, middle, last = joint_positions(rows_at_times(sequences, span, times))
    assert torch.allclose(middle, (first + last) / 2, atol=2e-3)
    assert not torch.allclose(first, last, atol=1e-3)


def test_padded_batch_pads_with_zeros(frames: FrameDataset) -> None:
    batch = frames.padded_batch(torch.tensor([0, 1]), multiple=16)
    assert batch.values.shape[1] % 16 == 0
    assert batch.mask.sum(1).tolist() == frames.frame_counts[:2].tolist()
    assert not batch.values[~batch.mask].any()


def test_sample_similar_lengths_favours_no_sequence(frames: FrameDataset) -> None:
    generator = torch.Generator().manual_seed(0)
    weights = torch.ones(len(frames))
    seen = torch.zeros(len(frames))
    for _ in range(200):
        index, _ = frames.sample_similar_lengths(weights, 2, 4, generator)
        seen += torch.bincount(index, minlength=len(frames))
    assert seen.min() > 0.5 * seen.mean()


def test_fit_root_path_keeps_consistent_path_and_smooths_jitter() -> None:
    chance = torch.Generator().manual_seed(0)
    values = torch.zeros(40, FEATURE_COUNT)
    path = torch.stack([torch.sin(torch.arange(40) / 8)] * 3, dim=1)
    values[:, ROTATION_CHANNELS:ROW_CHANNELS] = path
    values[:-1, VELOCITY_COLUMNS] = torch.diff(path, dim=0) * BASELINE_FPS
    assert torch.allclose(fit_root_path(values)[:, ROTATION_CHANNELS:], path, atol=1e-4)
    values[:, ROTATION_CHANNELS:ROW_CHANNELS] += 0.03 * torch.randn(40, 3, generator=chance)
    error = (fit_root_path(values)[:, ROTATION_CHANNELS:] - path).abs().mean()
    assert error < 0.4 * (values[:, ROTATION_CHANNELS:ROW_CHANNELS] - path).abs().mean()


@pytest.mark.parametrize("how", ["linear", "cubic"])
def test_upsample_rows_keeps_frames(sequences: SequenceSet, how: str) -> None:
    rows = rows_at_times(sequences, 0, np.arange(20) / BASELINE_FPS)
    again = upsample_rows(rows, BASELINE_FPS, np.arange(20) / BASELINE_FPS, how)  # pyright: ignore[reportArgumentType]
    assert torch.allclose(again, rows, atol=1e-5)
    dense = upsample_rows(rows, BASELINE_FPS, np.arange(115) / 120, how)  # pyright: ignore[reportArgumentType]
    assert torch.allclose(dense[::6], rows, atol=1e-5)
    joints = joint_positions(dense)
    assert torch.diff(joints, dim=0).norm(dim=-1).max() < 0.05


def test_upsample_rows_cubic_is_nearer_than_linear(sequences: SequenceSet) -> None:
    number = next(n for n, s in enumerate(sequences.spans) if s.fps == 120)
    times = np.arange(180) / 120
    real = joint_positions(rows_at_times(sequences, number, times))
    rows = rows_at_times(sequences, number, np.arange(38) / BASELINE_FPS)
    errors = [
        float(
            (joint_positions(upsample_rows(rows, BASELINE_FPS, times, how)) - real)
            .norm(dim=-1)
            .mean()
        )
        for how in ("linear", "cubic")
    ]
    assert errors[1] < 0.5 * errors[0]


def test_mdm_linear_denoiser_passes_clean_frames_and_hides_noise(frames: FrameDataset) -> None:
    network = Mdm(SMALL)
    network.init_from_frames(frames.frame_windows(SMALL.patch))
    batch = frames.padded_batch(torch.tensor([0, 1]), SMALL.patch)
    condition = wordless([2.0, 2.0])
    with torch.inference_mode():
        clean = network(batch.values, torch.zeros(2), batch.mask, condition)
        nothing = network(
            batch.values, torch.full((2,), (LEVEL_COUNT - 1) / LEVEL_COUNT), batch.mask, condition
        )
    assert torch.allclose(clean[batch.mask], batch.values[batch.mask], atol=0.1)
    assert nothing.abs().max() < 0.1


def test_baselines_padding_does_not_change_frames() -> None:
    network = Mdm(SMALL)
    torch.nn.init.normal_(network.patches.out[1].weight, std=0.1)  # pyright: ignore
    values = torch.randn(1, 24, FEATURE_COUNT)
    longer = torch.cat([values, torch.zeros(1, 16, FEATURE_COUNT)], dim=1)
    mask = torch.arange(40)[None] < 24
    level, condition = torch.tensor([0.5]), wordless([1.15])
    with torch.inference_mode():
        alone = network(values, level, mask[:, :24], condition)
        padded = network(longer, level, mask, condition)
    # The last frames also see what lies past the end, which is nothing in one case only.
    assert torch.allclose(alone[:, :22], padded[:, :22], atol=1e-4)


def test_mld_vae_starts_at_principal_components(frames: FrameDataset) -> None:
    vae = MldVae(SMALL_VAE)
    index = torch.arange(len(frames))
    batch = frames.padded_batch(index, SMALL_VAE.patch)
    from backend.baselines.mld import evenly_spaced_frames

    vae.init_from_frames(evenly_spaced_frames(batch.values, batch.mask, SMALL_VAE.sampled))
    with torch.inference_mode():
        mean, log_variance = vae.encode_frames(batch.values, batch.mask)
        made = vae.decode_frames(mean, batch.durations, batch.mask)
    error = (made - batch.values)[batch.mask].square().mean()
    assert error < 0.3 * batch.values[batch.mask].square().mean()
    assert log_variance.max() < -3


def test_train_baselines_slices_match_uninterrupted(runs: Path) -> None:
    data = runs / "data.npz"
    whole, halved = MdmTraining(steps=2, batch=4), MdmTraining(steps=2, batch=4)
    assert not MdmTrainer(data, halved, SMALL).run(runs / "slices", time_limit=0.0)
    while not MdmTrainer(data, whole, SMALL).run(runs / "slices", time_limit=0.0):
        pass
    one, other = load_mdm(runs / "mdm").network, load_mdm(runs / "slices").network
    for a, b in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-6)


def test_baseline_samplers_follow_length_and_seed(runs: Path) -> None:
    condition = text_condition(TextEncoder(), ["a person walks", "someone waves"], [1.0, 1.52])
    for rival in (load_mdm(runs / "mdm"), load_mld(runs / "vae", runs / "latent")):
        rival.steps = 3
        motions = rival.sample_motions(condition, [1, 2])
        assert [m.shape for m in motions] == [(21, ROW_CHANNELS), (32, ROW_CHANNELS)]
        assert all(torch.isfinite(m).all() for m in motions)
        assert torch.equal(motions[0], rival.sample_motions(condition, [1, 2])[0])
        assert not torch.equal(motions[0], rival.sample_motions(condition, [3, 2])[0])


def test_frame_count_covers_motion() -> None:
    assert [frame_count(s) for s in (0.01, 1.0, 1.01, 10.0, 60.0)] == [2, 21, 22, 201, 201]


def test_train_baselines_missing_input_raises(runs: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="train mdm"):
        load_mdm(tmp_path)
    one = MldDiffusionTraining(steps=1)
    with pytest.raises(TrainingError, match="train mld-vae"):
        MldDiffusionTrainer(runs / "data.npz", tmp_path, one)
    other = tmp_path / "other.npz"
    save_motion_set(other, motion_set(clips=2))
    with pytest.raises(TrainingError, match="other data"):
        MldDiffusionTrainer(other, runs / "vae", one)
    assert not MldVaeTrainer(runs / "data.npz", MldVaeTraining(steps=9, batch=2), SMALL_VAE).run(
        tmp_path / "v", time_limit=0.0
    )
    with pytest.raises(TrainingError, match="not finished"):
        MldDiffusionTrainer(runs / "data.npz", tmp_path / "v", one)
