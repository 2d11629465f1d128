"""``resample``: takes at a higher rate, every pose kept."""

from __future__ import annotations

from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ..console import err, out, report_errors
from ..kinematics.body.take import Take, TakeError, load_take
from ..kinematics.mocap.bvh import BvhError, read_bvh
from ..kinematics.mocap.read_mocap import take_from_bvh
from ..kinematics.rigs.bone_map import MappingError
from ..protocol.limits import LimitError, check_frames, check_key_times, resampled_frames
from ..service.engine.interface import EngineError
from ..service.schema.requests import ResampleRequest, make_request
from .takes import TAKE_WRITERS, check_output, save_take_file

_FILE_ERRORS = (BvhError, EngineError, LimitError, MappingError, OSError, TakeError)


def resample_files(source: Path, output: Path, **fields: object) -> int:
    """Resample a file, or each of a folder; the exit status, 1 if one could not be.

    Args:
        source: ``.npz``, ``.bvh`` or a folder of them.
        output: a file, or for a folder another folder.
        fields: of the `ResampleRequest`.
    """
    with report_errors():
        request = make_request(ResampleRequest, **fields)
        pairs = _file_pairs(source, output)
        # torch takes a second to import: what is mistyped is answered before that.
        from ..service.engine.resampling import load_resampler
        from ..service.engine.resampling import resample_take as run

        resampler = load_resampler()
        table = Table("file", "frames", "keys", "error", "by the spline", title="Resampled")
        failed = []
        with _bar() as bar:
            task = bar.add_task("Resampling", total=len(pairs), name="")
            for path, target in pairs:
                bar.update(task, name=path.name)
                try:
                    take = run(resampler, request, _read_source(path, request), _silent)
                    save_take_file(take, target)
                except _FILE_ERRORS as error:
                    if len(pairs) == 1:
                        raise
                    failed.append((path.name, str(error)))
                else:
                    table.add_row(target.name, str(len(take)), *_report_cells(take))
                bar.advance(task)
    out.print(table)
    for name, why in failed:
        err.print(f"{name}: {why}", style="red", markup=False, highlight=False)
    return 1 if failed else 0


def _file_pairs(source: Path, output: Path) -> list[tuple[Path, Path]]:
    """Each file to read and the one to write."""
    if not source.is_dir():
        check_output(output)
        return [(source, output)]
    if output.suffix.lower() in TAKE_WRITERS:
        raise LimitError(f"{source} is a folder, so the output must be one too, not {output.name}.")
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
            f"{path.name} has {take.fps:g} frames per second, more than the {request.fps:g} asked "
            "for: resampling fills in frames and takes none away."
        )
    return take


def _report_cells(take: Take) -> tuple[str, str, str]:
    told = take.metadata["resampled"]
    error = "" if told["error"] is None else f"{1000 * told['error']:.1f} mm"
    spans = ", ".join(f"{start:.2f}–{end:.2f} s" for start, end in told["spline"])
    return str(told["keys"]), error, spans


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(
        *columns, TimeRemainingColumn(), TextColumn("{task.fields[name]}"),
        console=err, transient=True,
    )  # fmt: skip


def _silent(step: int, total: int, message: str = "") -> None:
    """The bar counts files."""
