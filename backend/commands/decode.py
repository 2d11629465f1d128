"""``decode``: a generated take again, at another rate or speed, or a part of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..console import report_errors
from ..service.api.take_uploads import read_take_to_decode
from ..service.schema.requests import DecodeRequest, make_request
from .takes import check_output, progress_bar, read_take_bytes, save_and_report


def sample_take_again(source: Path, output: Path, **fields: Any) -> None:
    """Sample the motion of a take again and write it.

    Args:
        source: an ``.npz`` that `generate` wrote.
        output: ends in ``.npz`` or ``.bvh``.
        fields: of the `DecodeRequest`.
    """
    with report_errors():
        check_output(output)
        request = make_request(DecodeRequest, **fields)
        take = read_take_to_decode(read_take_bytes(source), request)
        # torch takes a second to import: a mistyped request is answered before that.
        from ..service.engine.model_engine import ModelEngine

        with progress_bar() as progress:
            again = ModelEngine().decode_take(request, take, progress)
        save_and_report(again, output)
