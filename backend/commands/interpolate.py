"""``interpolate``: a motion between two generated takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..service.api.take_uploads import takes_to_interpolate
from ..service.schema.requests import InterpolateRequest, request_of
from .console import sentences
from .takes import check_output, progress_bar, read_bytes, write


def interpolate(first: Path, second: Path, output: Path, **fields: Any) -> None:
    """Make a motion between those of two takes and write it.

    Args:
        first: an ``.npz`` that `generate` wrote.
        second: another.
        output: ends in ``.npz`` or ``.bvh``.
        fields: of the `InterpolateRequest`.
    """
    with sentences():
        check_output(output)
        request = request_of(InterpolateRequest, **fields)
        one, other = takes_to_interpolate(read_bytes(first), read_bytes(second), request)
        # torch takes a second to import: a mistyped request is answered before that.
        from ..service.engine.model_engine import ModelEngine

        with progress_bar() as progress:
            take = ModelEngine().interpolate(request, one, other, progress)
        write(take, output)
