"""Training block by block: two levels at a time, those below them finished.

A step trains the critics some times, then the generators once, on windows: of generated motion at
the level, and of takes that their own noise must give again. What comes from finished levels is
drawn in advance, so a step costs the same at every level.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from ..protocol.limits import DEFAULT_LEARN_STEPS
from ..training.run import TrainingRun, TrainingState
from .dataset import StyleDataset
from .losses import CONTACT_WEIGHT, RECONSTRUCTION_WEIGHT, contact_loss, critic_loss, generator_loss
from .networks import Critic, StyleNetwork, set_normalization
from .pyramid import resize_frames

_DRAWN = 64
"""Motions of the finished levels that are at hand, and for how many steps."""
_DRAWN_SECONDS = 4.0
_MEMORY = 0.99
"""Share of the mean of generators that stays in each step."""
_BETAS = 0.0, 0.99
"""Of Adam: a critic that is no longer there must not be answered."""
_FLOOR = 0.1
"""Share of the learning rates at the end of a block."""


@dataclass(frozen=True)
class LearnSettings:
    """How long and how fast."""

    steps: int = DEFAULT_LEARN_STEPS
    """Of each block."""
    block: int = 2
    """Levels that are trained together."""
    batch: int = 16
    window: int = 31
    """Frames of the block's first level in a window."""
    critic_steps: int = 2
    """For each step of the generators."""
    rate: float = 1e-3
    """Of the generators."""
    critic_rate: float = 2e-3
    seed: int = 0


Tell = Callable[[int, int, float | None, str], None]
"""Hears the steps done, the steps in all, the seconds to go if known, and what is being done."""


class Learning:
    """One style on its way."""

    def __init__(
        self, examples: StyleDataset, settings: LearnSettings, device: torch.device | str = "cpu"
    ) -> None:
        self.examples, self.settings = examples, settings
        self.device = torch.device(device)
        config = examples.config
        with torch.random.fork_rng([]):
            torch.manual_seed(settings.seed)
            self.network = StyleNetwork(config, examples.layout)
            self.critics = nn.ModuleList(
                Critic(config, examples.layout) for _ in range(settings.block)
            )
        self.network.mean.copy_(examples.mean)
        self.network.std.copy_(examples.std)
        self.network.centres.copy_(examples.label_means)
        self.network.spreads.copy_(examples.label_stds)
        details = [examples.detail_rms(level, self._spread) for level in range(config.levels)]
        self.network.amplitudes.copy_(torch.tensor(details))
        for networks in (self.network, self.critics):
            set_normalization(networks, *examples.signal_stats)
        self.network.to(self.device)
        self.critics.to(self.device)
        self.blocks = [
            range(first, min(first + settings.block, config.levels))
            for first in range(0, config.levels, settings.block)
        ]
        self.averages = copy.deepcopy(self.network.generators)
        self._made_for = -1
        self._optimisers()

    @property
    def total(self) -> int:
        """Steps of all blocks."""
        return self.settings.steps * len(self.blocks)

    @property
    def parts(self) -> TrainingState:
        """What a checkpoint holds."""
        return {
            "network": self.network,
            "critics": self.critics,
            "averages": self.averages,
            "generator_optimiser": self.generator_optimiser,
            "critic_optimiser": self.critic_optimiser,
        }

    def run(
        self,
        folder: Path,
        tell: Tell,
        cancelled: Callable[[], bool],
        level_done: Callable[[int], None],
        time_limit: float | None = None,
        save_every: float = 15.0,
    ) -> bool:
        """Train, or go on, in `folder`; True when all is learnt, False when stopped before.

        Args:
            folder: of the checkpoint.
            tell: hears of the progress after every step.
            cancelled: asked after every step.
            level_done: called with the last level of each block that is finished.
            time_limit: seconds after which to stop.
            save_every: seconds between two checkpoints.

        Raises:
            TrainingError: the folder holds a run with other settings or takes.
        """
        run = TrainingRun(folder, self.total, settings=self._described())
        run.resume(self.parts, frozenset({"generator_optimiser", "critic_optimiser"}))
        begun, first, saved = time.monotonic(), run.step, time.monotonic()
        whole = True
        try:
            while run.step < self.total:
                if run.step > first and (
                    cancelled()
                    or (time_limit is not None and time.monotonic() - begun > time_limit)
                ):
                    return False
                whole = False
                self.advance(run.step)
                run.step += 1
                whole = True
                block, within = divmod(run.step, self.settings.steps)
                each = (time.monotonic() - begun) / (run.step - first)
                current = self.blocks[min(block, len(self.blocks) - 1)]
                if within == 0:
                    level_done(self.blocks[block - 1][-1])
                # Last, because it may end the run: what a level can do is shown once.
                tell(
                    run.step,
                    self.total,
                    each * (self.total - run.step),
                    f"Level {current[-1] + 1} of {self.examples.config.levels}",
                )
                if time.monotonic() - saved > save_every:
                    run.save(self.parts)
                    saved = time.monotonic()
        finally:
            if whole:  # half a step is taken again from the checkpoint before
                run.save(self.parts)
        return True

    def advance(self, step: int) -> dict[str, float]:
        """One step; the losses by name."""
        number, within = divmod(step, self.settings.steps)
        block = self.blocks[number]
        if within == 0:
            self._begin(block)
        self._prepare(block, step - within % _DRAWN)
        generator = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + step)
        share = 0.5 * (1 + math.cos(math.pi * within / self.settings.steps))
        for optimiser, rate in (
            (self.generator_optimiser, self.settings.rate),
            (self.critic_optimiser, self.settings.critic_rate),
        ):
            for group in optimiser.param_groups:
                group["lr"] = rate * (_FLOOR + (1 - _FLOOR) * share)
        self.critics.requires_grad_(True)
        apart = self._train_critics(block, generator)
        self.critics.requires_grad_(False)
        losses = self._train_generators(block, generator)
        self._average(block, within)
        return {"apart": apart, **losses}

    def _train_critics(self, block: range, generator: torch.Generator) -> float:
        count, batch = self.settings.critic_steps, self.settings.batch
        with torch.no_grad():
            fakes = self._fakes(block, count * batch, generator)
        seen = 0.0
        for turn in range(count):
            loss = torch.zeros((), device=self.device)
            for number, level in enumerate(block):
                made, wanted = (t[turn * batch : (turn + 1) * batch] for t in fakes[number])
                real = self.examples.sample_windows(level, batch, made.shape[1], generator)
                motion, labels = (t.to(self.device) for t in real)
                frames = motion.shape[1]
                own, apart = critic_loss(
                    self._critic(number),
                    (self._unusual(motion, labels), labels),
                    (self._unusual(made[:, :frames], wanted[:, :frames]), wanted[:, :frames]),
                )
                loss = loss + own
                seen += float(apart) / (count * len(block))
            self.critic_optimiser.zero_grad()
            loss.backward()
            self.critic_optimiser.step()
        return seen

    def _train_generators(self, block: range, generator: torch.Generator) -> dict[str, float]:
        layout, rates = self.examples.layout, self.examples.pyramid.rates
        loss = torch.zeros((), device=self.device)
        slide = 0.0
        fakes = self._fakes(block, self.settings.batch, generator)
        for number, (made, wanted) in enumerate(fakes):
            loss = loss + generator_loss(self._critic(number), self._unusual(made, wanted), wanted)
            plain = made * self.network.std + self.network.mean
            sliding = contact_loss(layout, plain, rates[block[number]])
            loss = loss + CONTACT_WEIGHT * sliding
            slide += float(sliding.detach()) / len(block)
        self._descend(loss)
        # A step of its own: how far it goes does not depend on how loud the critic is.
        away = self._reconstruction(block, generator)
        self._descend(RECONSTRUCTION_WEIGHT * away)
        return {"slide": slide, "away": float(away.detach()) / len(block)}

    def _unusual(self, motion: Tensor, wanted: Tensor) -> Tensor:
        """How a motion (B, T, C) differs from what is usual of its labels, as critics see it."""
        middle, spread = self.network.label_statistics(wanted)
        return (motion - middle) / spread

    def _spread(self, wanted: Tensor) -> Tensor:
        return self.network.label_statistics(wanted)[1]

    def _descend(self, loss: Tensor) -> None:
        self.generator_optimiser.zero_grad()
        loss.backward()
        self.generator_optimiser.step()

    @torch.no_grad()
    def _average(self, block: range, within: int) -> None:
        """Follow the generators of a block, and at its end put the mean of their last steps in
        their place: generator and critic go round each other, and their middle is what is meant."""
        share = max(1 - _MEMORY, 9 / (10 + within))
        for level in block:
            mean, now = self.averages[level], self.network.level_generator(level)
            for one, other in zip(mean.parameters(), now.parameters(), strict=True):
                one.lerp_(other, share)
            if within + 1 == self.settings.steps:
                now.load_state_dict(mean.state_dict())

    def _critic(self, number: int) -> Critic:
        critic = self.critics[number]
        assert isinstance(critic, Critic)
        return critic

    def _begin(self, block: range) -> None:
        """Networks of a block as they begin: like those of the block below, if those add detail to
        what is nearly right already; else silent."""
        with torch.random.fork_rng([]):
            torch.manual_seed(self.settings.seed * 1_000_003 + block[0])
            for level in block:
                below = level - self.settings.block
                if below >= self.settings.block:
                    known = self.network.level_generator(below).state_dict()
                    self.network.level_generator(level).load_state_dict(known)
                elif level > 0:
                    self.network.level_generator(level).zero_last_layer()
        self._optimisers()

    def _optimisers(self) -> None:
        # Of all levels: those that get no gradient stay as they are.
        self.generator_optimiser = torch.optim.Adam(
            self.network.generators.parameters(), self.settings.rate, _BETAS
        )
        self.critic_optimiser = torch.optim.Adam(
            self.critics.parameters(), self.settings.critic_rate, _BETAS
        )

    def _prepare(self, block: range, seed_step: int) -> None:
        """What finished levels give: drawn motions, and takes from their own noise."""
        if self._made_for == seed_step:
            return
        self._made_for = seed_step
        for level in range(self.examples.config.levels):
            self.network.level_generator(level).requires_grad_(level in block)
        if block[0] == 0:
            return
        generator = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + seed_step + 1)
        frames = round(_DRAWN_SECONDS * self.examples.pyramid.rates[-1]) + 1
        lengths = self.examples.pyramid.lengths(frames)[: block[0] + 1]
        finest = self.examples.sample_labels(
            self.examples.config.levels - 1, _DRAWN, frames, generator
        ).to(self.device)
        labels = [resize_frames(finest, length) for length in lengths]
        noise = [self._noise(_DRAWN, length, generator) for length in lengths[:-1]]
        with torch.no_grad():
            made = self.network(noise, labels[:-1])
            self._drawn = resize_frames(made[-1], lengths[-1])
            self._drawn_labels = labels[-1]
            self._again = [self._own_noise(take, block[0]) for take in range(len(self.examples))]

    def _own_noise(self, take: int, level: int) -> Tensor:
        """(T, C) what the levels below give for a take's own noise, at this level's frames."""
        lengths = self.examples.pyramid.lengths(len(self.examples.motions[take]))[: level + 1]
        own = self.fixed_noise(take)
        noise = [own, *(torch.zeros(1, n, own.shape[-1], device=own.device) for n in lengths[1:-1])]
        wanted = self.examples.tracks[take][None].to(self.device)
        labels = [resize_frames(wanted, length) for length in lengths[:-1]]
        return resize_frames(self.network(noise, labels)[-1], lengths[-1])[0]

    def fixed_noise(self, take: int) -> Tensor:
        """(1, T, C) the noise at the coarsest level from which a take must come again."""
        generator = torch.Generator().manual_seed(self.settings.seed * 7_919 + take)
        return self._noise(1, len(self.examples.motion_at_level(take, 0)), generator)

    def _noise(self, count: int, frames: int, generator: torch.Generator) -> Tensor:
        channels = self.examples.layout.channel_count
        return torch.randn(count, frames, channels, generator=generator).to(self.device)

    def _fakes(
        self, block: range, count: int, generator: torch.Generator
    ) -> list[tuple[Tensor, Tensor]]:
        """Generated motions (B, W, C) and their labels (B, W, K) at each level of a block."""
        frames = self.settings.window
        if block[0] == 0:
            wanted = self.examples.sample_labels(0, count, frames, generator).to(self.device)
            before = None
        else:
            frames = min(frames, self._drawn.shape[1])
            which = torch.randint(_DRAWN, (count,), generator=generator)
            last = self._drawn.shape[1] - frames
            start = torch.randint(last + 1, (count,), generator=generator)
            index = (start[:, None] + torch.arange(frames)).to(self.device)
            which = which.to(self.device)[:, None]
            before, wanted = self._drawn[which, index], self._drawn_labels[which, index]
        made: list[tuple[Tensor, Tensor]] = []
        for level in block:
            if made:
                frames = round((frames - 1) * self.examples.config.factor) + 1
                before, wanted = (resize_frames(t, frames) for t in made[-1])
            noise = self.network.amplitudes[level] * self._noise(count, frames, generator)
            made.append((self.network.run_level(level, noise, before, wanted), wanted))
        return made

    def _reconstruction(self, block: range, generator: torch.Generator) -> Tensor:
        """Mean L1 distance of takes from what their own noise gives, summed over the levels."""
        first = block[0]
        takes = self.examples.sample_takes(self.settings.batch, generator)
        lengths = [len(self.examples.motion_at_level(take, first)) for take in takes]
        frames = min(2 * self.settings.window - 1, *lengths)
        parts = []
        for take, length in zip(takes, lengths, strict=True):
            labels = self.examples.track_at_level(take, first)
            start = int(torch.randint(length - frames + 1, (), generator=generator))
            here = slice(start, start + frames)
            own = self.fixed_noise(take)[0, here] if first == 0 else self._again[take][here]
            parts.append((take, start, own, labels[here].to(self.device)))
        given = torch.stack([part[2] for part in parts])
        wanted = torch.stack([part[3] for part in parts])
        away = torch.zeros((), device=self.device)
        made = given
        for level in block:
            if level > first:
                count = round((frames - 1) * self.examples.config.factor) + 1
                given, wanted = resize_frames(made, count), resize_frames(wanted, count)
            noise, before = (given, None) if level == 0 else (torch.zeros_like(given), given)
            made = self.network.run_level(level, noise, before, wanted)
            real = torch.stack(
                [
                    self.examples.resample_segment(
                        take, first, start, start + frames - 1, made.shape[1]
                    )
                    for take, start, _, _ in parts
                ]
            )
            apart = (made - real.to(self.device)) / self._spread(wanted)
            away = away + apart.abs().mean()
        return away

    def _described(self) -> dict[str, object]:
        config = self.examples.config.model_dump(mode="json")
        return {
            "config": config,
            "training": asdict(self.settings),
            "data": self.examples.digest,
        }
