"""Requests for motions, and the error sentences for malformed requests.

A job's request is one of `JobRequest`. Bounds are checked by the requests themselves, so that
errors are sentences and not pydantic's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, Field, ValidationError, model_validator
from typing_extensions import TypeAliasType

from ...kinematics.body.take import Take
from ...protocol import generation_fields as fields
from ...protocol.limits import (
    LimitError,
    check_blocks,
    check_frames,
    check_generate,
    check_key_times,
    check_length,
    check_range,
    check_time_range,
    frame_count,
)
from . import field_types as types
from .field_types import RequestBase, StrictModel, schema_bounds, schema_lengths
from .limits import LIMITS
from .replies import truncate
from .style_requests import BlendRequest, LearnRequest

ModelName = Literal["nerm", "motioninr"]
"""NeRM takes prompts, labels or both; MotionINR takes labels alone."""
Gender = Literal["neutral", "female", "male"]

_AnyRequest = TypeVar("_AnyRequest", bound=BaseModel)


class _SamplingRequest(RequestBase):
    """Fields of every request that samples new motion; None stands for the model's default.

    A loop's take has one frame more: the first one again.
    """

    fps: types.Fps
    guidance: types.Guidance | None = None
    steps: types.Steps | None = None
    originality: types.Originality | None = None
    candidates: types.Candidates | None = None
    lock_feet: types.LockFeet = True
    loop: types.Loop = False

    def _check_motion(self, motion: GenerateRequest | Block, variations: int = 1) -> None:
        check_length("The action", motion.action or "", LIMITS.action_characters)
        check_generate(
            prompt=motion.prompt,
            action=motion.action,
            seconds=motion.seconds,
            fps=self.fps,
            seed=motion.seed,
            candidates=self.candidates,
            variations=variations,
            originality=self.originality,
            model=motion.model,
        )

    def _check_sampling(self) -> None:
        fields.GUIDANCE.check(self.guidance)
        fields.STEPS.check(self.steps)


class GenerateRequest(_SamplingRequest):
    """A new motion from a prompt, a label or both."""

    kind: Literal["generate"] = "generate"
    model: ModelName = "nerm"
    prompt: types.Prompt = ""
    action: types.ActionLabel | None = None
    seconds: types.Seconds
    seed: types.Seed = 0
    variations: types.Variations = 1
    """Number of takes; variation k has the seed ``seed + k``."""

    @model_validator(mode="after")
    def _check_generate(self) -> Self:
        self._check_motion(self, self.variations)
        if self.loop:
            check_blocks([self.seconds], [fields.TRANSITION.default], loop=True)
        self._check_sampling()
        return self

    @property
    def output_frames(self) -> int:
        """Number of frames of each take."""
        return frame_count(self.seconds, self.fps) + self.loop


class Block(StrictModel):
    """One of several motions in a row."""

    model: ModelName = "nerm"
    prompt: types.Prompt = ""
    action: types.ActionLabel | None = None
    seconds: types.Seconds
    seed: types.Seed = 0
    blend: types.Transition = fields.TRANSITION.default
    """Seconds of the transition from the previous block, half of them before this one starts."""
    kept: Annotated[int, schema_bounds(0, LIMITS.blocks_max - 1)] | None = None
    """Index of the block of the uploaded take to reuse; None to sample a new motion."""


class SequenceRequest(_SamplingRequest):
    """Several motions, joined by transitions, as one take.

    Blocks of an uploaded take can be reused while others are sampled again.
    """

    kind: Literal["sequence"] = "sequence"
    blocks: Annotated[list[Block], schema_lengths(minItems=1, maxItems=LIMITS.blocks_max)]

    @model_validator(mode="after")
    def _check_sequence(self) -> Self:
        seconds = [block.seconds for block in self.blocks]
        check_blocks(seconds, [block.blend for block in self.blocks], loop=self.loop)
        for block in self.blocks:
            self._check_motion(block)
            if block.kept is not None:
                check_range('The block index "kept"', block.kept, 0, LIMITS.blocks_max - 1)
        check_frames(self.output_frames)
        self._check_sampling()
        return self

    @property
    def output_frames(self) -> int:
        """Number of frames of the take."""
        return frame_count(sum(block.seconds for block in self.blocks), self.fps) + self.loop


class DecodeRequest(RequestBase):
    """The motion of a generated take, decoded again at another rate or speed, or a range of it.

    Start and end are seconds of the generated motion, whatever range of it the take shows.
    """

    kind: Literal["decode"] = "decode"
    fps: types.Fps
    speed: types.Speed = 1.0
    start: types.RangeStart | None = None
    end: types.RangeEnd | None = None
    lock_feet: types.LockFeet | None = None
    """None as the take was made."""

    @model_validator(mode="after")
    def _check_decode(self) -> Self:
        fields.FPS.check(self.fps)
        fields.SPEED.check(self.speed)
        check_time_range(self.start, self.end)
        return self


class InterpolateRequest(RequestBase):
    """A motion between two generated takes, from their latents."""

    kind: Literal["interpolate"] = "interpolate"
    fps: types.Fps
    share: types.InterpolationFactor = fields.INTERPOLATION_FACTOR.default
    lock_feet: types.LockFeet | None = None
    """None as the takes were made, if both agree; otherwise feet are free."""

    @model_validator(mode="after")
    def _check_interpolate(self) -> Self:
        fields.FPS.check(self.fps)
        fields.INTERPOLATION_FACTOR.check(self.share)
        return self


class ResampleRequest(RequestBase):
    """Any take at another frame rate, with its poses as key poses."""

    kind: Literal["resample"] = "resample"
    fps: types.Fps
    times: list[float] | None = None
    """Seconds of each pose, from 0 on; None if the take's frame rate gives them."""
    holds: Literal["KEEP", "SMOOTH"] = "KEEP"
    """Treatment of stretches without motion: leave them, or move through short ones, such as
    those of animation on twos."""
    bound: types.MaxKeyError = fields.MAX_KEY_ERROR.default

    @model_validator(mode="after")
    def _check_resample(self) -> Self:
        fields.FPS.check(self.fps)
        fields.MAX_KEY_ERROR.check(self.bound)
        if self.times is not None:
            check_key_times(self.times)
        return self

    def key_times(self, take: Take) -> list[float]:
        """Return the seconds of each of a take's poses."""
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
_KINDS = ("generate", "sequence", "decode", "interpolate", "resample", "learn", "blend")


def make_request(request_type: type[_AnyRequest], **values: Any) -> _AnyRequest:
    """Make a request in Python, with the same error sentences as over HTTP.

    Raises:
        LimitError: A field is wrong.
    """
    try:
        return request_type(**values)
    except ValidationError as error:
        raise LimitError(validation_message(error.errors())) from error


def validation_message(errors: Iterable[Mapping[str, Any]]) -> str:
    """Return one sentence about the first of pydantic's validation errors, naming the field."""
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
            *others, last = (f'"{kind}"' for kind in _KINDS)
            sentence = f'The field "kind" must be {", ".join(others)} or {last}.'
        case "json_invalid" | "json_type":
            sentence = f'The field "{name}" must be valid JSON.'
        case "dict_type" | "model_attributes_type" | "model_type":
            sentence = 'The field "request" must be a JSON object, such as {"kind": "generate"}.'
        case _:
            requirement = str(error["msg"]).replace("Input should be", "must be")
            sentence = f'The field "{name}" {requirement}.'
    return truncate(sentence, 300)
