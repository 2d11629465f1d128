"""Replies of the HTTP service."""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel

JobState = Literal["queued", "running", "done", "failed", "cancelled"]
EngineState = Literal["loading", "ready", "released", "failed"]


@dataclass(frozen=True)
class LabelInfo:
    """Amount of training data of one label."""

    captures: int
    """Different captures, without mirror images."""
    shortest: float
    """Seconds of the shortest motion."""
    longest: float
    """Seconds of the longest motion."""
    median: float
    """Median length in seconds."""


@dataclass(frozen=True)
class ModelInfo:
    """One set of weights that the engine can use."""

    name: str
    hash: str
    """Digest of the weight file; takes store it to identify the weights that made them."""
    licence: str
    actions: list[str] = field(default_factory=list)
    """Labels that ``GenerateRequest.action`` may hold; empty for a model without labels."""
    device: str = ""
    """Name of the device: "CPU", or the name of a graphics card."""
    data: dict[str, LabelInfo] = field(default_factory=dict)
    """Training data by label, where it is known."""


class JobAcceptedReply(BaseModel):
    """Reply to a new job."""

    id: str


class JobStatusReply(BaseModel):
    """State and progress of a job."""

    id: str
    kind: str
    state: JobState
    step: int
    total: int
    """0 while the number of steps is unknown."""
    eta: float | None
    """Estimated seconds to the end; None before the second step."""
    before: int | None
    """Number of jobs ahead of a queued job, including the running one."""
    message: str
    error: str | None
    """Error sentence for the user if the state is failed."""
    timings: dict[str, float] | None
    """Seconds spent on text, diffusion, score and decode, once the job is done."""
    takes: int
    """Number of takes, 0 until the job is done. A learnt style counts as one."""
    previews: int
    """Number of pyramid levels of a style in training that have a preview."""


class CapabilitiesReply(BaseModel):
    """Abilities of this backend; `models` is empty until the engine is ready."""

    protocol: int
    version: str
    engine: EngineState
    error: str | None
    """Reason why the engine could not be loaded; the next job tries again."""
    loading: str
    """Current step of loading, as the beginning of a sentence; "" if nothing is loading."""
    models: list[ModelInfo]
    limits: dict[str, int | float]


class HealthReply(BaseModel):
    """Sign of life, with the workload."""

    engine: EngineState
    queued: int
    running: bool


class ReleaseReply(BaseModel):
    """Reply to the request to release the model."""

    engine: EngineState
    message: str
    """Sentence for the user that states the outcome."""


class ErrorReply(BaseModel):
    """Body of every 4xx and 5xx reply."""

    error: str


def truncate(text: str, characters: int) -> str:
    """Return `text`, shortened to a length that fits on a panel or in a log."""
    return text if len(text) <= characters else text[: characters - 1] + "…"
