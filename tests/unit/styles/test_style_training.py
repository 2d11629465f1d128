"""Training of a style: networks, losses and invalid input."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from backend.kinematics.body.skeleton import Skeleton
from backend.kinematics.body.take import load_take
from backend.protocol.control_track import ControlTrack
from backend.protocol.style_file import STYLE_FPS, StyleError
from backend.protocol.timeline import LabelBlock
from backend.styles.dataset import LabelledMotion, StyleDataset
from backend.styles.features import FeatureLayout
from backend.styles.generator_api import Style
from backend.styles.learn import label_takes, train_style
from backend.styles.losses import R1_WEIGHT, contact_loss, critic_loss, generator_loss
from backend.styles.networks import Critic, InputNormalizer, StyleConfig
from backend.styles.pyramid import resize_frames
from backend.styles.sampler import sample_features
from backend.styles.skeleton_graph import SMPL_BODY, Body, SkeletalMotion
from backend.styles.train import LearnSettings, StyleTrainer
from tests.support.motions import swinging_take

SHAPE = {"levels": 3, "widths": (1, 1)}
FEW = LearnSettings(steps=3, batch=2, window=9, critic_steps=2)
TAKES = [swinging_take(3.0, 60.0, seed=1), swinging_take(4.0, 24.0, seed=2)]
LABELS = ["walk", "run"]


def silent(step: int, total: int, eta: float | None, message: str) -> None:
    """Ignore progress."""


def examples(levels: int = 3) -> StyleDataset:
    config, made = label_takes(TAKES, LABELS, ("a", "b"), {**SHAPE, "levels": levels})
    return StyleDataset(made, config)


def run(
    out: Path, cancelled=lambda: False, settings=FEW, takes=None, labels=None, **more
) -> Style | None:
    more.setdefault("config_fields", SHAPE)
    return train_style(
        TAKES if takes is None else takes,
        LABELS if labels is None else labels,
        out,
        more.pop("progress", silent),
        cancelled,
        settings=settings,
        **more,
    )


def test_training_leaves_global_random_state_unchanged():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    StyleTrainer(examples(), FEW).run_step(0)
    assert torch.equal(torch.rand(3), expected)


def test_preview_is_written_after_each_block(tmp_path: Path):
    seen = []
    style = run(
        tmp_path / "s.safetensors",
        preview=lambda level, path: seen.append((level, path)),
        settings=LearnSettings(steps=2, batch=2, window=9, critic_steps=1, block=1),
    )
    assert style is not None
    assert [level for level, _ in seen] == [1, 2, 3]
    for _, path in seen:
        take = load_take(path)
        assert take.fps == STYLE_FPS
        assert len(take) == 2 * 2 * STYLE_FPS + 1
    rough, smooth = (load_take(seen[n][1]).poses for n in (0, 2))
    assert not np.allclose(rough, smooth)


def test_finished_levels_stay_unchanged_by_later_blocks():
    learning = StyleTrainer(examples(5), FEW)
    for step in range(3):
        learning.run_step(step)
    finished = [p.clone() for n in (0, 1) for p in learning.network.level_generator(n).parameters()]
    first = [p.clone() for n in (2, 3) for p in learning.network.level_generator(n).parameters()]
    last = [p.clone() for p in learning.network.level_generator(4).parameters()]
    for step in range(3, 6):
        learning.run_step(step)
    now = [p for n in (0, 1) for p in learning.network.level_generator(n).parameters()]
    assert all(torch.equal(a, b) for a, b in zip(finished, now, strict=True))
    moved = [p for n in (2, 3) for p in learning.network.level_generator(n).parameters()]
    assert not any(torch.equal(a, b) for a, b in zip(first, moved, strict=True) if a.any())
    still = list(learning.network.level_generator(4).parameters())
    assert all(torch.equal(a, b) for a, b in zip(last, still, strict=True))


def test_block_networks_start_as_copies_of_block_below():
    learning = StyleTrainer(examples(5), LearnSettings(steps=1, batch=2, window=9, critic_steps=1))
    for step in range(2):
        learning.run_step(step)
    known = learning.network.level_generator(2).state_dict()
    learning._start_block(learning.blocks[2])
    started = learning.network.level_generator(4).state_dict()
    assert all(torch.equal(known[key], started[key]) for key in known)


def test_first_blocks_start_with_zero_detail():
    learning = StyleTrainer(examples(5), FEW)
    for block in learning.blocks[:2]:
        learning._start_block(block)
    last = [learning.network.level_generator(n).layers[-1].weight.abs().sum() for n in range(4)]
    assert last[0] > 0
    assert [total.item() for total in last[1:]] == [0.0] * 3


def test_generators_end_as_average_of_last_steps():
    learning = StyleTrainer(examples(), LearnSettings(steps=3, batch=2, window=9, critic_steps=1))
    weight = learning.network.level_generator(1).layers[0].weight
    learning._start_block(learning.blocks[0])
    mean = learning.averages[1].layers[0].weight.detach().clone()
    steps = []
    average = learning._update_averages

    def watched(block: range, within: int) -> None:
        steps.append(weight.detach().clone())
        average(block, within)

    learning._update_averages = watched
    for step in range(3):
        learning.run_step(step)
    for now, alpha in zip(steps, (9 / 10, 9 / 11, 9 / 12), strict=True):
        mean = mean + alpha * (now - mean)
    assert torch.allclose(weight, mean)
    assert not torch.allclose(weight, steps[-1])


def test_training_lowers_reconstruction_error():
    learning = StyleTrainer(
        examples(), LearnSettings(steps=60, batch=2, window=9, critic_steps=1, rate=1e-3)
    )
    away = [learning.run_step(step)["reconstruction"] for step in range(60)]
    assert np.mean(away[-10:]) < 0.8 * np.mean(away[:5])


def test_amplitude_equals_rms_of_level_detail():
    config, made = label_takes(TAKES[:1], ["walk"], ("a",), SHAPE)
    learned = StyleDataset(made, config)
    network = StyleTrainer(learned, FEW).network
    spread = learned.label_stds[0]
    assert network.amplitudes[0] == 1.0
    for level in (1, 2):
        real = learned.level_motions[0][level]
        below = resize_frames(learned.level_motions[0][level - 1][None], len(real))[0]
        rmse = float(((real - below) / spread).square().mean().sqrt())
        assert network.amplitudes[level] == pytest.approx(rmse, rel=1e-5)
        assert 0 < rmse < 0.7


def test_label_statistics_equal_mean_and_std_of_label():
    learned = examples()
    network = StyleTrainer(learned, FEW).network
    for take in (0, 1):
        rows, only = learned.motions[take], torch.eye(2)[[take]][None]
        middle, spread = (t[0, 0] for t in network.label_statistics(only))
        assert torch.allclose(middle, rows.mean(0), atol=1e-4)
        apart = (rows - rows.mean(0)).square().mean(0)
        root = learned.layout.root_slice
        assert torch.allclose(spread[root], apart[root].sqrt().clamp(min=0.1), atol=1e-4)
        turns = apart[: learned.layout.rotation_channels].unflatten(0, (-1, 6)).mean(1).sqrt()
        assert torch.allclose(spread[:6], turns[:1].clamp(min=0.1).expand(6), atol=1e-4)
    half = network.label_statistics(torch.tensor([[[0.5, 0.5]]]))[0]
    assert torch.allclose(half[0, 0], learned.label_means.mean(0), atol=1e-4)
    assert torch.isfinite(network.label_statistics(torch.zeros(1, 1, 2))[1]).all()


def test_run_level_scales_detail_by_label_std():
    network = StyleTrainer(examples(), FEW).network
    labels = torch.rand(1, 9, 2)
    middle, spread = network.label_statistics(labels)
    noise, before = torch.randn(2, 1, 9, middle.shape[-1])
    generator = network.level_generator(1).requires_grad_(False)
    generator.zero_last_layer()
    assert torch.equal(network.run_level(1, noise, before, labels), before)
    assert torch.equal(network.run_level(1, noise, None, labels), middle)
    generator.layers[-1].bias.fill_(2.0)  # pyright: ignore
    assert torch.allclose(network.run_level(1, noise, before, labels), before + 2 * spread)
    seen = []
    generator.register_forward_pre_hook(lambda _, normalized: seen.append(normalized[1]))
    network.run_level(1, noise, before, labels)
    assert torch.allclose(seen[0], (before - middle) / spread)


def test_critics_receive_deviation_from_label_mean(monkeypatch: pytest.MonkeyPatch):
    learning = StyleTrainer(examples(), FEW)
    seen = []

    def watched(critic, real, fake):
        seen.append(real)
        return critic_loss(critic, real, fake)

    monkeypatch.setattr("backend.styles.train.critic_loss", watched)
    learning.run_step(0)
    for number, (motion, labels) in enumerate(seen):
        middle, spread = learning.network.label_statistics(labels)
        plain = (motion * spread + middle).flatten(0, 1)
        level = number % FEW.block
        known = torch.cat([learning.dataset.level_motions[take][level] for take in (0, 1)])
        away = torch.cdist(plain.double(), known.double()).amin(dim=1)
        assert away.max() < 1e-3 < known.std()


def test_label_statistics_of_signal_or_without_film_are_of_all_features():
    config, made = label_takes(TAKES, LABELS, ("a", "b"), {**SHAPE, "film": False})
    unheard = StyleDataset(made, config)
    signal = [LabelledMotion(m.motion, 2 * m.track, m.name) for m in made]
    normalizers = examples().config
    signals = StyleDataset(signal, normalizers)
    for learned in (unheard, signals):
        assert torch.equal(learned.label_means[0], learned.label_means[1])
        assert learned.label_means.abs().max() < 1e-4
        assert torch.equal(learned.label_stds[0], learned.label_stds[1])
    assert signals.take_weights.tolist() == [len(motion) for motion in signals.motions]


def signals(tracks: list[np.ndarray]) -> StyleTrainer:
    config, made = label_takes(TAKES, LABELS, ("a", "b"), SHAPE)
    normalized = [replace(m, track=track) for m, track in zip(made, tracks, strict=True)]
    return StyleTrainer(StyleDataset(normalized, config), FEW)


def normalizers(learning: StyleTrainer) -> list[InputNormalizer]:
    networks = (learning.network, learning.critics)
    return [one for own in networks for one in own.modules() if isinstance(one, InputNormalizer)]


def test_signal_input_is_standardized():
    chance = np.random.default_rng(0)
    tracks = [0.8 + 0.1 * chance.normal(size=(len(take), 2)) for take in TAKES]
    for track in tracks:
        track[:, 1] = 0.4  # tells nothing
    learning = signals(tracks)
    every = torch.cat(learning.dataset.tracks)
    assert len(normalizers(learning)) == SHAPE["levels"] + FEW.block
    for one in normalizers(learning):
        normalized = one(every)
        assert torch.allclose(normalized.mean(0), torch.zeros(2), atol=1e-4)
        assert normalized[:, 0].std() == pytest.approx(1, abs=0.01)
        assert normalized[:, 1].abs().max() < 1e-3


def test_labels_and_constant_signals_are_not_normalized():
    still = signals([np.full((len(take), 2), 3.0) for take in TAKES])
    for learning in (StyleTrainer(examples(), FEW), still):
        normalized = torch.randn(4, 2)
        assert all(torch.equal(one(normalized), normalized) for one in normalizers(learning))


def test_signal_style_file_gives_same_output_as_training(tmp_path: Path):
    chance = np.random.default_rng(0)
    takes = [swinging_take(2.0, 30.0, seed=n) for n in (1, 2)]
    tracks = [0.8 + 0.1 * chance.random((len(take), 2)) for take in takes]
    controls = [ControlTrack(track, ("a", "b")) for track in tracks]
    style = run(tmp_path / "s.safetensors", takes=takes, labels=controls)
    assert style is not None
    config, made = label_takes(takes, controls, ("a", "b"), SHAPE)
    learnt = StyleTrainer(StyleDataset(made, config), FEW)
    assert learnt.run(tmp_path / "s.run", silent, lambda: False, lambda level: None)
    drawn = [
        sample_features(network, [tracks[0]] * 3, 60, 1)
        for network in (style.network, learnt.network.eval().requires_grad_(False))
    ]
    assert np.allclose(*drawn, atol=0.02)
    other = sample_features(style.network, [tracks[1]] * 3, 60, 1)
    assert not np.allclose(drawn[0], other, atol=0.02)


def test_dataset_is_standardized_and_balances_labels():
    learned = examples()
    rows = torch.cat(learned.motions)
    assert torch.allclose(rows.mean(0), torch.zeros(rows.shape[1]), atol=1e-4)
    generator = torch.Generator().manual_seed(0)
    chosen = learned.sample_takes(4000, generator)
    assert np.mean(chosen) == pytest.approx(0.5, abs=0.05)
    motions, labels = learned.sample_windows(2, 3, 20, generator)
    assert motions.shape == (3, 20, learned.layout.channel_count)
    assert labels.shape == (3, 20, 2)
    long, _ = learned.sample_windows(2, 8, 10_000, generator)
    assert long.shape[1] == min(len(m) for m in learned.motions)
    held = learned.sample_labels(2, 2, 500, generator)
    assert torch.equal(held.sum(-1), torch.ones(2, 500))


def test_resample_segment_covers_frames_of_level():
    learned = examples()
    length = len(learned.level_motions[0][1])
    whole = learned.resample_segment(0, 1, 0, length - 1, len(learned.motions[0]))
    assert torch.allclose(whole, learned.motions[0], atol=1e-5)
    assert torch.allclose(
        learned.resample_segment(0, 1, 3, 7, 5), learned.level_motions[0][1][3:8], atol=1e-5
    )


class _Straight(Critic):
    """A critic with a constant gradient."""

    def __init__(self, slope: float) -> None:
        torch.nn.Module.__init__(self)
        self.slope = slope

    def forward(self, motion, labels):
        return self.slope * motion[..., 0].mean(dim=1)


def test_r1_penalty_is_quadratic_in_gradient():
    real, fake = torch.randn(4, 6, 3), torch.randn(4, 6, 3)
    labels = torch.rand(4, 6, 2)
    for slope in (0.0, 1.0, 3.0, -0.5):
        loss, apart = critic_loss(_Straight(slope), (real, labels), (fake, labels))
        found, made = (slope * one[..., 0].mean(1).numpy() for one in (real, fake))
        expected = np.log1p(np.exp(-found)).mean() + np.log1p(np.exp(made)).mean()
        assert apart == pytest.approx(float((found - made).mean()), abs=1e-5)
        assert loss.item() == pytest.approx(expected + 0.5 * R1_WEIGHT * slope**2, abs=1e-5)
        generator_term = generator_loss(_Straight(slope), fake, labels)
        assert generator_term.item() == pytest.approx(np.log1p(np.exp(-made)).mean(), abs=1e-5)


def test_contact_loss_is_speed_of_feet_in_contact():
    layout = FeatureLayout(SMPL_BODY)
    features = torch.from_numpy(
        layout.encode_motion(SkeletalMotion.from_take(swinging_take(1.0, STYLE_FPS)))
    ).float()[None]
    moving, lifted = features.clone(), features.clone()
    moving[..., layout.contact_slice] = 1.0
    lifted[..., layout.contact_slice] = 0.0
    speed = float(layout.foot_speeds(features, STYLE_FPS).mean())
    hold = 1 / (1 + np.exp(-6))
    assert float(contact_loss(layout, moving, STYLE_FPS)) == pytest.approx(hold * speed, rel=1e-4)
    assert float(contact_loss(layout, lifted, STYLE_FPS)) < 0.01 * speed
    footless = FeatureLayout(Body(SMPL_BODY.skeleton, (), ()))
    assert contact_loss(footless, torch.randn(1, 5, footless.channel_count), STYLE_FPS) == 0


@pytest.mark.parametrize(
    ("takes", "labels", "sentence"),
    [
        ([], [], "needs at least one take"),
        (TAKES, ["walk"], "got 2 takes and 1 labels"),
        (TAKES, ["walk", " "], "A label must not be empty"),
        ([TAKES[0], swinging_take(0.2, 60.0)], LABELS, r"Take 2 must last .*got 0\.18 s"),
        ([TAKES[0]], [[LabelBlock("walk", 5.0), LabelBlock("run", 1.0)]], '"run" has no frames'),
    ],
)  # fmt: skip
def test_train_style_with_invalid_takes_or_labels_raises(
    tmp_path: Path, takes, labels, sentence: str
):
    with pytest.raises(StyleError, match=sentence):
        run(tmp_path / "s.safetensors", takes=takes, labels=labels)
    assert not list(tmp_path.iterdir())


def test_dataset_with_other_skeleton_or_track_shape_raises():
    config = StyleConfig(labels=("walk",), **SHAPE)
    motion = SkeletalMotion.from_take(TAKES[0])
    one = np.ones((len(motion), 1))
    names = ("other", *SMPL_BODY.skeleton.names[1:])
    other = Body(
        Skeleton(names, SMPL_BODY.skeleton.parents, SMPL_BODY.skeleton.offsets),
        SMPL_BODY.feet,
        SMPL_BODY.foot_heights,
    )
    stranger = SkeletalMotion(other, motion.matrices, motion.root, motion.fps)
    with pytest.raises(StyleError, match="b and a are on different ones"):
        StyleDataset([LabelledMotion(motion, one, "a"), LabelledMotion(stranger, one, "b")], config)
    with pytest.raises(StyleError, match=r"must have the shape \(180, 1\)"):
        StyleDataset([LabelledMotion(motion, one[:-1], "a")], config)
    with pytest.raises(StyleError, match=r"got \(180, 2\)"):
        StyleDataset([LabelledMotion(motion, np.ones((180, 2)), "a")], config)


def test_label_takes_with_blocks_fades_between_labels():
    config, (take,) = label_takes(
        TAKES[:1], [[LabelBlock("walk", 1.0), LabelBlock("run", 1.0)]], ("a",)
    )
    assert config.labels == ("walk", "run")
    assert take.track[0].tolist() == [1, 0]
    assert take.track[-1].tolist() == [0, 1]  # the last goes on
    assert np.allclose(take.track[60], [0.5, 0.5])
