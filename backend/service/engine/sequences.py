"""Several motions in a row as one take, and how such a take tells what it is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...playback.transition_search import Shown, begun, closing, drawn_seconds, following, halves
from ...protocol.limits import LIMITS
from ..schema.requests import Block
from .candidates import Option, options, wishes_of
from .compound_prompts import Recipes
from .interface import EngineError
from .latents import Latent
from .model_registry import Models
from .ranking import Verdict
from .sampling import Drawer, Way, Wish

_SEAM_COST = 0.5
"""What 1 m between the stances at a seam takes from a motion's worth, which is at most 1."""
_DAMAGED = "The take's blocks are damaged: generate them again."


@dataclass(frozen=True)
class Played:
    """A block, the motion that was drawn for it, and what is shown of that."""

    block: Block
    option: Option
    shown: Shown

    @property
    def note(self) -> str:
        """What the animator must know of a motion by its action; "" if nothing."""
        said = self.option.verdict.info if self.block.model == "motioninr" else {}
        return str(said.get("note", ""))

    def told(self, models: Models) -> dict[str, Any]:
        """The block as a take tells of it; read again by `read_blocks`."""
        told = self.block.model_dump(exclude={"kept"})
        shown = {"offset": self.shown.offset, "pace": self.shown.pace}
        drawn = models.told(self.option.latent)
        return {**told, **shown, "drawn": drawn, **self.option.verdict.info}


@dataclass(frozen=True)
class Composer:
    """Draws blocks and joins them."""

    models: Models
    drawer: Drawer
    recipes: Recipes
    way: Way
    each: int
    """Candidates of each block."""
    lock_feet: bool

    def compose(
        self,
        blocks: Sequence[Block],
        loops: bool,
        kept: Callable[[int], Latent],
        on_step: Callable[[int], None],
        timings: dict[str, float],
    ) -> list[Played]:
        """Draw what is not kept, as one batch, and choose by worth and by how it goes on."""
        blends = [block.blend for block in blocks]
        seconds = [block.seconds for block in blocks]
        lengths = drawn_seconds(seconds, blends, loops, LIMITS.seconds_max)
        reaches = halves(blends, loops)
        found = self._drawn(blocks, lengths, on_step, timings)
        for n, (block, reach) in enumerate(zip(blocks, reaches, strict=True)):
            if block.kept is None and block.model == "motioninr":
                # A longer one is of longer captures, in which the action may come after a part that
                # is shown; only a motion that passes into itself may choose where it begins.
                least = block.seconds + sum(reach)
                span = least, lengths[n] if len(blocks) == 1 else least
                found[n] = self.models.drawn(block, span, self.each, self.lock_feet)
        played: list[Played] = []
        for n, (block, reach) in enumerate(zip(blocks, reaches, strict=True)):
            could = found[n] or [Option(kept(block.kept or 0), Verdict())]
            before = played[-1].shown if played else None
            played.append(self._chosen(block, could, reach, before))
        if loops:
            end = closing(played[-1].shown, played[0].shown)
            played[-1] = replace(played[-1], shown=end)
        return played

    def _drawn(
        self,
        blocks: Sequence[Block],
        lengths: Sequence[float],
        on_step: Callable[[int], None],
        timings: dict[str, float],
    ) -> list[list[Option]]:
        """The options of each block from a prompt; none of one that is kept."""
        found: list[list[Option]] = [[] for _ in blocks]
        wanted = [n for n, one in enumerate(blocks) if one.kept is None and one.model == "nerm"]
        wishes = {
            n: Wish(blocks[n].prompt, blocks[n].action, lengths[n], blocks[n].seed) for n in wanted
        }
        cooked = {n: self.recipes.of(wish.prompt, wish.action) for n, wish in wishes.items()}
        batches = {n: wishes_of(wishes[n], cooked[n], self.each) for n in wanted}
        if not wanted:
            return found
        everything = [wish for batch in batches.values() for wish in batch]
        codes = self.drawer.draw(everything, self.way, on_step, timings)
        parts = codes.split([len(batch) for batch in batches.values()])
        for n, part in zip(wanted, parts, strict=True):
            found[n] = options(self.drawer, wishes[n], cooked[n], part, self.lock_feet, timings)
        return found

    def _chosen(
        self,
        block: Block,
        could: Sequence[Option],
        reach: tuple[float, float],
        before: Shown | None,
    ) -> Played:
        trials = []
        for option in could:
            passage = self.models.passage(option.latent)
            shown, away = begun(passage, block.seconds, reach), 0.0
            if before is not None:
                shown, away = following(before, shown)
            trials.append((option.verdict.worth - _SEAM_COST * away, Played(block, option, shown)))
        return max(trials, key=lambda trial: trial[0])[1]


def read_blocks(info: dict[str, Any], models: Models) -> list[Shown]:
    """What a take of several blocks shows; it is known to be of these weights.

    Raises:
        EngineError: if what it tells is damaged.
    """
    try:
        told = [dict(one) for one in info["blocks"]]
        reaches = halves([float(one["blend"]) for one in told], bool(info["loop"]))
        shown = [
            Shown(
                models.passage(models.read(one["drawn"])),
                float(one["seconds"]),
                *reach,
                offset=float(one["offset"]),
                pace=float(one["pace"]),
            )
            for one, reach in zip(told, reaches, strict=True)
        ]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise EngineError(_DAMAGED) from error
    if not 1 <= len(shown) <= LIMITS.blocks_max or not all(map(_sound, shown)):
        raise EngineError(_DAMAGED)
    return shown


def _sound(shown: Shown) -> bool:
    return (
        LIMITS.seconds_min <= shown.seconds <= LIMITS.seconds_max
        and 0 <= shown.before + shown.after <= shown.seconds
        and 0 <= shown.offset <= shown.passage.seconds
        and 0.1 <= shown.pace <= 10
    )
