"""Types of request fields, with bounds and descriptions for the published schema."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from ...protocol import generation_fields as fields
from .limits import LIMITS


def schema_bounds(low: float, high: float) -> Any:
    """Return bounds for the schema alone: the request refuses other values with its own error."""
    return Field(json_schema_extra={"minimum": low, "maximum": high})


def schema_lengths(**limits: int) -> Any:
    """Return limits of a text or a list for the schema alone, such as ``maxLength=40``."""
    return Field(json_schema_extra={**limits})


def _number(field: fields.NumberField) -> Any:
    bounds = {"minimum": field.low, "maximum": field.high}
    return Field(description=field.help, json_schema_extra=bounds)


def _text(field: fields.TextField) -> Any:
    return Field(description=field.help, json_schema_extra={"maxLength": field.max_length})


Prompt = Annotated[str, _text(fields.PROMPT)]
ActionLabel = Annotated[str, _text(fields.LABEL)]
Seconds = Annotated[float, _number(fields.SECONDS)]
Fps = Annotated[float, _number(fields.FPS)]
# Exclusive because OpenAPI's bounds become floats, and 2**63 is one while 2**63 - 1 is not.
Seed = Annotated[
    int,
    Field(
        description=fields.SEED.help,
        json_schema_extra={"minimum": 0, "exclusiveMaximum": LIMITS.seed_max + 1},
    ),
]
Guidance = Annotated[float, _number(fields.GUIDANCE)]
Steps = Annotated[int, _number(fields.STEPS)]
Originality = Annotated[float, _number(fields.ORIGINALITY)]
Candidates = Annotated[int, _number(fields.CANDIDATES)]
Variations = Annotated[int, _number(fields.VARIATIONS)]
LockFeet = Annotated[bool, Field(description=fields.LOCK_FEET.help)]
Loop = Annotated[bool, Field(description=fields.LOOP.help)]
Transition = Annotated[float, _number(fields.TRANSITION)]
Speed = Annotated[float, _number(fields.SPEED)]
RangeStart = Annotated[float, _number(fields.TIME_RANGE_START)]
RangeEnd = Annotated[float, _number(fields.TIME_RANGE_END)]
InterpolationFactor = Annotated[float, _number(fields.INTERPOLATION_FACTOR)]
MaxKeyError = Annotated[float, _number(fields.MAX_KEY_ERROR)]
LearnSteps = Annotated[int, _number(fields.LEARN_STEPS)]
Overlap = Annotated[float, _number(fields.OVERLAP)]
StyleOriginality = Annotated[float, _number(fields.STYLE_ORIGINALITY)]
StyleLabel = Annotated[str, schema_lengths(maxLength=LIMITS.label_characters)]


def _require_kind(schema: dict[str, Any]) -> None:
    # It has a default in Python only: in JSON it distinguishes the requests.
    schema["required"].append("kind")


class StrictModel(BaseModel):
    """A part of a request."""

    # Strict: "5" is not a number and true is not a seed. Forbid: a misspelt field is not ignored.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class RequestBase(StrictModel):
    """A request."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, json_schema_extra=_require_kind
    )
