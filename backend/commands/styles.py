"""``learn``, ``style`` and ``audio-features``: styles from a few takes, and motions in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import typer
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from typer.core import TyperCommand

from ..console import err, out, report_errors
from ..cpu import BACKGROUND_NICENESS, lower_priority
from ..kinematics.body.take import Take, TakeError
from ..kinematics.mocap.read_mocap import read_mocap
from ..protocol import generation_fields as fields
from ..protocol.atomic_write import write_atomically
from ..protocol.control_track import CONTROL_FILE_SUFFIXES, read_control_track
from ..protocol.limits import LimitError, check_time_range
from ..protocol.style_file import StyleError
from ..protocol.timeline import parse_timeline
from .takes import Fps, LockFeet, Loop, Output, Seed, check_output, progress_bar, save_and_report

if TYPE_CHECKING:
    from ..protocol.audio_features import AudioFeatures
    from ..styles.learn import TakeLabels
    from ..styles.skeleton_graph import SkeletalMotion

_TIME_RANGE = re.compile(r"(?P<file>.+)@(?P<start>[0-9.]+)-(?P<end>[0-9.]+)")

app = typer.Typer()

WavLmFolder = Annotated[
    Path | None, typer.Option(help="Local folder of a WavLM model that reads .wav files.")
]

_MULTIPLE = "--labels"


class MultipleValuesCommand(TyperCommand):
    """Command whose option `--labels` takes all words up to the next option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeat the option before each of its values."""
        repeated: list[str] = []
        inside = False
        for word in args:
            if word.startswith("-") and len(word) > 1:
                inside = word == _MULTIPLE
                repeated += [] if inside else [word]
            else:
                repeated += [_MULTIPLE, word] if inside else [word]
        return super().parse_args(ctx, repeated)


@app.command(cls=MultipleValuesCommand)
def learn(
    takes: Annotated[
        list[str],
        typer.Argument(help='.npz or .bvh files; with a time range as "walk.bvh@2-10" (seconds).'),
    ],
    labels: Annotated[
        list[str],
        typer.Option(
            "--label",
            "--labels",
            help="Label of each take, or its label timeline (“walk:3,run:2”), or the .npz or .wav "
            "file of its control track; repeatable.",
        ),
    ],
    steps: Annotated[
        int, typer.Option(help=fields.LEARN_STEPS.help, min=1)
    ] = fields.LEARN_STEPS.default,
    time_limit: Annotated[
        float | None,
        typer.Option(help="Minutes until learning stops; the same command resumes it.", min=0),
    ] = None,
    device: Annotated[str, typer.Option(help='Device: "cpu", "cuda" or "mps".')] = "cpu",
    seed: Annotated[int, typer.Option(help="Seed of the training.")] = 0,
    skeleton: Annotated[
        Literal["smpl", "own"],
        typer.Option(help="smpl, or own for the hierarchy of the .bvh files."),
    ] = "smpl",
    licence: Annotated[str, typer.Option(help="Licence of the style, stored in its file.")] = "",
    note: Annotated[str, typer.Option(help="Note about the takes, stored in the file.")] = "",
    wavlm: WavLmFolder = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Style file, .safetensors.")
    ] = Path("style.safetensors"),
) -> None:
    """Learn a style from a few takes; `style` then generates motion in it."""
    lower_priority(BACKGROUND_NICENESS)
    # Imported late because torch takes a second.
    from ..training.run import TrainingError

    with report_errors(StyleError, TrainingError):
        if output.suffix != ".safetensors":
            raise LimitError(f"The style {output.name} must end in .safetensors.")
        fields.SEED.check(seed)
        features = _load_wavlm(wavlm, labels)
        from ..styles.learn import train_style
        from ..styles.train import LearnSettings

        columns = TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn()
        with progress_bar(*columns, description="Reading") as progress:
            motions = [_read_training_take(take, skeleton == "own") for take in takes]
            learnt = train_style(
                motions,
                [_parse_label(label, features) for label in labels],
                output,
                lambda step, total, _eta, message: progress(step, total, message),
                lambda: False,
                take_names=[Path(take).name for take in takes],
                settings=LearnSettings(steps=steps, seed=seed % 2**31),
                licence=licence,
                note=note,
                device=device,
                time_limit=None if time_limit is None else 60 * time_limit,
                preview=lambda level, path: err.print(f"Level {level}: {path}", highlight=False),
            )
        if learnt is None:
            text = "learning is not finished; run the same command again to resume it"
        else:
            text = f"{', '.join(learnt.labels)} from {learnt.origin.seconds:.0f} s"
        out.print(f"{output}: {text}", highlight=False)


@app.command("style")
@app.command("blend", hidden=True)
def generate_in_style(
    timeline: Annotated[
        str,
        typer.Argument(
            help='Label timeline, "walk:3,run:3" (seconds), or the .npz or .wav file of a control '
            "track."
        ),
    ],
    style: Annotated[
        Path | None, typer.Option(help="Style file (default: the shipped style).")
    ] = None,
    fine: Annotated[
        str | None, typer.Option(help='Label timeline of the finer levels, "sneak:6".')
    ] = None,
    overlap: Annotated[float, typer.Option(help=fields.OVERLAP.help)] = fields.OVERLAP.default,
    originality: Annotated[
        float, typer.Option(help=fields.STYLE_ORIGINALITY.help)
    ] = fields.STYLE_ORIGINALITY.default,
    fps: Fps = fields.FPS.default,
    seed: Seed = fields.SEED.default,
    loop: Loop = fields.LOOP.default,
    lock_feet: LockFeet = fields.LOCK_FEET.default,
    wavlm: WavLmFolder = None,
    output: Output = Path("blend.npz"),
) -> None:
    """Generate motion in a style from a label timeline or a control track."""
    with report_errors(StyleError):
        check_output(output)
        features = _load_wavlm(wavlm, [timeline])
        from ..styles.generator_api import Style, StyleSpec
        from ..styles.skeleton_graph import SMPL_BODY
        from ..styles.style import shipped_style_path

        loaded = Style.load(style or shipped_style_path())
        is_file = timeline.lower().endswith(CONTROL_FILE_SUFFIXES)
        conditioning = read_control_track(Path(timeline), features).values if is_file else timeline
        spec = StyleSpec(
            conditioning, seed, fine, overlap=overlap, originality=originality, loop=loop
        )
        if loaded.network.layout.body.has_same_skeleton(SMPL_BODY):
            save_and_report(loaded.generate_take(spec, fps, lock_feet), output)
            return
        if output.suffix.lower() != ".bvh":
            raise LimitError(
                f"The output of a style with another skeleton must be a .bvh (got {output.name})."
            )
        from ..styles.native_skeleton import write_native_motion

        motion = loaded.generate_motion(spec, fps)
        write_native_motion(motion, output)
        out.print(f"{output}: {len(motion)} frames at {fps:g} fps", highlight=False)


@app.command("audio-features")
@app.command("control", hidden=True)
def audio_features(
    source: Annotated[Path, typer.Argument(help="Sound, an uncompressed .wav.")],
    wavlm: WavLmFolder = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="File of the control track, .npz.")
    ] = Path("control.npz"),
) -> None:
    """Write the audio features of a sound as a control track, 30 rows a second."""
    with report_errors(StyleError):
        if source.suffix.lower() != ".wav":
            raise LimitError(f"The sound must be an uncompressed .wav file (got {source.name}).")
        if output.suffix.lower() != ".npz":
            raise LimitError(f"The control track {output.name} must end in .npz.")
        track = read_control_track(source, _load_wavlm(wavlm, [source.name]))
        output.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(output, lambda part: part.write_bytes(track.to_bytes()))
        frames, columns = track.values.shape
        out.print(f"{output}: {frames} frames of {columns} columns", highlight=False)


def _load_wavlm(folder: Path | None, names: Sequence[str]) -> AudioFeatures | None:
    """Load a WavLM model for the sounds among `names`; None without a folder."""
    if folder is None:
        return None
    if not any(name.lower().endswith(".wav") for name in names):
        raise LimitError("--wavlm needs a .wav file (none is named): leave it out, or name one.")
    from ..styles.wavlm import WavLm

    return WavLm(folder)


def _parse_label(text: str, features: AudioFeatures | None) -> TakeLabels:
    """Parse a label or a label timeline, or read the file of a control track."""
    if text.lower().endswith(CONTROL_FILE_SUFFIXES):
        return read_control_track(Path(text), features)
    return parse_timeline(text) if ":" in text else text


def _read_training_take(name: str, native_skeleton: bool) -> Take | SkeletalMotion:
    """Read a take, or a time range of it."""
    match = _TIME_RANGE.fullmatch(name)
    path = Path(match["file"] if match and not Path(name).is_file() else name)
    if not path.is_file():
        raise TakeError(f"There is no file {path}.")
    if native_skeleton:
        from ..styles.native_skeleton import read_native_motion

        motion = read_native_motion(path)
        if match is None:
            return motion
        first, end = _frame_range(match, path, motion.fps, motion.duration)
        return motion.slice_frames(first, end)
    take = read_mocap(path)
    if match is None:
        return take
    metadata = dict(take.metadata)
    lead_in = metadata.pop("lead_in", 0.0)
    first, end = _frame_range(match, path, take.fps, take.duration, lead_in)
    return replace(
        take, poses=take.poses[first:end], trans=take.trans[first:end], metadata=metadata
    )


def _frame_range(
    match: re.Match[str], path: Path, fps: float, seconds: float, lead_in: float = 0.0
) -> tuple[int, int]:
    """First frame of a time range and one past its last; `lead_in` seconds have been cut off."""
    try:
        start, end = float(match["start"]), float(match["end"])
        check_time_range(start, end, seconds + lead_in)
    except ValueError as error:
        raise LimitError(f"{path.name}: {error}") from error
    first, last = np.round((np.array([start, end]) - lead_in) * fps).astype(int)
    return max(int(first), 0), max(int(last), 0) + 1
