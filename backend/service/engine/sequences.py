"""Several motions in a row as one take, and the metadata of such a take."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...playback.transition_search import (
    ClipRange,
    clip_seconds,
    close_loop,
    find_transition,
    first_clip_range,
    half_blends,
)
from ...protocol.limits import LIMITS
from ..schema.requests import Block
from .candidates import CandidateJob, GeneratedCandidate
from .compound_prompts import CompoundPrompts
from .interface import EngineError
from .latents import Latent
from .model_registry import ModelRegistry
from .sampling import SampleSpec

_TRANSITION_COST = 0.5
"""Part of the score, which is at most 1, that is subtracted for each metre between the poses at a
transition."""
_DAMAGED_BLOCKS = "The take's blocks are damaged: generate them again."


@dataclass(frozen=True)
class ComposedBlock:
    """A block with its motion and the range of it that is shown."""

    block: Block
    candidate: GeneratedCandidate
    clip_range: ClipRange

    @property
    def note(self) -> str:
        """Note for the user about a motion from a label; "" if there is none."""
        is_from_label = self.block.model == "motioninr"
        return str(self.candidate.score.metadata.get("note", "")) if is_from_label else ""

    def to_dict(self, registry: ModelRegistry) -> dict[str, Any]:
        """Return the block's metadata, which `clip_ranges_from_metadata` reads."""
        return {
            **self.block.model_dump(exclude={"kept"}),
            "offset": self.clip_range.offset,
            "pace": self.clip_range.playback_rate,
            "drawn": registry.latent_to_dict(self.candidate.latent),
            **self.candidate.score.metadata,
        }


@dataclass(frozen=True)
class SequenceComposer:
    """Samples blocks and joins them."""

    registry: ModelRegistry
    compound_prompts: CompoundPrompts
    job: CandidateJob

    def compose(
        self, blocks: Sequence[Block], loop: bool, load_latent: Callable[[int], Latent]
    ) -> list[ComposedBlock]:
        """Sample the blocks, and choose candidates by score and by their transitions.

        Args:
            blocks: Blocks in their order.
            loop: Whether the last block passes into the first.
            load_latent: Returns the latent of a block, by its index, that is reused.
        """
        blends = [block.blend for block in blocks]
        lengths = clip_seconds([b.seconds for b in blocks], blends, loop, LIMITS.seconds_max)
        overlaps = half_blends(blends, loop)
        candidates = self._sample_from_prompts(blocks, lengths)
        for n, (block, overlap) in enumerate(zip(blocks, overlaps, strict=True)):
            if block.kept is not None:
                candidates[n] = [GeneratedCandidate(load_latent(block.kept))]
            elif block.model == "motioninr":
                # A longer motion is one of longer captures, in which the labelled part may come
                # after the range that is shown. Only a loop may choose where it starts.
                shortest = block.seconds + sum(overlap)
                seconds_range = shortest, lengths[n] if len(blocks) == 1 else shortest
                candidates[n] = self.registry.sample_block_candidates(
                    block, seconds_range, self.job.count, self.job.lock_feet
                )
        composed: list[ComposedBlock] = []
        for n, (block, overlap) in enumerate(zip(blocks, overlaps, strict=True)):
            previous = composed[-1].clip_range if composed else None
            composed.append(self._choose_candidate(block, candidates[n], overlap, previous))
        if loop:
            end = close_loop(composed[-1].clip_range, composed[0].clip_range)
            composed[-1] = replace(composed[-1], clip_range=end)
        return composed

    def _sample_from_prompts(
        self, blocks: Sequence[Block], lengths: Sequence[float]
    ) -> dict[int, list[GeneratedCandidate]]:
        """Return the candidates of each block with a prompt that is not reused, by its index."""
        motions = {}
        for n, (block, length) in enumerate(zip(blocks, lengths, strict=True)):
            if block.kept is None and block.model == "nerm":
                spec = SampleSpec(block.prompt, block.action, length, block.seed)
                layers = self.compound_prompts.split_into_layers(block.prompt, block.action)
                motions[n] = spec, layers
        return dict(zip(motions, self.job.sample(list(motions.values())), strict=True))

    def _choose_candidate(
        self,
        block: Block,
        candidates: Sequence[GeneratedCandidate],
        overlaps: tuple[float, float],
        previous: ClipRange | None,
    ) -> ComposedBlock:
        trials = []
        for candidate in candidates:
            clip = self.registry.make_clip(candidate.latent)
            clip_range, distance = first_clip_range(clip, block.seconds, overlaps), 0.0
            if previous is not None:
                clip_range, distance = find_transition(previous, clip_range)
            score = candidate.score.total - _TRANSITION_COST * distance
            trials.append((score, ComposedBlock(block, candidate, clip_range)))
        return max(trials, key=lambda trial: trial[0])[1]


def clip_ranges_from_metadata(metadata: dict[str, Any], registry: ModelRegistry) -> list[ClipRange]:
    """Return the clips of a take of several blocks, made by the installed weights.

    Raises:
        EngineError: The metadata is damaged.
    """
    try:
        blocks = [dict(block) for block in metadata["blocks"]]
        overlaps = half_blends([float(block["blend"]) for block in blocks], bool(metadata["loop"]))
        clip_ranges = [
            ClipRange(
                registry.make_clip(registry.parse_latent(block["drawn"])),
                float(block["seconds"]),
                *overlap,
                offset=float(block["offset"]),
                playback_rate=float(block["pace"]),
            )
            for block, overlap in zip(blocks, overlaps, strict=True)
        ]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise EngineError(_DAMAGED_BLOCKS) from error
    if not 1 <= len(clip_ranges) <= LIMITS.blocks_max or not all(map(_is_valid, clip_ranges)):
        raise EngineError(_DAMAGED_BLOCKS)
    return clip_ranges


def _is_valid(clip_range: ClipRange) -> bool:
    return (
        LIMITS.seconds_min <= clip_range.seconds <= LIMITS.seconds_max
        and 0 <= clip_range.overlap_before + clip_range.overlap_after <= clip_range.seconds
        and 0 <= clip_range.offset <= clip_range.clip.seconds
        and 0.1 <= clip_range.playback_rate <= 10
    )
