"""What the fields of requests are made of: kinds of numbers and words, with their bounds."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from .limits import LIMITS


def schema_bounds(low: float, high: float) -> Any:
    """Bounds for the published schema; a request's own check refuses with a sentence instead of
    pydantic."""
    return Field(json_schema_extra={"minimum": low, "maximum": high})


def schema_max_length(characters: int) -> Any:
    """A bound of text for the published schema, likewise."""
    return Field(json_schema_extra={"maxLength": characters})


Fps = Annotated[float, schema_bounds(LIMITS.fps_min, LIMITS.fps_max)]
Prompt = Annotated[str, schema_max_length(LIMITS.prompt_characters)]
ActionLabel = Annotated[str, schema_max_length(LIMITS.action_characters)]
# Exclusive because OpenAPI's bounds become floats, and 2**63 is one while 2**63 - 1 is not.
Seed = Annotated[
    int, Field(json_schema_extra={"minimum": 0, "exclusiveMaximum": LIMITS.seed_max + 1})
]


def _require_kind(schema: dict[str, Any]) -> None:
    # It has a default in Python only: on the wire it tells one request from the other.
    schema["required"].append("kind")


class StrictModel(BaseModel):
    """What a request is made of."""

    # Strict: "5" is not a number and true is not a seed. Forbid: a misspelt field is not ignored.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class RequestBase(StrictModel):
    """A request."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, json_schema_extra=_require_kind
    )
