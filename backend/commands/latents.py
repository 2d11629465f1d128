"""Commands on the latents of generated takes: decode one again, interpolate between two."""

from pathlib import Path
from typing import Annotated

import typer

from ..console import report_errors
from ..protocol import generation_fields as fields
from ..service.api.take_uploads import read_take_to_decode, read_takes_to_interpolate
from ..service.schema.requests import DecodeRequest, InterpolateRequest, make_request
from .takes import Fps, Output, check_output, progress_bar, read_take_bytes, save_and_report

app = typer.Typer()

LockFeetOverride = Annotated[
    bool | None,
    typer.Option(
        "--lock-feet/--no-lock-feet",
        help=f"{fields.LOCK_FEET.description} (default: as in the take).",
    ),
]


@app.command()
def decode(
    source: Annotated[Path, typer.Argument(help="Generated take, .npz.")],
    fps: Fps = fields.FPS.default,
    speed: Annotated[float, typer.Option(help=fields.SPEED.help)] = fields.SPEED.default,
    start: Annotated[float | None, typer.Option(help=fields.TIME_RANGE_START.help)] = None,
    end: Annotated[float | None, typer.Option(help=fields.TIME_RANGE_END.help)] = None,
    lock_feet: LockFeetOverride = None,
    output: Output = Path("again.npz"),
) -> None:
    """Decode a generated take again, at another frame rate or speed, or a part of it."""
    with report_errors():
        check_output(output)
        request = make_request(
            DecodeRequest, fps=fps, speed=speed, start=start, end=end, lock_feet=lock_feet
        )
        take = read_take_to_decode(read_take_bytes(source), request)
        # Imported late because torch takes a second: mistakes are reported before that.
        from ..service.engine.model_engine import ModelEngine

        with progress_bar() as progress:
            decoded = ModelEngine().decode_take(request, take, progress)
        save_and_report(decoded, output)


@app.command()
def interpolate(
    first: Annotated[Path, typer.Argument(help="Generated take, .npz.")],
    second: Annotated[Path, typer.Argument(help="Another generated take.")],
    factor: Annotated[
        float, typer.Option("--factor", "--share", help=fields.INTERPOLATION_FACTOR.help)
    ] = fields.INTERPOLATION_FACTOR.default,
    fps: Fps = fields.FPS.default,
    lock_feet: LockFeetOverride = None,
    output: Output = Path("between.npz"),
) -> None:
    """Generate a motion between two generated takes."""
    with report_errors():
        check_output(output)
        request = make_request(InterpolateRequest, share=factor, fps=fps, lock_feet=lock_feet)
        files = read_take_bytes(first), read_take_bytes(second)
        start, end = read_takes_to_interpolate(*files, request)
        from ..service.engine.model_engine import ModelEngine

        with progress_bar() as progress:
            take = ModelEngine().interpolate_takes(request, start, end, progress)
        save_and_report(take, output)
