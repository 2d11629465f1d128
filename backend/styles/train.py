"""Training of a style, block by block: two levels at a time, with those below finished.

A step trains the critics a few times, then the generators once, on short windows: generated motion
at the level, and takes that the generators have to reconstruct from fixed noise. The output of
finished levels is computed in advance, so a step costs the same at every level.
"""

import copy
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ..protocol.generation_fields import LEARN_STEPS
from ..training.run import TrainingRun, TrainingState
from .dataset import StyleDataset
from .losses import CONTACT_WEIGHT, RECONSTRUCTION_WEIGHT, contact_loss, critic_loss, generator_loss
from .networks import Critic, StyleNetwork, set_normalization
from .pyramid import resize_frames

_POOL_SIZE = 64
"""Motions of the finished levels in the pool, and steps after which it is sampled again."""
_POOL_SECONDS = 4.0
"""Length of these motions."""
_EMA_DECAY = 0.99
"""Decay of the moving average of generators."""
_BETAS = 0.0, 0.99
"""Adam's betas; no momentum, because the critic changes with every step."""
_SAVE_SECONDS = 15.0
"""Time between checkpoints."""
_LR_FLOOR = 0.1
"""Learning rate at the end of a block, relative to its start."""


@dataclass(frozen=True)
class LearnSettings:
    """Settings of a training."""

    steps: int = LEARN_STEPS.default
    """Steps of each block."""
    block: int = 2
    """Levels that are trained together."""
    batch: int = 16
    window: int = 31
    """Frames of a window at the first level of a block."""
    critic_steps: int = 2
    """Steps of the critics for each step of the generators."""
    rate: float = 1e-3
    """Learning rate of the generators."""
    critic_rate: float = 2e-3
    """Learning rate of the critics."""
    seed: int = 0


TrainingProgress = Callable[[int, int, float | None, str], None]
"""A function of the finished steps, all steps, the remaining seconds if known, and a message."""


class StyleTrainer:
    """Trains the networks of one style."""

    def __init__(
        self, dataset: StyleDataset, settings: LearnSettings, device: torch.device | str = "cpu"
    ) -> None:
        self.dataset, self.settings = dataset, settings
        self.device = torch.device(device)
        config = dataset.config
        with torch.random.fork_rng([]):
            torch.manual_seed(settings.seed)
            self.network = StyleNetwork(config, dataset.layout)
            self.critics = nn.ModuleList(
                Critic(config, dataset.layout) for _ in range(settings.block)
            )
        self.network.mean.copy_(dataset.mean)
        self.network.std.copy_(dataset.std)
        self.network.centres.copy_(dataset.label_means)
        self.network.spreads.copy_(dataset.label_stds)
        details = [dataset.detail_rms(level, self.network) for level in range(config.levels)]
        self.network.amplitudes.copy_(torch.tensor(details))
        for networks in (self.network, self.critics):
            set_normalization(networks, *dataset.signal_stats)
        self.network.to(self.device)
        self.critics.to(self.device)
        self.blocks = [
            range(first, min(first + settings.block, config.levels))
            for first in range(0, config.levels, settings.block)
        ]
        self.averages = copy.deepcopy(self.network.generators)
        self._pool_step = -1
        self._create_optimisers()

    @property
    def total(self) -> int:
        """Steps of all blocks."""
        return self.settings.steps * len(self.blocks)

    @property
    def state(self) -> TrainingState:
        """The parts of a checkpoint."""
        return {
            "network": self.network,
            "critics": self.critics,
            "averages": self.averages,
            "generator_optimiser": self.generator_optimiser,
            "critic_optimiser": self.critic_optimiser,
        }

    @property
    def settings_record(self) -> dict[str, object]:
        """Settings in which a run has to agree with its checkpoint."""
        return {
            "config": self.dataset.config.model_dump(mode="json"),
            "training": asdict(self.settings),
            "data": self.dataset.digest,
        }

    def run(
        self,
        folder: Path,
        progress: TrainingProgress,
        is_cancelled: Callable[[], bool],
        finish_block: Callable[[int], None],
        time_limit: float | None = None,
    ) -> bool:
        """Train, or resume, in `folder`; return whether all steps are done.

        `progress` and `is_cancelled` are called after every step, `finish_block` with the last
        level of each finished block. `time_limit` is in seconds.

        Raises:
            TrainingError: the folder holds a run with other settings or takes.
        """
        run = TrainingRun(folder, self.total, settings=self.settings_record)
        run.resume(self.state, frozenset({"generator_optimiser", "critic_optimiser"}))
        first, start = run.step, time.monotonic()
        saved, is_consistent = start, True
        try:
            while run.step < self.total:
                is_late = time_limit is not None and time.monotonic() - start > time_limit
                if run.step > first and (is_cancelled() or is_late):
                    return False
                is_consistent = False
                self.run_step(run.step)
                run.step += 1
                is_consistent = True
                block, within = divmod(run.step, self.settings.steps)
                seconds_per_step = (time.monotonic() - start) / (run.step - first)
                current = self.blocks[min(block, len(self.blocks) - 1)]
                if within == 0:
                    finish_block(self.blocks[block - 1][-1])
                # Last, because it may raise, and a finished block must be reported once.
                progress(
                    run.step,
                    self.total,
                    seconds_per_step * (self.total - run.step),
                    f"Level {current[-1] + 1} of {self.dataset.config.levels}",
                )
                if time.monotonic() - saved > _SAVE_SECONDS:
                    run.save(self.state)
                    saved = time.monotonic()
        finally:
            if is_consistent:  # an interrupted step is repeated from the previous checkpoint
                run.save(self.state)
        return True

    def run_step(self, step: int) -> dict[str, float]:
        """Train for one step and return the losses by name."""
        number, within = divmod(step, self.settings.steps)
        block = self.blocks[number]
        if within == 0:
            self._start_block(block)
        self._update_pool(block, step - within % _POOL_SIZE)
        generator = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + step)
        cosine = 0.5 * (1 + math.cos(math.pi * within / self.settings.steps))
        for optimiser, rate in (
            (self.generator_optimiser, self.settings.rate),
            (self.critic_optimiser, self.settings.critic_rate),
        ):
            for group in optimiser.param_groups:
                group["lr"] = rate * (_LR_FLOOR + (1 - _LR_FLOOR) * cosine)
        self.critics.requires_grad_(True)
        score_gap = self._train_critics(block, generator)
        self.critics.requires_grad_(False)
        losses = self._train_generators(block, generator)
        self._update_averages(block, within)
        return {"score_gap": score_gap, **losses}

    def _train_critics(self, block: range, generator: torch.Generator) -> float:
        count, batch = self.settings.critic_steps, self.settings.batch
        with torch.no_grad():
            fakes = self._generate_windows(block, count * batch, generator)
        score_gap = 0.0
        for turn in range(count):
            loss = torch.zeros((), device=self.device)
            for number, level in enumerate(block):
                fake, fake_labels = (t[turn * batch : (turn + 1) * batch] for t in fakes[number])
                window = self.dataset.sample_windows(level, batch, fake.shape[1], generator)
                real, labels = (t.to(self.device) for t in window)
                fake, fake_labels = fake[:, : real.shape[1]], fake_labels[:, : real.shape[1]]
                level_loss, gap = critic_loss(
                    self._critic(number),
                    (self._deviation(real, labels), labels),
                    (self._deviation(fake, fake_labels), fake_labels),
                )
                loss = loss + level_loss
                score_gap += float(gap) / (count * len(block))
            self.critic_optimiser.zero_grad()
            loss.backward()
            self.critic_optimiser.step()
        return score_gap

    def _train_generators(self, block: range, generator: torch.Generator) -> dict[str, float]:
        layout, rates = self.dataset.layout, self.dataset.pyramid.rates
        loss = torch.zeros((), device=self.device)
        slide = 0.0
        windows = self._generate_windows(block, self.settings.batch, generator)
        for number, (motion, labels) in enumerate(windows):
            deviation = self._deviation(motion, labels)
            loss = loss + generator_loss(self._critic(number), deviation, labels)
            features = motion * self.network.std + self.network.mean
            sliding = contact_loss(layout, features, rates[block[number]])
            loss = loss + CONTACT_WEIGHT * sliding
            slide += float(sliding.detach()) / len(block)
        self._step_generators(loss)
        # A step of its own, so that its size does not depend on the strength of the critic.
        error = self._reconstruction_error(block, generator)
        self._step_generators(RECONSTRUCTION_WEIGHT * error)
        return {"slide": slide, "reconstruction": float(error.detach()) / len(block)}

    def _deviation(self, motion: Tensor, labels: Tensor) -> Tensor:
        """Return the deviation of a motion (B, T, C) from the mean of its labels, for critics."""
        mean, std = self.network.label_statistics(labels)
        return (motion - mean) / std

    def _step_generators(self, loss: Tensor) -> None:
        self.generator_optimiser.zero_grad()
        loss.backward()
        self.generator_optimiser.step()

    @torch.no_grad()
    def _update_averages(self, block: range, within: int) -> None:
        """Average the generators of a block, and replace them by the average at its end.

        Generator and critic circle around an equilibrium, which the average is closer to.
        """
        weight = max(1 - _EMA_DECAY, 9 / (10 + within))
        for level in block:
            average, current = self.averages[level], self.network.level_generator(level)
            for mean, value in zip(average.parameters(), current.parameters(), strict=True):
                mean.lerp_(value, weight)
            if within + 1 == self.settings.steps:
                current.load_state_dict(average.state_dict())

    def _critic(self, number: int) -> Critic:
        critic = self.critics[number]
        assert isinstance(critic, Critic)
        return critic

    def _start_block(self, block: range) -> None:
        """Initialize the generators of a block.

        They are copies of those a block below, if those add detail as well; else they add none.
        """
        with torch.random.fork_rng([]):
            torch.manual_seed(self.settings.seed * 1_000_003 + block[0])
            for level in block:
                below = level - self.settings.block
                if below >= self.settings.block:
                    known = self.network.level_generator(below).state_dict()
                    self.network.level_generator(level).load_state_dict(known)
                elif level > 0:
                    self.network.level_generator(level).zero_last_layer()
        self._create_optimisers()

    def _create_optimisers(self) -> None:
        # All levels: those without a gradient do not change.
        self.generator_optimiser = torch.optim.Adam(
            self.network.generators.parameters(), self.settings.rate, _BETAS
        )
        self.critic_optimiser = torch.optim.Adam(
            self.critics.parameters(), self.settings.critic_rate, _BETAS
        )

    def _update_pool(self, block: range, seed_step: int) -> None:
        """Compute the output of finished levels: sampled motions, and takes from fixed noise."""
        if self._pool_step == seed_step:
            return
        self._pool_step = seed_step
        for level in range(self.dataset.config.levels):
            self.network.level_generator(level).requires_grad_(level in block)
        if block[0] == 0:
            return
        generator = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + seed_step + 1)
        frames = round(_POOL_SECONDS * self.dataset.pyramid.rates[-1]) + 1
        lengths = self.dataset.pyramid.lengths(frames)[: block[0] + 1]
        finest = self.dataset.sample_labels(
            self.dataset.config.levels - 1, _POOL_SIZE, frames, generator
        ).to(self.device)
        labels = [resize_frames(finest, length) for length in lengths]
        noise = [self._noise(_POOL_SIZE, length, generator) for length in lengths[:-1]]
        with torch.no_grad():
            self._pool = resize_frames(self.network(noise, labels[:-1])[-1], lengths[-1])
            self._pool_labels = labels[-1]
            self._reconstructions = [
                self._reconstruct(take, block[0]) for take in range(len(self.dataset))
            ]

    def _reconstruct(self, take: int, level: int) -> Tensor:
        """Return the levels' output (T, C) below a level for a take's noise, at its frames."""
        lengths = self.dataset.pyramid.lengths(len(self.dataset.motions[take]))[: level + 1]
        first = self.fixed_noise(take)
        zeros = (torch.zeros(1, n, first.shape[-1], device=first.device) for n in lengths[1:-1])
        track = self.dataset.tracks[take][None].to(self.device)
        labels = [resize_frames(track, length) for length in lengths[:-1]]
        return resize_frames(self.network([first, *zeros], labels)[-1], lengths[-1])[0]

    def fixed_noise(self, take: int) -> Tensor:
        """Return the coarsest level's noise (1, T, C) that reconstructs a take."""
        generator = torch.Generator().manual_seed(self.settings.seed * 7_919 + take)
        return self._noise(1, len(self.dataset.level_motions[take][0]), generator)

    def _noise(self, count: int, frames: int, generator: torch.Generator) -> Tensor:
        channels = self.dataset.layout.channel_count
        return torch.randn(count, frames, channels, generator=generator).to(self.device)

    def _generate_windows(
        self, block: range, count: int, generator: torch.Generator
    ) -> list[tuple[Tensor, Tensor]]:
        """Return generated motions (B, W, C) and labels (B, W, K) at each level of a block."""
        frames = self.settings.window
        if block[0] == 0:
            labels = self.dataset.sample_labels(0, count, frames, generator).to(self.device)
            coarser = None
        else:
            frames = min(frames, self._pool.shape[1])
            member = torch.randint(_POOL_SIZE, (count,), generator=generator)
            last = self._pool.shape[1] - frames
            start = torch.randint(last + 1, (count,), generator=generator)
            index = (start[:, None] + torch.arange(frames)).to(self.device)
            member = member.to(self.device)[:, None]
            coarser, labels = self._pool[member, index], self._pool_labels[member, index]
        windows: list[tuple[Tensor, Tensor]] = []
        for level in block:
            if windows:
                frames = round((frames - 1) * self.dataset.config.factor) + 1
                coarser, labels = (resize_frames(t, frames) for t in windows[-1])
            noise = self.network.amplitudes[level] * self._noise(count, frames, generator)
            windows.append((self.network.run_level(level, noise, coarser, labels), labels))
        return windows

    def _reconstruction_error(self, block: range, generator: torch.Generator) -> Tensor:
        """Return the mean L1 error of takes reconstructed from fixed noise, summed over levels."""
        first = block[0]
        takes = self.dataset.sample_takes(self.settings.batch, generator)
        lengths = [len(self.dataset.level_motions[take][first]) for take in takes]
        frames = min(2 * self.settings.window - 1, *lengths)
        starts, inputs, tracks = [], [], []
        for take, length in zip(takes, lengths, strict=True):
            start = int(torch.randint(length - frames + 1, (), generator=generator))
            window = slice(start, start + frames)
            starts.append(start)
            source = self._reconstructions[take] if first else self.fixed_noise(take)[0]
            inputs.append(source[window])
            tracks.append(self.dataset.level_tracks[take][first][window].to(self.device))
        given, labels = torch.stack(inputs), torch.stack(tracks)
        error = torch.zeros((), device=self.device)
        output = given
        for level in block:
            if level > first:
                count = round((frames - 1) * self.dataset.config.factor) + 1
                given, labels = resize_frames(output, count), resize_frames(labels, count)
            noise, coarser = (given, None) if level == 0 else (torch.zeros_like(given), given)
            output = self.network.run_level(level, noise, coarser, labels)
            count, resample = output.shape[1], self.dataset.resample_segment
            real = [
                resample(take, first, start, start + frames - 1, count)
                for take, start in zip(takes, starts, strict=True)
            ]
            std = self.network.label_statistics(labels)[1]
            deviation = (output - torch.stack(real).to(self.device)) / std
            error = error + deviation.abs().mean()
        return error
