"""``resample``: takes at a higher frame rate, through all their poses."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from ..console import err, ignore_progress, out, report_errors
from ..kinematics.body.take import Take, TakeError, load_take
from ..kinematics.mocap.bvh import BvhError, read_bvh
from ..kinematics.mocap.read_mocap import take_from_bvh
from ..kinematics.rigs.bone_map import MappingError
from ..protocol import generation_fields as fields
from ..protocol.limits import LimitError, check_frames, check_key_times, resampled_frames
from ..service.engine.interface import EngineError
from ..service.schema.requests import ResampleRequest, make_request
from .takes import TAKE_WRITERS, Fps, check_output, progress_bar, save_take_file

_FILE_ERRORS = (BvhError, EngineError, LimitError, MappingError, OSError, TakeError)


app = typer.Typer()


@app.command()
def resample(
    source: Annotated[Path, typer.Argument(help=".npz or .bvh file, or a folder of them.")],
    fps: Fps = 120.0,
    holds: Annotated[
        str, typer.Option(help="KEEP poses that stand still, or SMOOTH animation on twos.")
    ] = "KEEP",
    max_error: Annotated[
        float,
        typer.Option(
            "--max-error", "--bound", help=f"{fields.MAX_KEY_ERROR.description} (metres)."
        ),
    ] = fields.MAX_KEY_ERROR.default,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", help="Output file, .npz or .bvh; for a folder, a folder."),
    ] = Path("resampled.npz"),
) -> None:
    """Fill in frames between the poses of any take; the poses stay as they are."""
    with report_errors():
        request = make_request(ResampleRequest, fps=fps, holds=holds.upper(), bound=max_error)
        pairs = _file_pairs(source, output)
        # Imported late because torch takes a second: mistakes are reported before that.
        from ..service.engine.resampling import load_resampler, resample_take

        resampler = load_resampler()
        table = Table("file", "frames", "keys", "error", "by the spline", title="Resampled")
        failed = []
        columns = TextColumn("Resampling"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        with progress_bar(*columns, TextColumn("{task.description}"), description="") as progress:
            for n, (path, target) in enumerate(pairs):
                progress(n, len(pairs), path.name)
                try:
                    keys = _read_source(path, request)
                    take = resample_take(resampler, request, keys, ignore_progress)
                    save_take_file(take, target)
                except _FILE_ERRORS as error:
                    if len(pairs) == 1:
                        raise
                    failed.append((path.name, str(error)))
                else:
                    table.add_row(target.name, str(len(take)), *_report_cells(take))
    out.print(table)
    for name, reason in failed:
        err.print(f"{name}: {reason}", style="red", markup=False, highlight=False)
    raise typer.Exit(1 if failed else 0)


def _file_pairs(source: Path, output: Path) -> list[tuple[Path, Path]]:
    """Pair each file to read with the one to write."""
    if not source.is_dir():
        check_output(output)
        return [(source, output)]
    if output.suffix.lower() in TAKE_WRITERS:
        raise LimitError(f"The output of a folder must be a folder (got {output.name}).")
    files = sorted(path for path in source.rglob("*") if path.suffix.lower() in TAKE_WRITERS)
    if not files:
        raise LimitError(f"There is no .npz or .bvh file in {source}.")
    return [(path, output / path.relative_to(source)) for path in files]


def _read_source(path: Path, request: ResampleRequest) -> Take:
    if not path.is_file():
        raise TakeError(f"There is no file {path}.")
    take = load_take(path) if path.suffix.lower() == ".npz" else take_from_bvh(read_bvh(path))
    times = request.key_times(take)
    check_key_times(times)
    check_frames(resampled_frames(times[-1], request.fps))
    if request.fps < take.fps:
        raise LimitError(
            f"The frame rate must be at least that of the take, {take.fps:g} fps for {path.name} "
            f"(got {request.fps:g} fps): resampling does not remove frames."
        )
    return take


def _report_cells(take: Take) -> tuple[str, str, str]:
    report = take.metadata["resampled"]
    error = "" if report["error"] is None else f"{1000 * report['error']:.1f} mm"
    spans = ", ".join(f"{start:.2f}–{end:.2f} s" for start, end in report["spline"])
    return str(report["keys"]), error, spans
