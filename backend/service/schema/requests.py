"""What travels between the add-on and the backend: requests, replies, bounds and refusals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, Field, ValidationError, model_validator
from typing_extensions import TypeAliasType

from ...kinematics.body.take import Take
from ...protocol.generation_fields import GUIDANCE, STEPS
from ...protocol.limits import (
    DEFAULT_BLEND_SECONDS,
    DEFAULT_ERROR_BOUND,
    LimitError,
    check_blocks,
    check_error_bound,
    check_fps,
    check_frames,
    check_generate,
    check_interpolation_factor,
    check_key_times,
    check_speed,
    check_time_range,
    frame_count,
)
from ..engine.interface import ModelInfo
from .field_types import ActionLabel, Fps, Prompt, RequestBase, Seed, StrictModel, schema_bounds
from .limits import LIMITS
from .style_requests import BlendRequest, LearnRequest

ModelName = Literal["nerm", "motioninr"]
"""Prompts, and labels beside them, are for NeRM; MotionINR goes by the label alone."""

_AnyRequest = TypeVar("_AnyRequest", bound=BaseModel)


class _SamplingRequest(RequestBase):
    """What every request for new motion may say of how it is drawn."""

    fps: Fps
    guidance: Annotated[float, schema_bounds(LIMITS.guidance_min, LIMITS.guidance_max)] | None = (
        None
    )
    """Strength of classifier-free guidance; None leaves it to the model."""
    steps: Annotated[int, schema_bounds(LIMITS.steps_min, LIMITS.steps_max)] | None = None
    """Denoising steps; None leaves it to the model."""
    originality: Annotated[float, schema_bounds(0, 1)] | None = None
    """From 0, near the captures that were learnt, to 1, drawn freely; None leaves it to the
    model."""
    candidates: Annotated[int, schema_bounds(1, LIMITS.candidates_max)] | None = None
    """How many motions are drawn for each that is asked for, so that the best can be given; None
    leaves it to the model. The first is the seed's own."""
    lock_feet: bool = True
    """Hold planted feet where they stand."""
    loop: bool = False
    """Have the motion end as it began; its take then has one frame more, the first one again."""

    def _check_sampling(self) -> None:
        GUIDANCE.check(self.guidance)
        STEPS.check(self.steps)


class GenerateRequest(_SamplingRequest):
    """A new motion from a prompt, an action label or both."""

    kind: Literal["generate"] = "generate"
    model: ModelName = "nerm"
    prompt: Prompt = ""
    action: ActionLabel | None = None
    seconds: Annotated[float, schema_bounds(LIMITS.seconds_min, LIMITS.seconds_max)]
    seed: Seed = 0
    variations: Annotated[int, schema_bounds(1, LIMITS.variations_max)] = 1
    """How many motions are asked for: variation k has the seed ``seed + k``."""

    @model_validator(mode="after")
    def _check_generate(self) -> Self:
        _check_label_length(self.action)
        check_generate(
            prompt=self.prompt,
            action=self.action,
            seconds=self.seconds,
            fps=self.fps,
            seed=self.seed,
            candidates=self.candidates,
            variations=self.variations,
            originality=self.originality,
            model=self.model,
        )
        if self.loop:
            check_blocks([self.seconds], [DEFAULT_BLEND_SECONDS], loop=True)
        self._check_sampling()
        return self

    @property
    def output_frames(self) -> int:
        """How many frames the take is to have."""
        return frame_count(self.seconds, self.fps) + self.loop


class Block(StrictModel):
    """One of several motions in a row."""

    model: ModelName = "nerm"
    prompt: Prompt = ""
    action: ActionLabel | None = None
    seconds: Annotated[float, schema_bounds(LIMITS.seconds_min, LIMITS.seconds_max)]
    seed: Seed = 0
    blend: Annotated[float, schema_bounds(0, LIMITS.blend_max)] = DEFAULT_BLEND_SECONDS
    """Seconds in which the motion before passes into this one, half of them before it begins."""
    kept: Annotated[int, schema_bounds(0, LIMITS.blocks_max - 1)] | None = None
    """Which block of the take that is sent along this is, to be left as it is; None to draw it."""


class SequenceRequest(_SamplingRequest):
    """Several motions, each passing into the next, as one take.

    A take of several blocks may be sent along, so that only some of its blocks are drawn again.
    """

    kind: Literal["sequence"] = "sequence"
    blocks: Annotated[
        list[Block], Field(json_schema_extra={"minItems": 1, "maxItems": LIMITS.blocks_max})
    ]

    @model_validator(mode="after")
    def _check_sequence(self) -> Self:
        seconds = [block.seconds for block in self.blocks]
        check_blocks(seconds, [block.blend for block in self.blocks], loop=self.loop)
        for block in self.blocks:
            _check_label_length(block.action)
            _check_optional("number of the kept block", block.kept, 0, LIMITS.blocks_max - 1)
            check_generate(
                prompt=block.prompt,
                action=block.action,
                seconds=block.seconds,
                fps=self.fps,
                seed=block.seed,
                candidates=self.candidates,
                originality=self.originality,
                model=block.model,
            )
        check_frames(self.output_frames)
        self._check_sampling()
        return self

    @property
    def output_frames(self) -> int:
        """How many frames the take is to have."""
        return frame_count(sum(block.seconds for block in self.blocks), self.fps) + self.loop


class DecodeRequest(RequestBase):
    """The motion of a generated take again, from its latent: at another rate or speed, or a part.

    Start and end are seconds of the motion as it was generated, whatever part of it the take shows.
    """

    kind: Literal["decode"] = "decode"
    fps: Fps
    speed: Annotated[float, schema_bounds(LIMITS.speed_min, LIMITS.speed_max)] = 1.0
    """How many times as fast as it was generated."""
    start: Annotated[float, schema_bounds(0, LIMITS.seconds_max)] | None = None
    """None for the motion's beginning."""
    end: Annotated[float, schema_bounds(0, LIMITS.seconds_max)] | None = None
    """None for the motion's end."""
    lock_feet: bool | None = None
    """Hold planted feet where they stand; None as the take was made."""

    @model_validator(mode="after")
    def _check_decode(self) -> Self:
        check_fps(self.fps)
        check_speed(self.speed)
        check_time_range(self.start, self.end)
        return self


class InterpolateRequest(RequestBase):
    """A motion between two generated takes, from their latents."""

    kind: Literal["interpolate"] = "interpolate"
    fps: Fps
    share: Annotated[float, schema_bounds(0, 1)] = 0.5
    """How much of the second take is in it: 0 is the first, 1 the second."""
    lock_feet: bool | None = None
    """Hold planted feet where they stand; None as the takes were made, if both were so."""

    @model_validator(mode="after")
    def _check_interpolate(self) -> Self:
        check_fps(self.fps)
        check_interpolation_factor(self.share)
        return self


class ResampleRequest(RequestBase):
    """What happens between the poses of any take, at a higher rate; the poses stay as they are."""

    kind: Literal["resample"] = "resample"
    fps: Fps
    times: list[float] | None = None
    """Seconds of each of the take's poses, from 0 on; None if they are as far apart as its rate
    says."""
    holds: Literal["KEEP", "SMOOTH"] = "KEEP"
    """Whether what stands still does so, or is moved through where it is as short as in animation
    on twos."""
    bound: Annotated[float, schema_bounds(0, LIMITS.bound_max)] = DEFAULT_ERROR_BOUND
    """Metres of mean joint error up to which the network is trusted on this take."""

    @model_validator(mode="after")
    def _check_resample(self) -> Self:
        check_fps(self.fps)
        check_error_bound(self.bound)
        if self.times is not None:
            check_key_times(self.times)
        return self

    def key_times(self, take: Take) -> list[float]:
        """Seconds of each of a take's poses."""
        return [float(time) for time in take.times] if self.times is None else self.times


JobRequest = TypeAliasType(
    "JobRequest",
    Annotated[
        GenerateRequest
        | SequenceRequest
        | DecodeRequest
        | InterpolateRequest
        | ResampleRequest
        | LearnRequest
        | BlendRequest,
        Field(discriminator="kind"),
    ],
)

REQUEST_KINDS = ("generate", "sequence", "decode", "interpolate", "resample", "learn", "blend")
"""Of `JobRequest`."""

Gender = Literal["neutral", "female", "male"]
JobState = Literal["queued", "running", "done", "failed", "cancelled"]
EngineState = Literal["loading", "ready", "released", "failed"]


class JobAcceptedReply(BaseModel):
    """The reply to a new job."""

    id: str


class JobStatusReply(BaseModel):
    """How a job is doing."""

    id: str
    kind: str
    state: JobState
    step: int
    total: int
    """0 while the number of steps is not known."""
    eta: float | None
    """Seconds still to go, measured on the steps so far; None before the second step."""
    before: int | None
    """While it waits, how many jobs come before it, the one that runs included."""
    message: str
    error: str | None
    """A sentence for the user when the state is failed."""
    timings: dict[str, float] | None
    """Seconds spent on text, diffusion, score and decode, once the job is done."""
    takes: int
    """How many takes the job has to give: 0 until it is done. What learnt a style has one, which
    is the style's file."""
    previews: int
    """How many levels of a style that is learnt can be looked at."""


class CapabilitiesReply(BaseModel):
    """What this backend can do; `models` is empty until the engine is ready."""

    protocol: int
    version: str
    engine: EngineState
    error: str | None
    """Why the engine could not be loaded; the next job tries again."""
    loading: str
    """What is being loaded, as the beginning of a sentence; "" if nothing is."""
    models: list[ModelInfo]
    limits: dict[str, int | float]


class HealthReply(BaseModel):
    """That the process answers, and how busy it is."""

    engine: EngineState
    queued: int
    running: bool


class ReleaseReply(BaseModel):
    """The reply to the wish that the model be dropped."""

    engine: EngineState
    message: str
    """Whether that was done, as a sentence."""


class ErrorReply(BaseModel):
    """The body of every 4xx and 5xx answer."""

    error: str


def limits_by_name() -> dict[str, int | float]:
    """Every limit by name, as `Capabilities` publishes them."""
    return asdict(LIMITS)


def validation_message(errors: Iterable[Mapping[str, Any]]) -> str:
    """One sentence for the first of pydantic's validation errors, naming the field."""
    error = next(iter(errors))
    name = str(error["loc"][-1]) if error["loc"] else ""
    match error["type"]:
        case _ if name in {"take", "take_b"}:
            sentence = f'The part "{name}" must be a file, in .npz.'
        case _ if "takes" in error["loc"] and "request" not in error["loc"]:
            sentence = 'The parts "takes" must be files, in .npz.'
        case _ if error["loc"] == ("body", "style"):
            sentence = 'The part "style" must be a file, in .safetensors.'
        case "value_error":
            sentence = str(error["ctx"]["error"])
        case "missing" if name == "request":
            sentence = 'The form field "request" is missing: send the job in it, as JSON.'
        case "missing":
            sentence = f'The field "{name}" is missing.'
        case "extra_forbidden":
            sentence = f'There is no field "{name}" in this kind of job: leave it out.'
        case "union_tag_invalid" | "union_tag_not_found":
            *others, last = (f'"{kind}"' for kind in REQUEST_KINDS)
            sentence = f'The field "kind" must be {", ".join(others)} or {last}.'
        case "json_invalid" | "json_type":
            sentence = f'The field "{name}" must be text in JSON, and what came is not.'
        case "dict_type" | "model_attributes_type" | "model_type":
            sentence = 'The field "request" must be a JSON object, such as {"kind": "generate"}.'
        case _:
            wanted = str(error["msg"]).replace("Input should be", "must be")
            sentence = f'The field "{name}" {wanted}.'
    return truncate(sentence, 300)


def make_request(kind: type[_AnyRequest], **fields: Any) -> _AnyRequest:
    """A request made in Python, with the same sentences as one that came over HTTP.

    Raises:
        LimitError: for the first field that is wrong.
    """
    try:
        return kind(**fields)
    except ValidationError as error:
        raise LimitError(validation_message(error.errors())) from error


def truncate(text: str, characters: int) -> str:
    """`text`, cut to a length that fits on a panel or in a log."""
    return text if len(text) <= characters else text[: characters - 1] + "…"


def _check_label_length(action: str | None) -> None:
    if action is not None and len(action) > LIMITS.action_characters:
        raise LimitError(
            f"The action has {len(action)} characters; the limit is {LIMITS.action_characters}."
        )


def _check_optional(what: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:  # NaN is outside of every range
        raise LimitError(f"The {what} is {value}; it must be between {low:g} and {high:g}.")
