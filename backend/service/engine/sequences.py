"""Several motions in a row as one take, and how such a take tells what it is made of."""

from __future__ import annotations

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
from .candidates import GeneratedCandidate, build_candidates, candidate_specs
from .compound_prompts import CompoundPrompts
from .interface import EngineError
from .latents import Latent
from .model_registry import ModelRegistry
from .ranking import CandidateScore
from .sampling import CandidateSampler, SampleSpec, SamplingParams

_TRANSITION_COST = 0.5
"""What 1 m between the stances at a seam takes from a motion's worth, which is at most 1."""
_DAMAGED_BLOCKS = "The take's blocks are damaged: generate them again."


@dataclass(frozen=True)
class ComposedBlock:
    """A block, the motion that was drawn for it, and what is shown of that."""

    block: Block
    candidate: GeneratedCandidate
    clip_range: ClipRange

    @property
    def note(self) -> str:
        """What the animator must know of a motion by its action; "" if nothing."""
        said = self.candidate.score.metadata if self.block.model == "motioninr" else {}
        return str(said.get("note", ""))

    def to_dict(self, registry: ModelRegistry) -> dict[str, Any]:
        """The block as a take tells of it; read again by `read_blocks`."""
        told = self.block.model_dump(exclude={"kept"})
        shown = {"offset": self.clip_range.offset, "pace": self.clip_range.playback_rate}
        drawn = registry.latent_to_dict(self.candidate.latent)
        return {**told, **shown, "drawn": drawn, **self.candidate.score.metadata}


@dataclass(frozen=True)
class SequenceComposer:
    """Draws blocks and joins them."""

    registry: ModelRegistry
    sampler: CandidateSampler
    compound_prompts: CompoundPrompts
    params: SamplingParams
    candidate_count: int
    """Candidates of each block."""
    lock_feet: bool

    def compose(
        self,
        blocks: Sequence[Block],
        loop: bool,
        load_kept_latent: Callable[[int], Latent],
        on_step: Callable[[int], None],
        timings: dict[str, float],
    ) -> list[ComposedBlock]:
        """Draw what is not kept, as one batch, and choose by worth and by how it goes on."""
        blends = [block.blend for block in blocks]
        seconds = [block.seconds for block in blocks]
        lengths = clip_seconds(seconds, blends, loop, LIMITS.seconds_max)
        reaches = half_blends(blends, loop)
        found = self._sample_blocks(blocks, lengths, on_step, timings)
        for n, (block, reach) in enumerate(zip(blocks, reaches, strict=True)):
            if block.kept is None and block.model == "motioninr":
                # A longer one is of longer captures, in which the action may come after a part that
                # is shown; only a motion that passes into itself may choose where it begins.
                least = block.seconds + sum(reach)
                span = least, lengths[n] if len(blocks) == 1 else least
                found[n] = self.registry.sample_block_candidates(
                    block, span, self.candidate_count, self.lock_feet
                )
        played: list[ComposedBlock] = []
        for n, (block, reach) in enumerate(zip(blocks, reaches, strict=True)):
            could = found[n] or [
                GeneratedCandidate(load_kept_latent(block.kept or 0), CandidateScore())
            ]
            before = played[-1].clip_range if played else None
            played.append(self._choose_candidate(block, could, reach, before))
        if loop:
            end = close_loop(played[-1].clip_range, played[0].clip_range)
            played[-1] = replace(played[-1], clip_range=end)
        return played

    def _sample_blocks(
        self,
        blocks: Sequence[Block],
        lengths: Sequence[float],
        on_step: Callable[[int], None],
        timings: dict[str, float],
    ) -> list[list[GeneratedCandidate]]:
        """The options of each block from a prompt; none of one that is kept."""
        found: list[list[GeneratedCandidate]] = [[] for _ in blocks]
        wanted = [n for n, one in enumerate(blocks) if one.kept is None and one.model == "nerm"]
        wishes = {
            n: SampleSpec(blocks[n].prompt, blocks[n].action, lengths[n], blocks[n].seed)
            for n in wanted
        }
        cooked = {
            n: self.compound_prompts.split_into_layers(wish.prompt, wish.action)
            for n, wish in wishes.items()
        }
        batches = {n: candidate_specs(wishes[n], cooked[n], self.candidate_count) for n in wanted}
        if not wanted:
            return found
        everything = [wish for batch in batches.values() for wish in batch]
        codes = self.sampler.sample_latents(everything, self.params, on_step, timings)
        parts = codes.split([len(batch) for batch in batches.values()])
        for n, part in zip(wanted, parts, strict=True):
            found[n] = build_candidates(
                self.sampler, wishes[n], cooked[n], part, self.lock_feet, timings
            )
        return found

    def _choose_candidate(
        self,
        block: Block,
        candidates: Sequence[GeneratedCandidate],
        half_blends: tuple[float, float],
        previous: ClipRange | None,
    ) -> ComposedBlock:
        trials = []
        for option in candidates:
            passage = self.registry.make_clip(option.latent)
            shown, away = first_clip_range(passage, block.seconds, half_blends), 0.0
            if previous is not None:
                shown, away = find_transition(previous, shown)
            trials.append(
                (option.score.total - _TRANSITION_COST * away, ComposedBlock(block, option, shown))
            )
        return max(trials, key=lambda trial: trial[0])[1]


def clip_ranges_from_metadata(metadata: dict[str, Any], registry: ModelRegistry) -> list[ClipRange]:
    """What a take of several blocks shows; it is known to be of these weights.

    Raises:
        EngineError: if what it tells is damaged.
    """
    try:
        told = [dict(one) for one in metadata["blocks"]]
        reaches = half_blends([float(one["blend"]) for one in told], bool(metadata["loop"]))
        shown = [
            ClipRange(
                registry.make_clip(registry.parse_latent(one["drawn"])),
                float(one["seconds"]),
                *reach,
                offset=float(one["offset"]),
                playback_rate=float(one["pace"]),
            )
            for one, reach in zip(told, reaches, strict=True)
        ]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise EngineError(_DAMAGED_BLOCKS) from error
    if not 1 <= len(shown) <= LIMITS.blocks_max or not all(map(_is_valid_range, shown)):
        raise EngineError(_DAMAGED_BLOCKS)
    return shown


def _is_valid_range(shown: ClipRange) -> bool:
    return (
        LIMITS.seconds_min <= shown.seconds <= LIMITS.seconds_max
        and 0 <= shown.overlap_before + shown.overlap_after <= shown.seconds
        and 0 <= shown.offset <= shown.clip.seconds
        and 0.1 <= shown.playback_rate <= 10
    )
