"""The groups of prompts, in the order of the table."""

from collections.abc import Iterable

from .activity_prompts import COMPOSITIONS, COUNTS, FIGHTS, MOODS, SPORTS
from .arm_prompts import DAILY, HANDS, SIGNALS
from .body_prompts import EXERCISE, FLOOR, GAIT_STYLES, GAITS, GYMNASTICS, JUMPS, RUN_PROMPTS, TURNS
from .prompts import Prompt, PromptSet

GROUPS: dict[str, tuple[PromptSet, ...]] = {
    "walks": GAITS,
    "kinds of walk": GAIT_STYLES,
    "runs": RUN_PROMPTS,
    "jumps": JUMPS,
    "turns and looks": TURNS,
    "signals": SIGNALS,
    "hands": HANDS,
    "daily acts": DAILY,
    "sitting and floor": FLOOR,
    "exercise": EXERCISE,
    "sports": (*SPORTS, *GYMNASTICS),
    "fights": FIGHTS,
    "dances and moods": MOODS,
    "several acts": COMPOSITIONS,
    "counts and sides": COUNTS,
}


def list_prompts(groups: Iterable[str] = GROUPS) -> list[Prompt]:
    """Return the prompts of groups, in order."""
    return [
        Prompt(group, text, entry.seconds, entry.check)
        for group in groups
        for entry in GROUPS[group]
        for text in entry.wordings
    ]
