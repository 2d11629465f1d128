"""The networks of one level, and all generators in a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Annotated

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from .features import FeatureLayout
from .film import Film, Projection
from .pyramid import Pyramid, resize_frames
from .skeletal_conv import SkeletalConvolution, node_adjacency, unfold_windows

_SLOPE = 0.2
_MIN_LABEL_WEIGHT = 1e-6
"""Share of every label where none is wanted."""

LevelEdit = Callable[[int, Tensor, Tensor], Tensor]
"""Of a level's number, output (B, T, C) and labels (B, T, K) what it is to be instead."""


class StyleConfig(BaseModel):
    """Shape of the networks; kept with the style, whose file may be anybody's: hence the bounds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    labels: tuple[str, ...]
    """What can be asked for, in the order of the columns of a control track."""
    levels: int = Field(7, ge=1, le=16)
    factor: float = Field(4 / 3, gt=1, le=4)
    """Frames of one level for each of the next coarser."""
    kernel: int = Field(5, ge=1, le=31)
    """Frames, odd."""
    widths: tuple[Annotated[int, Field(ge=1, le=64)], ...] = Field((4, 6, 6), max_length=8)
    """Channels of each node between the layers."""
    film: bool = True
    """Whether the networks hear labels; without, they are those of a model that knows none."""
    film_width: int = Field(64, ge=1, le=1024)

    @property
    def pyramid(self) -> Pyramid:
        """Its resolutions."""
        return Pyramid(self.levels, self.factor)

    @property
    def patch_frames(self) -> int:
        """Frames that a critic judges at once."""
        return (len(self.widths) + 1) * (self.kernel - 1) + 1

    @property
    def min_seconds(self) -> float:
        """Seconds of the shortest take that can be learnt: half a patch at the coarsest level,
        which mirrored is a whole one."""
        return (self.patch_frames // 2) / self.pyramid.rates[0]


class Generator(nn.Module):
    """One level: the detail that is added to what the coarser one made."""

    def __init__(self, config: StyleConfig, layout: FeatureLayout) -> None:
        super().__init__()
        self.film = (
            Film(len(config.labels), layout.channel_count, config.film_width, 2)
            if config.film
            else None
        )
        near = node_adjacency(layout.body.skeleton.parents, layout.node_joints)
        nodes = len(layout.node_joints)
        steps = [
            layout.node_channels,
            *([width] * nodes for width in config.widths),
            layout.node_channels,
        ]
        self.layers = nn.ModuleList(
            SkeletalConvolution(near, one, other, config.kernel) for one, other in pairwise(steps)
        )

    def forward(
        self, noise: Tensor, coarser: Tensor, conditioning: Tensor, loop: bool = False
    ) -> Tensor:
        """The level's detail (B, T, C).

        Args:
            noise: (B, T, C), already as strong as it is to be.
            before: (B, T, C) the coarser level's output at this one's frames.
            wanted: (B, T, K) labels.
            loop: whether the motion goes round.
        """
        if self.film is not None:
            noise, coarser = self.film(conditioning, noise, coarser)
        x = coarser + noise
        for number, layer in enumerate(self.layers):
            x = layer(nn.functional.leaky_relu(x, _SLOPE) if number else x, loop)
        return x

    def zero_last_layer(self) -> None:
        """Add nothing, until it is trained."""
        last = self.layers[-1]
        assert isinstance(last, SkeletalConvolution)
        nn.init.zeros_(last.weight)


class Critic(nn.Module):
    """How real each patch of a motion looks, and how well it fits its labels."""

    def __init__(self, config: StyleConfig, layout: FeatureLayout) -> None:
        super().__init__()
        near = node_adjacency(layout.body.skeleton.parents, layout.node_joints)
        nodes = len(layout.node_joints)
        steps = [layout.node_channels, *([width] * nodes for width in config.widths)]
        self.layers = nn.ModuleList(
            SkeletalConvolution(near, one, other, config.kernel) for one, other in pairwise(steps)
        )
        width = sum(steps[-1])
        self.kernel = config.kernel
        self.last = nn.Linear(width * config.kernel, 1)
        self.fits = Projection(len(config.labels), width) if config.film else None

    def forward(self, motion: Tensor, conditioning: Tensor) -> Tensor:
        """(B,) mean over patches, of motions (B, T, C) with labels (B, T, K)."""
        x = motion
        for layer in self.layers:
            x = nn.functional.leaky_relu(layer(x), _SLOPE)
        found = self.last(unfold_windows(x, self.kernel))[..., 0]
        if self.fits is not None:
            found = found + self.fits(x, conditioning)
        return found.mean(dim=1)


class StyleNetwork(nn.Module):
    """The generators of all levels, with what is needed to read and write features.

    Generators and critics see motions as they differ from what is usual of their labels: a sneak
    is mostly unlike a run, and next to that the steps in it would be small.
    """

    def __init__(self, config: StyleConfig, layout: FeatureLayout) -> None:
        super().__init__()
        self.config, self.layout = config, layout
        self.generators = nn.ModuleList(Generator(config, layout) for _ in range(config.levels))
        labels = len(config.labels)
        self.register_buffer("mean", torch.zeros(layout.channel_count))
        self.register_buffer("std", torch.ones(layout.channel_count))
        self.register_buffer("amplitudes", torch.ones(config.levels))
        self.register_buffer("centres", torch.zeros(labels, layout.channel_count))
        self.register_buffer("spreads", torch.ones(labels, layout.channel_count))
        self.mean: Tensor
        self.std: Tensor
        self.amplitudes: Tensor
        self.centres: Tensor
        """(K, C) mean of the standardised features of each label."""
        self.spreads: Tensor
        """(K, C) and how far they are from it."""

    def level_generator(self, number: int) -> Generator:
        """The generator of a level."""
        generator = self.generators[number]
        assert isinstance(generator, Generator)
        return generator

    def fold_normalization(self) -> None:
        """Be as it was with what is wanted as it is, as files have it."""
        for number in range(len(self.generators)):
            film = self.level_generator(number).film
            if film is not None:
                film.fold_normalization()

    def label_statistics(self, conditioning: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, C) mean and spread of features where so much of each label is wanted (B, T, K)."""
        share = conditioning.clamp(min=0) + _MIN_LABEL_WEIGHT
        share = share / share.sum(dim=-1, keepdim=True)
        return share @ self.centres, share @ self.spreads

    def run_level(
        self,
        level: int,
        noise: Tensor,
        coarser: Tensor | None,
        conditioning: Tensor,
        loop: bool = False,
    ) -> Tensor:
        """The output (B, T, C) of a level, standardised.

        Args:
            number: of the level.
            noise: (B, T, C), already as strong as it is to be.
            before: (B, T, C) the coarser level's output at this one's frames; None at the coarsest.
            wanted: (B, T, K) labels.
            loop: whether the motion goes round.
        """
        middle, spread = self.label_statistics(conditioning)
        coarser = middle if coarser is None else coarser
        detail = self.level_generator(level)(noise, (coarser - middle) / spread, conditioning, loop)
        return coarser + spread * detail

    def forward(
        self,
        noise: Sequence[Tensor],
        conditioning: Sequence[Tensor],
        loop: bool = False,
        coarsest: Tensor | None = None,
        edit_level: LevelEdit | None = None,
    ) -> list[Tensor]:
        """The output (B, T, C) of each level that noise is given for, standardised.

        Args:
            noise: (B, T, C) of each level, of unit strength.
            wanted: (B, T, K) labels of each level.
            loop: whether the motion goes round.
            coarsest: (B, T, C) what to take for the first level's output.
            change: what becomes of each level's output before the next one sees it.
        """
        made: list[Tensor] = []
        for number, (own, labels) in enumerate(zip(noise, conditioning, strict=True)):
            if number == 0 and coarsest is not None:
                here = coarsest
            else:
                before = resize_frames(made[-1], own.shape[1], loop) if made else None
                here = self.run_level(number, self.amplitudes[number] * own, before, labels, loop)
            made.append(here if edit_level is None else edit_level(number, here, labels))
        return made
