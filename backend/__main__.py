"""Command line of the backend, ``python -m backend COMMAND``.

Each command imports its implementation when it runs, so that the service starts without delay.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperCommand

from .commands.train import export_app, train_app
from .cpu import set_passive_wait_policy
from .evaluation.app import app as evaluate_app
from .protocol import generation_fields as fields

app = typer.Typer(
    name="anyframe",
    no_args_is_help=True,
    add_completion=False,
    # The values of local variables include the token.
    pretty_exceptions_show_locals=False,
)
app.add_typer(train_app, name="train")
app.add_typer(export_app, name="export")
app.add_typer(evaluate_app, name="evaluate")

Output = Annotated[Path, typer.Option("-o", "--output", help="Output file, .npz (AMASS) or .bvh.")]
Fps = Annotated[float, typer.Option(help=fields.FPS.help)]
Seed = Annotated[int, typer.Option(help=fields.SEED.help)]
LockFeet = Annotated[bool, typer.Option(help=fields.LOCK_FEET.help)]
LockFeetOverride = Annotated[
    bool | None,
    typer.Option(
        "--lock-feet/--no-lock-feet",
        help=f"{fields.LOCK_FEET.description} (default: as in the take).",
    ),
]
Loop = Annotated[bool, typer.Option("--loop", help=fields.LOOP.help)]
WavLm = Annotated[
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


@app.callback()
def main() -> None:
    """Anyframe's backend: text to motion at any frame rate."""
    set_passive_wait_policy()


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 picks a free one.", min=0, max=65535)] = 0,
    log: Annotated[Path | None, typer.Option(help="File for all output.")] = None,
    keep_alive: Annotated[
        bool, typer.Option("--keep-alive", help="Continue when stdin closes, as a shared backend.")
    ] = False,
    name: Annotated[
        list[str] | None,
        typer.Option(help="Host name that requests may be sent to; repeatable."),
    ] = None,
    release_after: Annotated[
        float, typer.Option(help="Minutes without a job until memory is freed; 0 for never.", min=0)
    ] = 0,
    client_seconds: Annotated[
        float,
        typer.Option(help="Seconds without a request after which a client loses its jobs.", min=1),
    ] = 60,
    heartbeat: Annotated[
        float | None,
        typer.Option(help="Seconds between heartbeats on stdout (default: none).", min=0.1),
    ] = None,
    engine: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run the service of the add-on; its token is read from ANYFRAME_TOKEN."""
    from .service.process import server_process

    status = server_process.serve(
        host,
        port,
        log,
        keep_alive,
        engine or server_process.DEFAULT_ENGINE,
        host_names=name or (),
        client_timeout=client_seconds,
        idle_timeout=release_after * 60 or None,
        heartbeat_interval=heartbeat,
    )
    raise typer.Exit(status)


@app.command()
def generate(
    prompt: Annotated[str, typer.Argument(help=fields.PROMPT.help)] = "",
    label: Annotated[
        str | None, typer.Option("--label", "--action", help=fields.LABEL.help)
    ] = None,
    model: Annotated[
        Literal["nerm", "motioninr"],
        typer.Option(help="Model that generates the motion; motioninr needs --label alone."),
    ] = "nerm",
    weights: Annotated[
        Path | None, typer.Option(help="Folder of your own MotionINR weight file.")
    ] = None,
    seconds: Annotated[float, typer.Option(help=fields.SECONDS.help)] = fields.SECONDS.default,
    fps: Fps = fields.FPS.default,
    seed: Seed = fields.SEED.default,
    guidance: Annotated[float | None, typer.Option(help=fields.GUIDANCE.help)] = None,
    steps: Annotated[int | None, typer.Option(help=fields.STEPS.help)] = None,
    originality: Annotated[float | None, typer.Option(help=fields.ORIGINALITY.help)] = None,
    candidates: Annotated[int | None, typer.Option(help=fields.CANDIDATES.help)] = None,
    variations: Annotated[
        int, typer.Option(help=f"{fields.VARIATIONS.description}: NAME_0, NAME_1...")
    ] = fields.VARIATIONS.default,
    lock_feet: LockFeet = fields.LOCK_FEET.default,
    loop: Loop = fields.LOOP.default,
    batch: Annotated[
        Path | None,
        typer.Option(help="Table (.csv) with a motion per row; options fill its empty cells."),
    ] = None,
    file_format: Annotated[
        Literal["npz", "bvh"] | None, typer.Option("--format", help="Format of a batch's files.")
    ] = None,
    existing: Annotated[
        Literal["refuse", "skip", "overwrite"] | None,
        typer.Option(help="Treatment of a batch's files that exist already."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help="Output file, .npz (AMASS) or .bvh; for a batch, a folder."
        ),
    ] = None,
) -> None:
    """Generate takes of round(seconds * fps) frames, the first at t = 0."""
    values = {
        "action": label,
        "seconds": seconds,
        "fps": fps,
        "seed": seed,
        "guidance": guidance,
        "steps": steps,
        "originality": originality,
        "candidates": candidates,
        "variations": variations,
        "lock_feet": lock_feet,
        "loop": loop,
    }
    if weights is not None and (model != "motioninr" or batch is not None):
        raise typer.BadParameter("--weights needs --model motioninr, and no --batch.")
    if batch is not None:
        if prompt:
            raise typer.BadParameter("--batch reads its prompts from the table: leave out PROMPT.")
        from .commands.batch import generate_batch

        suffix = f".{file_format or 'npz'}"
        folder = output or Path("takes")
        generate_batch(batch, folder, suffix, existing or "refuse", {"model": model, **values})
        return
    if file_format is not None or existing is not None:
        raise typer.BadParameter("--format and --existing need --batch.")
    from .commands.generate import generate_label_takes, generate_takes

    output = output or Path("take.npz")
    if model == "motioninr":
        if prompt or any(value is not None for value in (guidance, steps, originality, candidates)):
            raise typer.BadParameter(
                "--model motioninr uses --label, --seconds, --fps, --seed, --variations and "
                "--loop: leave out the prompt and the other options, or use --model nerm."
            )
        if weights is not None:
            if loop:
                raise typer.BadParameter("--weights does not support --loop: leave out one.")
            generate_label_takes(output, weights, label, seconds, fps, seed, variations, lock_feet)
            return
    generate_takes(output, prompt=prompt, model=model, **values)


@app.command()
def sequence(
    blocks: Annotated[
        list[str],
        typer.Argument(
            help='Prompt and seconds of each block, "walks forward:3", or its label: '
            '"label=jump:2".'
        ),
    ],
    fps: Fps = fields.FPS.default,
    transition: Annotated[
        float, typer.Option("--transition", "--blend", help=fields.TRANSITION.help)
    ] = fields.TRANSITION.default,
    seed: Annotated[
        int, typer.Option(help="Seed of the first block; the others count up.")
    ] = fields.SEED.default,
    lock_feet: LockFeet = fields.LOCK_FEET.default,
    loop: Loop = fields.LOOP.default,
    output: Output = Path("sequence.npz"),
) -> None:
    """Generate several motions as one, with transitions."""
    from .commands.generate import generate_sequence

    generate_sequence(output, blocks, seed, transition, fps=fps, lock_feet=lock_feet, loop=loop)


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
    from .commands.latents import decode_take_again

    decode_take_again(
        source, output, fps=fps, speed=speed, start=start, end=end, lock_feet=lock_feet
    )


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
    from .commands.latents import interpolate_takes

    interpolate_takes(first, second, output, share=factor, fps=fps, lock_feet=lock_feet)


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
    from .commands.resample import resample_files

    raise typer.Exit(resample_files(source, output, fps=fps, holds=holds.upper(), bound=max_error))


@app.command()
def prepare(
    sources: Annotated[
        list[Path], typer.Argument(help="Folders of BVH and AMASS files, or of HumanML3D.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The .npz file to write.")],
    workers: Annotated[int, typer.Option(help="Number of processes; 0 uses all cores.", min=0)] = 0,
) -> None:
    """Read motion capture at its native frame rate into one training file."""
    from .commands.prepare import prepare_motions

    raise typer.Exit(prepare_motions(sources, output, workers))


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
    wavlm: WavLm = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Style file, .safetensors.")
    ] = Path("style.safetensors"),
) -> None:
    """Learn a style from a few takes; `style` then generates motion in it."""
    from .commands.styles import learn_style

    learn_style(
        takes,
        labels,
        output,
        steps=steps,
        time_limit=None if time_limit is None else 60 * time_limit,
        device=device,
        seed=seed,
        native_skeleton=skeleton == "own",
        licence=licence,
        note=note,
        wavlm=wavlm,
    )


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
    wavlm: WavLm = None,
    output: Output = Path("blend.npz"),
) -> None:
    """Generate motion in a style from a label timeline or a control track."""
    from .commands import styles

    styles.generate_in_style(
        timeline,
        output,
        style,
        fine=fine,
        overlap=overlap,
        originality=originality,
        fps=fps,
        seed=seed,
        loop=loop,
        lock_feet=lock_feet,
        wavlm=wavlm,
    )


@app.command("audio-features")
@app.command("control", hidden=True)
def audio_features(
    source: Annotated[Path, typer.Argument(help="Sound, an uncompressed .wav.")],
    wavlm: WavLm = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="File of the control track, .npz.")
    ] = Path("control.npz"),
) -> None:
    """Write the audio features of a sound as a control track, 30 rows a second."""
    from .commands.styles import write_audio_features

    write_audio_features(source, output, wavlm)


if __name__ == "__main__":
    app()
