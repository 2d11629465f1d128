"""The engine as the queue and the HTTP application see it.

Imports the standard library alone, so that the process can report what it is loading before any
library is loaded.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ...kinematics.body.take import Take
    from ...kinematics.math.rotations import Array
    from ...protocol.control_track import ControlTrack
    from ...protocol.timeline import LabelBlock
    from ..schema.replies import ModelInfo
    from ..schema.requests import (
        DecodeRequest,
        GenerateRequest,
        InterpolateRequest,
        ResampleRequest,
        SequenceRequest,
    )
    from ..schema.style_requests import BlendRequest, LearnRequest


class EngineError(Exception):
    """The job cannot be done; the text is a sentence for the user with the remedy."""


class JobCancelled(Exception):  # noqa: N818 - not an error: the user requested it
    """The job was cancelled. Progress callbacks raise it; the engine lets it through."""


class Preempted(JobCancelled):
    """The job made room for another one and resumes later."""


@dataclass(frozen=True)
class TrainingTake:
    """A take from which a style is learnt."""

    name: str
    take: Take
    conditioning: tuple[LabelBlock, ...] | ControlTrack
    """Labels of the whole take, the last one up to its end, or a control track."""


class ProgressCallback(Protocol):
    """Callback by which the engine reports progress, and by which a job is cancelled."""

    def __call__(self, step: int, total: int, message: str = "") -> None:
        """Report that `step` of `total` steps are done; called with 0 and after every step.

        Raises JobCancelled if the job has to end now.
        """


class Engine(Protocol):
    """A model behind the service. All calls come from one thread, one at a time.

    Every method may raise EngineError, and JobCancelled from its progress callback.
    """

    def list_models(self) -> list[ModelInfo]:
        """Return the installed models; called once, right after the engine is made."""
        ...

    def generate_variations(
        self, request: GenerateRequest, progress: ProgressCallback
    ) -> list[Take]:
        """Return ``request.variations`` takes of ``request.output_frames`` frames each.

        ``take.metadata["timings"]`` may hold the seconds spent on text, diffusion, score and
        decode; ``take.metadata["latent"]`` is read by `decode_take` and `interpolate_takes`.
        """
        ...

    def generate_sequence(
        self, request: SequenceRequest, take: Take | None, progress: ProgressCallback
    ) -> Take:
        """Return several motions in a row as one take; `take` has the blocks to reuse."""
        ...

    def decode_take(self, request: DecodeRequest, take: Take, progress: ProgressCallback) -> Take:
        """Return the motion of a generated take, or a range of it, at ``request.fps``."""
        ...

    def interpolate_takes(
        self, request: InterpolateRequest, first: Take, second: Take, progress: ProgressCallback
    ) -> Take:
        """Return a motion between those of two generated takes, at ``request.fps``."""
        ...

    def resample_take(
        self, request: ResampleRequest, take: Take, progress: ProgressCallback
    ) -> Take:
        """Return a take at ``request.fps`` that passes through the poses of `take`."""
        ...

    def learn_style(
        self,
        request: LearnRequest,
        training_takes: Sequence[TrainingTake],
        progress: ProgressCallback,
        on_preview: Callable[[Take], None],
    ) -> bytes:
        """Learn a style and return the content of its file.

        An exception from `progress` ends the training, which resumes from its checkpoint when it
        is called again with the same arguments. `on_preview` gets a take of each trained block of
        pyramid levels.
        """
        ...

    def generate_in_style(
        self,
        request: BlendRequest,
        style_data: bytes | None,
        control_track: Array | None,
        progress: ProgressCallback,
    ) -> list[Take]:
        """Return ``request.variations`` takes in a style.

        `style_data` is the content of the style's file, or None for the style that comes with
        Anyframe; `control_track` (T, K) or (levels, T, K) at 30 fps replaces the timeline.
        """
        ...

    def free_memory(self) -> None:
        """Free all memory; the engine is not used again."""


EngineFactory = Callable[[], Engine]
"""Makes the engine: may take seconds (weights, torch), may raise EngineError and be tried again."""

_loading_phase = ""


def report_loading(phase: str) -> None:
    """Set what the process is loading, as the beginning of a sentence; "" at the end."""
    global _loading_phase  # noqa: PLW0603 - one engine for each process
    _loading_phase = phase


def loading_phase() -> str:
    """Return what the process is loading; "" if nothing is."""
    return _loading_phase


def check_action_label(label: str | None, known_labels: Sequence[str]) -> None:
    """Raise EngineError, with the nearest labels, if a label is not among the known ones."""
    if label is None or label in known_labels:
        return
    near = difflib.get_close_matches(label, known_labels, n=3, cutoff=0.4)
    hint = (
        f"did you mean {' or '.join(near)}?" if near else f"try one of {', '.join(known_labels)}."
    )
    raise EngineError(f'The model knows no label "{label}"; {hint}')


def check_model_and_label(model: str, label: str | None, models: Sequence[ModelInfo]) -> None:
    """Raise EngineError unless a model is installed and knows a label."""
    info = next((info for info in models if info.name == model), None)
    if info is None:
        raise missing_label_model_error()
    check_action_label(label, info.actions)


def missing_label_model_error() -> EngineError:
    """Return the error for a motion from a label alone without the model for it."""
    return EngineError(
        "The weights for motions from a label alone are missing: install Anyframe again, or "
        "generate the motion from a prompt."
    )
