"""The fields of requests: bounds, defaults and texts, once for both sides.

HTTP schema, error sentences, Blender properties and command-line options are made from this table.
"""

from dataclasses import dataclass
from typing import Any

_INT_PROPERTY_MAX = 2**31 - 1
"""Largest number that Blender's IntProperty holds."""


class LimitError(ValueError):
    """A request is outside the limits; the text is a sentence with the field and its bounds."""


@dataclass(frozen=True)
class Field:
    """One field of a request."""

    name: str
    """Name in the panel."""
    description: str
    """Tooltip: a sentence without its full stop."""
    default: Any

    @property
    def help(self) -> str:
        """Description as a command-line help text."""
        return f"{self.description}."

    def blender_options(self, **changes: Any) -> dict[str, Any]:
        """Return the keyword arguments of a Blender property, with `changes`."""
        options = {"name": self.name, "description": self.description, "default": self.default}
        return {**options, **changes}


@dataclass(frozen=True)
class TextField(Field):
    """Text of at most `max_length` characters."""

    max_length: int


@dataclass(frozen=True)
class NumberField(Field):
    """A number between `low` and `high`, both included."""

    low: Any
    high: Any
    noun: str
    """Name in error sentences, after "The"."""
    unit: str = ""
    fallback: Any = None
    """Value that the backend uses where a request leaves the field out (`default` is None)."""

    def check(self, value: float | None, subject: str = "") -> None:
        """Raise LimitError if a value is out of bounds; None stands for the default.

        The sentence begins with `subject`, or with "The" and the noun.
        """
        if value is not None:
            check_range(subject or f"The {self.noun}", value, self.low, self.high, self.unit)

    def blender_options(self, *, hard: bool = False, **changes: Any) -> dict[str, Any]:
        """Return the keyword arguments of a Blender property, with `changes`.

        Args:
            hard: Bounds that Blender enforces. Otherwise a script may pass any value, and it gets
                an error sentence instead of another value than it passed.
            **changes: Arguments to add or to replace.
        """
        low, high = ("min", "max") if hard else ("soft_min", "soft_max")
        limits = {low: self.low, high: self.high}
        if isinstance(self.default, int):
            limits[high] = min(self.high, _INT_PROPERTY_MAX)
        return {**super().blender_options(), **limits, **changes}


PROMPT = TextField(
    "Prompt", "Description of the motion in English, such as “a person walks forward”", "", 500
)
LABEL = TextField(
    "Label", "Class of the motion, such as “walk”, instead of or with a prompt", "", 100
)
SECONDS = NumberField("Seconds", "Length of the motion", 4.0, 0.5, 10.0, "length", "seconds")
FPS = NumberField("FPS", "Frames per second", 30.0, 1.0, 1000.0, "frame rate", "fps")
SEED = NumberField(
    "Seed", "Number that decides between possible motions: the same seed gives the same motion",
    0, 0, 2**63 - 1, "seed",
)  # fmt: skip
GUIDANCE = NumberField(
    "Guidance", "Strength of classifier-free guidance, the weight of the prompt",
    None, 0.0, 20.0, "guidance", fallback=3.0,
)  # fmt: skip
STEPS = NumberField(
    "Steps", "Number of denoising steps", None, 1, 1000, "number of steps", fallback=10
)
ORIGINALITY = NumberField(
    "Originality",
    "Freedom of sampling: 0 stays close to motions of the training data, 1 samples freely",
    # At 0.35 generated motions are about as far from the nearest capture as captures from another.
    0.35, 0.0, 1.0, "originality",
)  # fmt: skip
CANDIDATES = NumberField(
    "Candidates", "Number of motions to sample for each result; the best one is returned",
    None, 1, 16, "number of candidates", fallback=4,
)  # fmt: skip
VARIATIONS = NumberField(
    "Variations", "Number of motions to generate, with consecutive seeds",
    1, 1, 16, "number of variations",
)  # fmt: skip
LOCK_FEET = Field("Foot Lock", "Hold planted feet where they stand", True)
LOOP = Field("Loop", "Generate a motion that continues from its last frame to its first", False)
TRANSITION = NumberField(
    "Transition", "Seconds over which the previous block passes into this one",
    0.4, 0.0, 2.0, "transition", "seconds",
)  # fmt: skip
SPEED = NumberField(
    "Speed", "Playback speed relative to the generated motion", 1.0, 0.1, 10.0, "speed"
)
TIME_RANGE_START = NumberField(
    "From", "Start of the range, in seconds of the generated motion",
    None, 0.0, SECONDS.high, "start", "seconds",
)  # fmt: skip
TIME_RANGE_END = NumberField(
    "To", "End of the range, in seconds of the generated motion",
    None, 0.0, SECONDS.high, "end", "seconds",
)  # fmt: skip
INTERPOLATION_FACTOR = NumberField(
    "Factor", "Position between the two motions: 0 is the first one, 1 is the second one",
    0.5, 0.0, 1.0, "share of the second motion",
)  # fmt: skip
MAX_KEY_ERROR = NumberField(
    "Max Error",
    "Largest average joint error in the test that leaves out one key at a time; gaps with a "
    "larger error get a plain spline",
    0.02, 0.0, 1.0, "error bound", "metres",
)  # fmt: skip
LEARN_STEPS = NumberField(
    "Steps", "Training steps of each pair of pyramid levels", 600, 10, 20_000, "number of steps"
)
OVERLAP = NumberField(
    "Overlap", "Seconds over which one label passes into the next",
    0.5, 0.0, 10.0, "overlap", "seconds",
)  # fmt: skip
STYLE_ORIGINALITY = NumberField(
    "Originality",
    "Freedom of sampling: 0 reuses pieces of the training takes, 1 uses the networks alone",
    0.0, 0.0, 1.0, "originality",
)  # fmt: skip


def check_range(subject: str, value: float, low: float, high: float, unit: str = "") -> None:
    """Raise LimitError about `subject` unless ``low <= value <= high``; NaN never is."""
    if not low <= value <= high:
        bounds = f"{format_number(low)} and {format_number(high)} {unit}".rstrip()
        raise LimitError(f"{subject} must be between {bounds} (got {format_number(value)}).")


def format_number(value: float) -> str:
    """Return an int with all its digits and a float with six."""
    return str(value) if isinstance(value, int) else f"{value:g}"
