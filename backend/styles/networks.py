"""The networks of a style: FiLM, the generator and critic of one level, and all generators."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Annotated

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from .features import FeatureLayout
from .pyramid import Pyramid, resize_frames
from .skeletal_conv import SkeletalConvolution, node_adjacency, unfold_windows

_SLOPE = 0.2
"""Negative slope of the leaky ReLUs."""
_MIN_LABEL_WEIGHT = 1e-6
"""Weight of every label where the conditioning gives none."""

LevelEdit = Callable[[int, Tensor, Tensor], Tensor]
"""A function (level, output (B, T, C), labels (B, T, K)) that replaces a level's output."""


class StyleConfig(BaseModel):
    """Shape of the networks. Bounded, because it is read from style files by unknown authors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    labels: tuple[str, ...]
    """Names of the columns of a control track."""
    levels: int = Field(7, ge=1, le=16)
    factor: float = Field(4 / 3, gt=1, le=4)
    """Ratio of the frame rates of successive levels."""
    kernel: int = Field(5, ge=1, le=31)
    """Length of a convolution in frames, an odd number."""
    widths: tuple[Annotated[int, Field(ge=1, le=64)], ...] = Field((4, 6, 6), max_length=8)
    """Channels of each node between the layers."""
    film: bool = True
    """Condition the networks on labels; False for an unconditional model."""
    film_width: int = Field(64, ge=1, le=1024)

    @property
    def pyramid(self) -> Pyramid:
        return Pyramid(self.levels, self.factor)

    @property
    def patch_frames(self) -> int:
        """Receptive field of a critic."""
        return (len(self.widths) + 1) * (self.kernel - 1) + 1

    @property
    def min_seconds(self) -> float:
        """Length of the shortest training take: half a patch at the coarsest level, which
        reflection completes."""
        return (self.patch_frames // 2) / self.pyramid.rates[0]


class InputNormalizer(nn.Module):
    """Standardizes a control track; the identity for labels.

    The columns of a signal vary little compared to their mean, so networks hardly react to raw
    ones. Style files do not store this: `fold_normalization` moves it into the weights.
    """

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.mean = nn.Buffer(torch.zeros(labels), persistent=False)
        self.std = nn.Buffer(torch.ones(labels), persistent=False)

    def forward(self, conditioning: Tensor) -> Tensor:
        return (conditioning - self.mean) / self.std


def set_normalization(networks: nn.Module, mean: Tensor, std: Tensor) -> None:
    """Set the mean (K,) and standard deviation (K,) in all `InputNormalizer` of some networks."""
    for module in networks.modules():
        if isinstance(module, InputNormalizer):
            module.mean.copy_(mean)
            module.std.copy_(std)


class Film(nn.Module):
    """Feature-wise linear modulation of several tracks by a control track; the identity at first.

    Perez et al., 2018.
    """

    def __init__(self, labels: int, channels: int, width: int, tracks: int) -> None:
        super().__init__()
        self.normalizer = InputNormalizer(labels)
        self.embed = nn.Linear(labels, width)
        self.modulate = nn.Linear(width, 2 * channels * tracks)
        nn.init.zeros_(self.modulate.weight)
        nn.init.zeros_(self.modulate.bias)
        self.tracks = tracks

    def forward(self, conditioning: Tensor, *tracks: Tensor) -> tuple[Tensor, ...]:
        """Scale and shift each track (B, T, C) by the conditioning (B, T, K)."""
        embedded = self.embed(self.normalizer(conditioning))
        factors = self.modulate(embedded).chunk(2 * self.tracks, dim=-1)
        return tuple(
            (1 + scale) * track + shift
            for track, scale, shift in zip(tracks, factors[::2], factors[1::2], strict=True)
        )

    @torch.no_grad()
    def fold_normalization(self) -> None:
        """Move the input normalization into the weights; outputs stay the same."""
        mean, std = self.normalizer.mean, self.normalizer.std
        self.embed.weight.div_(std)
        self.embed.bias.sub_(self.embed.weight @ mean)
        set_normalization(self, torch.zeros_like(mean), torch.ones_like(std))


class Projection(nn.Module):
    """Projection discriminator (Miyato and Koyama, 2018): product of features and labels."""

    def __init__(self, labels: int, channels: int) -> None:
        super().__init__()
        self.normalizer = InputNormalizer(labels)
        self.embed = nn.Linear(labels, channels, bias=False)
        nn.init.normal_(self.embed.weight, std=channels**-0.5)

    def forward(self, features: Tensor, conditioning: Tensor) -> Tensor:
        """Map features (B, T, C) and labels (B, T, K) to scores (B, T)."""
        return torch.sum(features * self.embed(self.normalizer(conditioning)), dim=-1)


def _convolutions(
    config: StyleConfig, layout: FeatureLayout, channels: Sequence[Sequence[int]]
) -> nn.ModuleList:
    """Return the layers of a network, given the channels of each node before, between and after."""
    adjacency = node_adjacency(layout.body.skeleton.parents, layout.node_joints)
    return nn.ModuleList(
        SkeletalConvolution(adjacency, before, after, config.kernel)
        for before, after in pairwise(channels)
    )


class Generator(nn.Module):
    """The generator of one level: the detail that it adds to the coarser level's output."""

    def __init__(self, config: StyleConfig, layout: FeatureLayout) -> None:
        super().__init__()
        labels, channels = len(config.labels), layout.channel_count
        self.film = Film(labels, channels, config.film_width, 2) if config.film else None
        hidden = [[width] * len(layout.node_joints) for width in config.widths]
        ends = layout.node_channels
        self.layers = _convolutions(config, layout, [ends, *hidden, ends])

    def forward(
        self, noise: Tensor, coarser: Tensor, conditioning: Tensor, loop: bool = False
    ) -> Tensor:
        """Return the detail (B, T, C), given scaled noise and the coarser level's output at the
        same frames (B, T, C), and labels (B, T, K)."""
        if self.film is not None:
            noise, coarser = self.film(conditioning, noise, coarser)
        x = coarser + noise
        for number, layer in enumerate(self.layers):
            x = layer(nn.functional.leaky_relu(x, _SLOPE) if number else x, loop)
        return x

    def zero_last_layer(self) -> None:
        """Make the detail zero until the generator is trained."""
        last = self.layers[-1]
        assert isinstance(last, SkeletalConvolution)
        nn.init.zeros_(last.weight)


class Critic(nn.Module):
    """The critic of one level: scores the realism of each patch and its match with the labels."""

    def __init__(self, config: StyleConfig, layout: FeatureLayout) -> None:
        super().__init__()
        hidden = [[width] * len(layout.node_joints) for width in config.widths]
        channels = [layout.node_channels, *hidden]
        self.layers = _convolutions(config, layout, channels)
        width = sum(channels[-1])
        self.kernel = config.kernel
        self.last = nn.Linear(width * config.kernel, 1)
        self.fits = Projection(len(config.labels), width) if config.film else None

    def forward(self, motion: Tensor, conditioning: Tensor) -> Tensor:
        """Return the mean patch score (B,) of motions (B, T, C) with labels (B, T, K)."""
        x = motion
        for layer in self.layers:
            x = nn.functional.leaky_relu(layer(x), _SLOPE)
        scores = self.last(unfold_windows(x, self.kernel))[..., 0]
        if self.fits is not None:
            scores = scores + self.fits(x, conditioning)
        return scores.mean(dim=1)


class StyleNetwork(nn.Module):
    """The generators of all levels, with the statistics that standardize features.

    Generators and critics see the deviation of a motion from the mean of its labels, in units of
    their standard deviation: next to a run a sneak hardly moves, and its steps would be lost.
    """

    def __init__(self, config: StyleConfig, layout: FeatureLayout) -> None:
        super().__init__()
        self.config, self.layout = config, layout
        self.generators = nn.ModuleList(Generator(config, layout) for _ in range(config.levels))
        labels, channels = len(config.labels), layout.channel_count
        self.mean = nn.Buffer(torch.zeros(channels))
        self.std = nn.Buffer(torch.ones(channels))
        self.amplitudes = nn.Buffer(torch.ones(config.levels))
        self.centres = nn.Buffer(torch.zeros(labels, channels))
        """(K, C) mean of the standardized features of each label."""
        self.spreads = nn.Buffer(torch.ones(labels, channels))
        """(K, C) standard deviation of the standardized features of each label."""

    def level_generator(self, level: int) -> Generator:
        generator = self.generators[level]
        assert isinstance(generator, Generator)
        return generator

    def fold_normalization(self) -> None:
        """Move all input normalization into the weights, as style files store them."""
        for level in range(len(self.generators)):
            film = self.level_generator(level).film
            if film is not None:
                film.fold_normalization()

    def label_statistics(self, conditioning: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and standard deviation (B, T, C) of features under labels (B, T, K)."""
        weights = conditioning.clamp(min=0) + _MIN_LABEL_WEIGHT
        weights = weights / weights.sum(dim=-1, keepdim=True)
        return weights @ self.centres, weights @ self.spreads

    def run_level(
        self,
        level: int,
        noise: Tensor,
        coarser: Tensor | None,
        conditioning: Tensor,
        loop: bool = False,
    ) -> Tensor:
        """Return the standardized output (B, T, C) of a level, as `Generator.forward`.

        `coarser` is None at the coarsest level.
        """
        mean, std = self.label_statistics(conditioning)
        coarser = mean if coarser is None else coarser
        detail = self.level_generator(level)(noise, (coarser - mean) / std, conditioning, loop)
        return coarser + std * detail

    def forward(
        self,
        noise: Sequence[Tensor],
        conditioning: Sequence[Tensor],
        loop: bool = False,
        edit_level: LevelEdit | None = None,
    ) -> list[Tensor]:
        """Return the standardized output (B, T, C) of each level that noise is given for.

        Args:
            noise: (B, T, C) of unit variance for each level.
            conditioning: (B, T, K) labels of each level.
            loop: True if the last frame is followed by the first.
            edit_level: Function applied to each level's output before the next level sees it.
        """
        outputs: list[Tensor] = []
        for level, (level_noise, labels) in enumerate(zip(noise, conditioning, strict=True)):
            coarser = resize_frames(outputs[-1], level_noise.shape[1], loop) if outputs else None
            scaled = self.amplitudes[level] * level_noise
            output = self.run_level(level, scaled, coarser, labels, loop)
            outputs.append(output if edit_level is None else edit_level(level, output, labels))
        return outputs
