"""MotionINR's networks, linear start and training."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from backend.data.features import joint_positions
from backend.data.motion_set import MotionSet, save_motion_set
from backend.data.sequences import MAX_SECONDS, SequenceSet
from backend.motioninr.model import DecoderName, MotionInrConfig, MotionInrDecoder, linear_phase
from backend.motioninr.pca_start import PcaStart, fill_missing, find_pca_start
from backend.motioninr.train import ActionSequences, MotionInrTrainer, MotionInrTraining
from backend.training.pca_init import cosine_basis
from backend.training.run import TrainingError
from tests.support.motions import labelled_clips

SMALL = MotionInrConfig(
    action_code=8,
    sequence_code=16,
    time_code=32,
    hidden=(64, 32),
    width=32,
    layers=2,
    feed_forward=32,
)
SHORT = MotionInrTraining(steps=12, batch=8)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("motioninr") / "set.npz"
    save_motion_set(path, labelled_clips())
    return path


def stirred(decoder: MotionInrDecoder) -> MotionInrDecoder:
    """Return a decoder without zero parameters."""
    torch.manual_seed(0)
    for parameter in decoder.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return decoder.eval()


def tensors(run: Path, name: str) -> dict[str, Tensor]:
    return {
        k: v for k, v in load_file(run / "state.safetensors").items() if k.startswith(name + "/")
    }


@pytest.mark.parametrize("name", ["mlp", "transformer"])
def test_decoder_pose_is_independent_of_other_times(name: DecoderName) -> None:
    decoder = stirred(MotionInrDecoder(SMALL.model_copy(update={"decoder": name})))
    code = torch.randn(2, SMALL.code_size)
    times = torch.linspace(0, 4, 9).repeat(2, 1)
    rows, logits = decoder(times, code)
    some, some_logits = decoder(times[:, [3, 7]], code)
    torch.testing.assert_close(some, rows[:, [3, 7]], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(some_logits, logits[:, [3, 7]], atol=1e-5, rtol=1e-4)
    assert (rows[:, 1:] - rows[:, :-1]).abs().amax(-1).min() > 1e-3
    assert (rows[0] - rows[1]).abs().amax(-1).min() > 1e-3


@pytest.mark.parametrize("part", ["sequence", "action"])
@pytest.mark.parametrize("name", ["mlp", "transformer"])
def test_decoder_depends_on_both_codes(name: DecoderName, part: str) -> None:
    config = SMALL.model_copy(update={"decoder": name, "linear_start": False})
    decoder = stirred(MotionInrDecoder(config))
    code = torch.randn(1, config.code_size)
    other = code.clone()
    cut = config.strides + config.sequence_code
    other[:, config.strides : cut] += part == "sequence"
    other[:, cut:] += part == "action"
    times = torch.linspace(0, 2, 5)[None]
    assert (decoder(times, code)[0] - decoder(times, other)[0]).abs().max() > 1e-3


def start_of(
    clips: MotionSet, config: MotionInrConfig
) -> tuple[SequenceSet, ActionSequences, PcaStart]:
    sequences = SequenceSet(clips)
    labelled = ActionSequences.from_sequences(sequences)
    config = config.model_copy(update={"actions": labelled.labels})
    strides = torch.zeros(len(labelled.index), config.strides)
    return (
        sequences,
        labelled,
        find_pca_start(sequences, labelled.index, labelled.actions, strides, config),
    )


def test_linear_start_reconstructs_motions_of_all_lengths() -> None:
    sequences, labelled, start = start_of(MotionSet(labelled_clips()), SMALL)
    assert sequences.durations.min() < 0.7 * sequences.durations.max()
    decoder = MotionInrDecoder(SMALL)
    start.initialize(decoder)
    codes = [start.sequence_codes, start.action_codes[labelled.actions]]
    code = torch.cat([torch.zeros(len(codes[0]), SMALL.strides), *codes], dim=-1)
    batch = sequences.even_frames(labelled.index, 16)

    def error(code: Tensor) -> Tensor:
        made, real = joint_positions(decoder(batch.times, code)[0]), joint_positions(batch.rows)
        return torch.linalg.vector_norm(made - real, dim=-1).mean((1, 2))

    own, mean_motion = error(code), error(torch.zeros_like(code))
    assert own.mean() < 0.35 * mean_motion.mean()
    short = sequences.durations[labelled.index] < 1.5
    assert own[short].mean() < 0.5 * mean_motion[short].mean()


def test_fill_missing_reconstructs_from_components() -> None:
    torch.manual_seed(0)
    config = SMALL.model_copy(update={"sequence_code": 3, "cosines": 8})
    waves = cosine_basis(linear_phase(torch.linspace(0, MAX_SECONDS, 128)), 8)
    whole = waves @ torch.einsum("nd,dcw->ncw", torch.randn(60, 3), torch.randn(3, 8, 135))
    known = torch.ones(60, 128, dtype=torch.bool)
    known[:30, 80:] = False
    rows = torch.where(known[..., None], whole, whole[:, 79:80])
    held = (rows - whole)[~known].square().mean()
    fill_missing(rows, known, config)
    assert torch.equal(rows[known], whole[known])
    assert (rows - whole)[~known].square().mean() < 0.5 * held


def test_action_codes_encode_mean_motion_of_label() -> None:
    _, labelled, start = start_of(MotionSet(labelled_clips()), SMALL)
    own = start.sequence_codes
    for number in range(len(labelled.labels)):
        chosen = own[labelled.actions == number]
        assert chosen.mean(0).abs().max() < 0.02 * own.abs().max()
    assert torch.cdist(start.action_codes, start.action_codes).max() > 0.1


def test_training_alternates_codes_and_decoder(data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    sequences = SequenceSet(MotionSet(labelled_clips()))
    epoch = -(-len(ActionSequences.from_sequences(sequences).index) // SHORT.batch)
    assert 2 * epoch <= SHORT.steps
    states = []
    for steps in (1, epoch, 2 * epoch):
        assert MotionInrTrainer(data, replace(SHORT, steps=steps), SMALL).run(run)
        states.append({name: tensors(run, name) for name in ("decoder", "codes")})

    def moved(before: int, after: int, name: str) -> bool:
        return any(
            not torch.equal(value, states[after][name][key])
            for key, value in states[before][name].items()
        )

    assert moved(0, 1, "codes")
    assert not moved(0, 1, "decoder")
    assert moved(1, 2, "decoder")
    assert not moved(1, 2, "codes")


@pytest.mark.parametrize("name", ["mlp", pytest.param("transformer", marks=pytest.mark.slow)])
def test_resumed_training_equals_unbroken_training(
    name: DecoderName, data: Path, tmp_path: Path
) -> None:
    config = SMALL.model_copy(update={"decoder": name})
    assert MotionInrTrainer(data, SHORT, config).run(tmp_path / "whole")
    done, slices = False, 0
    while not done:
        done = MotionInrTrainer(data, SHORT, config).run(tmp_path / "parts", time_limit=0.0)
        slices += 1
    assert slices == SHORT.steps
    for part in ("decoder", "codes", "optimiser", "code_optimiser"):
        whole, parts = (tensors(tmp_path / run, part) for run in ("whole", "parts"))
        assert whole and whole.keys() == parts.keys()
        assert not [key for key, value in whole.items() if not torch.equal(parts[key], value)]


def curve(run: Path, name: str) -> list[float]:
    lines = (run / "losses.csv").read_text().splitlines()
    return [float(line.split(",")[2]) for line in lines if f",{name}," in line]


@pytest.mark.parametrize("name", ["mlp", pytest.param("transformer", marks=pytest.mark.slow)])
def test_training_lowers_reconstruction_error(
    name: DecoderName, data: Path, tmp_path: Path
) -> None:
    training = MotionInrTraining(steps=100, batch=16, rate=5e-3)
    config = SMALL.model_copy(update={"decoder": name})
    assert MotionInrTrainer(data, training, config).run(tmp_path)
    contact, rotation = curve(tmp_path, "contact"), curve(tmp_path, "rotation")
    assert contact[-1] < 0.9 * contact[0]
    assert rotation[-1] < rotation[0]


def test_training_uses_only_labelled_motions(tmp_path: Path) -> None:
    clips = [replace(c, action="" if n % 2 else c.action) for n, c in enumerate(labelled_clips())]
    labelled = ActionSequences.from_sequences(SequenceSet(MotionSet(clips)))
    assert "" not in labelled.labels
    assert len(labelled.index) == len(clips)  # half of the clips, and their mirror images
    save_motion_set(tmp_path / "none.npz", [replace(clip, action="") for clip in clips])
    with pytest.raises(TrainingError, match="action label"):
        MotionInrTrainer(tmp_path / "none.npz", SHORT, SMALL).run(tmp_path / "run")


def test_training_with_other_settings_raises(data: Path, tmp_path: Path) -> None:
    assert MotionInrTrainer(data, replace(SHORT, steps=1), SMALL).run(tmp_path)
    other = SMALL.model_copy(update={"sequence_code": 8})
    with pytest.raises(TrainingError, match=r"config\.sequence_code"):
        MotionInrTrainer(data, SHORT, other).run(tmp_path)


def test_training_time_is_in_seconds_at_any_rate() -> None:
    sequences = SequenceSet(MotionSet(labelled_clips()), mirrored=False)
    rates = {float(fps) for fps in sequences.fps}
    assert len(rates) > 1
    batch = sequences.even_frames(torch.arange(len(sequences)), 2)
    np.testing.assert_allclose(batch.times[:, 1], sequences.durations, rtol=1e-5)
