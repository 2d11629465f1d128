"""``decode``: a generated take again, at another rate or speed, or a part of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..service.api.take_uploads import take_to_decode
from ..service.schema.requests import DecodeRequest, request_of
from .console import sentences
from .takes import check_output, progress_bar, read_bytes, write


def decode(source: Path, output: Path, **fields: Any) -> None:
    """Sample the motion of a take again and write it.

    Args:
        source: an ``.npz`` that `generate` wrote.
        output: ends in ``.npz`` or ``.bvh``.
        fields: of the `DecodeRequest`.
    """
    with sentences():
        check_output(output)
        request = request_of(DecodeRequest, **fields)
        take = take_to_decode(read_bytes(source), request)
        # torch takes a second to import: a mistyped request is answered before that.
        from ..service.engine.model_engine import ModelEngine

        with progress_bar() as progress:
            again = ModelEngine().decode(request, take, progress)
        write(again, output)
