"""What travels between the add-on and the backend: requests, replies, bounds and refusals."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import TypeAliasType

from ..kinematics.limits import (
    LimitError,
    Limits,
    check_fps,
    check_frames,
    check_generate,
    frame_count,
)
from ..kinematics.take import Take, TakeError, load_take
from .engine import ModelInfo

PROTOCOL = 1
"""Raised when an older add-on would misread a newer backend or the other way round."""

VERSION = "0.1.0"
"""Version of the program; the same as in pyproject.toml."""


@dataclass(frozen=True)
class ServiceLimits(Limits):
    """The limits both sides know, and those that only the service has to watch."""

    action_characters: int = 100
    guidance_min: float = 0.0
    guidance_max: float = 20.0
    steps_min: int = 1
    steps_max: int = 1000
    take_bytes: int = Limits.body_bytes
    """Of the take in a request once it is unpacked: a small file can unpack to a very large one."""
    queued_jobs: int = 32
    kept_jobs: int = 32
    """Finished jobs whose state and take can still be asked for; the oldest is dropped first."""


LIMITS = ServiceLimits()


def _bounds(low: float, high: float) -> Any:
    """Bounds for the published schema; `_check` refuses with a sentence instead of pydantic."""
    return Field(json_schema_extra={"minimum": low, "maximum": high})


Fps = Annotated[float, _bounds(LIMITS.fps_min, LIMITS.fps_max)]


def _require_kind(schema: dict[str, Any]) -> None:
    # It has a default in Python only: on the wire it tells one request from the other.
    schema["required"].append("kind")


class _Request(BaseModel):
    # Strict: "5" is not a number and true is not a seed. Forbid: a misspelt field is not ignored.
    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, json_schema_extra=_require_kind
    )


class GenerateRequest(_Request):
    """A new motion from a prompt, an action label or both."""

    kind: Literal["generate"] = "generate"
    prompt: Annotated[str, Field(json_schema_extra={"maxLength": LIMITS.prompt_characters})] = ""
    action: (
        Annotated[str, Field(json_schema_extra={"maxLength": LIMITS.action_characters})] | None
    ) = None
    seconds: Annotated[float, _bounds(LIMITS.seconds_min, LIMITS.seconds_max)]
    fps: Fps
    # Exclusive because OpenAPI's bounds become floats, and 2**63 is one while 2**63 - 1 is not.
    seed: Annotated[
        int, Field(json_schema_extra={"minimum": 0, "exclusiveMaximum": LIMITS.seed_max + 1})
    ] = 0
    guidance: Annotated[float, _bounds(LIMITS.guidance_min, LIMITS.guidance_max)] | None = None
    """Strength of classifier-free guidance; None leaves it to the model."""
    steps: Annotated[int, _bounds(LIMITS.steps_min, LIMITS.steps_max)] | None = None
    """Denoising steps; None leaves it to the model."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.action is not None and len(self.action) > LIMITS.action_characters:
            raise LimitError(
                f"The action has {len(self.action)} characters; "
                f"the limit is {LIMITS.action_characters}."
            )
        check_generate(
            prompt=self.prompt,
            action=self.action,
            seconds=self.seconds,
            fps=self.fps,
            seed=self.seed,
        )
        _check_optional("guidance", self.guidance, LIMITS.guidance_min, LIMITS.guidance_max)
        _check_optional("number of steps", self.steps, LIMITS.steps_min, LIMITS.steps_max)
        return self

    @property
    def frames(self) -> int:
        """How many frames the take is to have."""
        return frame_count(self.seconds, self.fps)


class DecodeRequest(_Request):
    """The motion of a generated take again, from its latent, at another frame rate."""

    kind: Literal["decode"] = "decode"
    fps: Fps

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_fps(self.fps)
        return self


JobRequest = TypeAliasType(
    "JobRequest", Annotated[GenerateRequest | DecodeRequest, Field(discriminator="kind")]
)

JobState = Literal["queued", "running", "done", "failed", "cancelled"]
EngineState = Literal["loading", "ready", "failed"]


class Accepted(BaseModel):
    """The reply to a new job."""

    id: str


class JobStatus(BaseModel):
    """How a job is doing."""

    id: str
    kind: str
    state: JobState
    step: int
    total: int
    """0 while the number of steps is not known."""
    eta: float | None
    """Seconds still to go, measured on the steps so far; None before the second step."""
    message: str
    error: str | None
    """A sentence for the user when the state is failed."""
    timings: dict[str, float] | None
    """Seconds spent on text, diffusion and decode, once the job is done."""


class Capabilities(BaseModel):
    """What this backend can do; `models` is empty until the engine is ready."""

    protocol: int
    version: str
    engine: EngineState
    error: str | None
    """Why the engine could not be loaded; the next job tries again."""
    models: list[ModelInfo]
    limits: dict[str, int | float]


class Health(BaseModel):
    """That the process answers, and how busy it is."""

    engine: EngineState
    queued: int
    running: bool


class ErrorReply(BaseModel):
    """The body of every 4xx and 5xx answer."""

    error: str


def limits_table() -> dict[str, int | float]:
    """Every limit by name, as `Capabilities` publishes them."""
    return asdict(LIMITS)


def read_take_part(data: bytes, request: DecodeRequest) -> Take:
    """The take that came with a decode request.

    Raises:
        TakeError: it cannot be read, is too large, or holds no latent.
        LimitError: at the new rate it would have too many frames.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > LIMITS.take_bytes:
            raise TakeError(
                f"The take unpacks to {unpacked} bytes; the limit is {LIMITS.take_bytes}."
            )
        take = load_take(data)
    except TakeError as error:
        text = str(error)
        raise TakeError(text[0].upper() + text[1:]) from error
    except Exception as error:
        # A damaged archive fails in a dozen ways (zlib, struct, a header that claims too much).
        raise TakeError(
            "The take is not a readable .npz file (it may be cut short): send it again."
        ) from error
    check_frames(len(take))
    if take.info.get("latent") is None:
        raise TakeError(
            "The take holds no latent, so it cannot be decoded again: "
            "only a take that Anyframe generated can."
        )
    # What the take says of itself is what an engine may go by, so it is held to the same limit.
    said = take.info.get("seconds")
    claimed = min(said, 1e9) if isinstance(said, int | float) and said > 0 else 0.0
    check_frames(frame_count(max(len(take) / take.fps, claimed), request.fps))
    return take


def refusal(errors: Iterable[Mapping[str, Any]]) -> str:
    """One sentence for the first of pydantic's validation errors, naming the field."""
    error = next(iter(errors))
    name = str(error["loc"][-1])
    match error["type"]:
        case _ if name == "take":
            sentence = 'The part "take" must be a file, in .npz.'
        case "value_error":
            sentence = str(error["ctx"]["error"])
        case "missing" if name == "request":
            sentence = 'The form field "request" is missing: send the job in it, as JSON.'
        case "missing":
            sentence = f'The field "{name}" is missing.'
        case "extra_forbidden":
            sentence = f'There is no field "{name}" in this kind of job: leave it out.'
        case "union_tag_invalid" | "union_tag_not_found":
            sentence = 'The field "kind" must be "generate" or "decode".'
        case "json_invalid" | "json_type":
            sentence = f'The field "{name}" must be text in JSON, and what came is not.'
        case "dict_type" | "model_attributes_type" | "model_type":
            sentence = 'The field "request" must be a JSON object, such as {"kind": "generate"}.'
        case _:
            wanted = str(error["msg"]).replace("Input should be", "must be")
            sentence = f'The field "{name}" {wanted}.'
    return clip(sentence, 300)


def clip(text: str, characters: int) -> str:
    """`text`, cut to a length that fits on a panel or in a log."""
    return text if len(text) <= characters else text[: characters - 1] + "…"


def _check_optional(what: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:  # NaN is outside of every range
        raise LimitError(f"The {what} is {value}; it must be between {low:g} and {high:g}.")
