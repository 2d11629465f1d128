"""What the service asks of a model, and nothing about how the model does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ...kinematics.body.take import Take
    from ...kinematics.math.rotations import Array
    from ..api.style_uploads import TrainingTake
    from ..schema.requests import (
        DecodeRequest,
        GenerateRequest,
        InterpolateRequest,
        ResampleRequest,
        SequenceRequest,
    )
    from ..schema.style_requests import BlendRequest, LearnRequest


class EngineError(Exception):
    """The job cannot be done; the text is a sentence for the user that says what to do."""


class JobCancelled(Exception):  # noqa: N818 - not an error: the user asked for it
    """The job was cancelled; raised by ``progress`` and to be let through by the engine."""


class Preempted(JobCancelled):
    """The job stepped aside for others, and goes on later."""


@dataclass(frozen=True)
class LabelInfo:
    """How much a model has learnt of an action."""

    captures: int
    """Different captures, mirror images not counted."""
    shortest: float
    """Seconds of the shortest motion, and"""
    longest: float
    """of the longest;"""
    median: float
    """and of the one between."""


@dataclass(frozen=True)
class ModelInfo:
    """One set of weights that the engine can use."""

    name: str
    hash: str
    """Digest of the weight file, so that a take says which weights made it."""
    licence: str
    actions: list[str] = field(default_factory=list)
    """Labels that ``GenerateRequest.action`` may hold; empty when the model knows no labels."""
    device: str = ""
    """What it runs on: "CPU", or the name of a graphics card."""
    data: dict[str, LabelInfo] = field(default_factory=dict)
    """How much was learnt of each of the labels, where that is known."""


class ProgressCallback(Protocol):
    """The engine's way to say how far it is, and the moment at which a job can be cancelled."""

    def __call__(self, step: int, total: int, message: str = "") -> None:
        """Say that `step` of `total` steps are done; call it once with 0 and after every step.

        Raises:
            Cancelled: the job is not wanted any more.
        """
        ...


class Engine(Protocol):
    """A model behind the service. All calls come from one thread, one at a time."""

    def list_models(self) -> list[ModelInfo]:
        """What the engine has; asked once, right after it is made."""
        ...

    def generate_variations(
        self, request: GenerateRequest, progress: ProgressCallback
    ) -> list[Take]:
        """``request.variations`` new takes of ``round(seconds * fps)`` frames each.

        ``take.info["timings"]`` may hold the seconds spent on text, diffusion, score and decode;
        ``take.info["latent"]`` is what `decode` and `interpolate` read.

        Raises:
            EngineError: the model cannot do it.
            Cancelled: from `progress`.
        """
        ...

    def generate_sequence(
        self, request: SequenceRequest, take: Take | None, progress: ProgressCallback
    ) -> Take:
        """Several motions in a row as one take; blocks may be kept from `take`.

        Raises:
            EngineError: the model cannot do it, or there is no such block to keep.
            Cancelled: from `progress`.
        """
        ...

    def decode_take(self, request: DecodeRequest, take: Take, progress: ProgressCallback) -> Take:
        """The motion of `take` or a part of it, from its latent, sampled at ``request.fps``.

        Raises:
            EngineError: the latent is not one of this model's, or there is no such part.
            Cancelled: from `progress`.
        """
        ...

    def interpolate_takes(
        self, request: InterpolateRequest, first: Take, second: Take, progress: ProgressCallback
    ) -> Take:
        """A motion between those of two takes, from their latents, at ``request.fps``.

        Raises:
            EngineError: a latent is not one of this model's.
            Cancelled: from `progress`.
        """
        ...

    def resample_take(
        self, request: ResampleRequest, take: Take, progress: ProgressCallback
    ) -> Take:
        """What happens between the poses of a take, at ``request.fps``; those stay as they are.

        Raises:
            EngineError: the weights for it are missing.
            Cancelled: from `progress`.
        """
        ...

    def learn_style(
        self,
        request: LearnRequest,
        training_takes: Sequence[TrainingTake],
        progress: ProgressCallback,
        on_preview: Callable[[Take], None],
    ) -> bytes:
        """A style from takes, as the content of its file.

        What `progress` raises ends the work, which goes on where it was when the same is asked for
        again. `preview` hears of what is learnt so far, a take for each block of levels.

        Raises:
            EngineError: the takes cannot be learnt.
            Cancelled: from `progress`.
        """
        ...

    def generate_in_style(
        self,
        request: BlendRequest,
        style_data: bytes | None,
        control_track: Array | None,
        progress: ProgressCallback,
    ) -> list[Take]:
        """``request.variations`` takes in a style.

        Args:
            request: what happens when.
            style: None for the style that ships.
            control: (T, K) or (levels, T, K) in place of labels over time, 30 rows a second.
            progress: hears of each motion.

        Raises:
            EngineError: the style is damaged, another one or missing, or does not know a label.
            Cancelled: from `progress`.
        """
        ...

    def free_memory(self) -> None:
        """Give all memory back; the engine is not used again."""
        ...


EngineFactory = Callable[[], Engine]
"""Makes the engine: may take seconds (weights, torch), may raise EngineError and be tried again."""
