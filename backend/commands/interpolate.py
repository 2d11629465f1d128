"""``interpolate``: a motion between two generated takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..console import report_errors
from ..service.api.take_uploads import read_takes_to_interpolate
from ..service.schema.requests import InterpolateRequest, make_request
from .takes import check_output, progress_bar, read_take_bytes, save_and_report


def interpolate_takes(first: Path, second: Path, output: Path, **fields: Any) -> None:
    """Make a motion between those of two takes and write it.

    Args:
        first: an ``.npz`` that `generate` wrote.
        second: another.
        output: ends in ``.npz`` or ``.bvh``.
        fields: of the `InterpolateRequest`.
    """
    with report_errors():
        check_output(output)
        request = make_request(InterpolateRequest, **fields)
        one, other = read_takes_to_interpolate(
            read_take_bytes(first), read_take_bytes(second), request
        )
        # torch takes a second to import: a mistyped request is answered before that.
        from ..service.engine.model_engine import ModelEngine

        with progress_bar() as progress:
            take = ModelEngine().interpolate_takes(request, one, other, progress)
        save_and_report(take, output)
