"""Commands on the latents of generated takes: decode one again, interpolate between two."""

from pathlib import Path
from typing import Any

from ..console import report_errors
from ..service.api.take_uploads import read_take_to_decode, read_takes_to_interpolate
from ..service.schema.requests import DecodeRequest, InterpolateRequest, make_request
from .takes import check_output, progress_bar, read_take_bytes, save_and_report


def decode_take_again(source: Path, output: Path, **fields: Any) -> None:
    """Decode the latent of a take again and write the result.

    Args:
        source: ``.npz`` file of a generated take.
        output: File that ends in ``.npz`` or ``.bvh``.
        **fields: Fields of the `DecodeRequest`.
    """
    with report_errors():
        check_output(output)
        request = make_request(DecodeRequest, **fields)
        take = read_take_to_decode(read_take_bytes(source), request)
        # Imported late because torch takes a second: mistakes are reported before that.
        from ..service.engine.model_engine import ModelEngine

        with progress_bar() as progress:
            decoded = ModelEngine().decode_take(request, take, progress)
        save_and_report(decoded, output)


def interpolate_takes(first: Path, second: Path, output: Path, **fields: Any) -> None:
    """Interpolate between the latents of two takes and write the result.

    Args:
        first: ``.npz`` file of a generated take.
        second: ``.npz`` file of another one.
        output: File that ends in ``.npz`` or ``.bvh``.
        **fields: Fields of the `InterpolateRequest`.
    """
    with report_errors():
        check_output(output)
        request = make_request(InterpolateRequest, **fields)
        start, end = read_takes_to_interpolate(
            read_take_bytes(first), read_take_bytes(second), request
        )
        from ..service.engine.model_engine import ModelEngine

        with progress_bar() as progress:
            take = ModelEngine().interpolate_takes(request, start, end, progress)
        save_and_report(take, output)
