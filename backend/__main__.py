"""The command line: ``python -m backend COMMAND``. Each command imports its own room, when run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from .commands import train
from .commands.several import MultipleValuesCommand
from .cpu import set_passive_wait_policy
from .evaluation.app import app as evaluate_app
from .protocol.limits import (
    DEFAULT_BLEND_SECONDS,
    DEFAULT_ERROR_BOUND,
    DEFAULT_LEARN_STEPS,
    DEFAULT_STYLE_ORIGINALITY,
)

app = typer.Typer(
    name="anyframe",
    no_args_is_help=True,
    add_completion=False,
    # The values of local variables include the token.
    pretty_exceptions_show_locals=False,
)
app.add_typer(train.app, name="train")
app.add_typer(evaluate_app, name="evaluate")

Output = Annotated[Path, typer.Option("-o", "--output", help=".npz (AMASS) or .bvh.")]
LockFeet = Annotated[bool, typer.Option("--lock-feet/--no-lock-feet", help="Hold planted feet.")]
Loop = Annotated[
    bool, typer.Option("--loop", help="End as it began; the last frame is the first again.")
]
WavLm = Annotated[
    Path | None,
    typer.Option(help="A local folder with a WavLM model: what hears .wav files."),
]
LockFeetOverride = Annotated[
    bool | None,
    typer.Option("--lock-feet/--no-lock-feet", help="Hold planted feet; else as it was made."),
]


@app.callback()
def main() -> None:
    """Anyframe's backend: text to motion at any frame rate."""
    set_passive_wait_policy()


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 picks a free one.", min=0, max=65535)] = 0,
    log: Annotated[Path | None, typer.Option(help="File for everything that is printed.")] = None,
    keep_alive: Annotated[
        bool, typer.Option("--keep-alive", help="Stay when stdin closes: a shared backend.")
    ] = False,
    name: Annotated[
        list[str] | None,
        typer.Option(help="A name of this host that requests may be for; may be repeated."),
    ] = None,
    release_after: Annotated[
        float, typer.Option(help="Minutes without a job until memory is freed; 0 for never.", min=0)
    ] = 0,
    client_seconds: Annotated[
        float, typer.Option(help="Silence after which a client loses its jobs.", min=1)
    ] = 60,
    heartbeat: Annotated[
        float | None,
        typer.Option(help="Seconds between signs of life on stdout; without, none.", min=0.1),
    ] = None,
    engine: Annotated[str | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run the service that the add-on talks to; the token comes in ANYFRAME_TOKEN."""
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
    prompt: Annotated[str, typer.Argument(help="What the person does.")] = "",
    action: Annotated[str | None, typer.Option(help="An action label the model knows.")] = None,
    model: Annotated[
        Literal["nerm", "motioninr"],
        typer.Option(help="What makes the motion; motioninr goes by --action alone."),
    ] = "nerm",
    weights: Annotated[
        Path | None, typer.Option(help="Folder of MotionINR's weight file, if it is your own.")
    ] = None,
    seconds: Annotated[float, typer.Option(help="Length of the motion.")] = 4.0,
    fps: Annotated[float, typer.Option(help="Frames per second, 23.976 as well as 120.")] = 30.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same motion.")] = 0,
    guidance: Annotated[float | None, typer.Option(help="How strictly words are followed.")] = None,
    steps: Annotated[int | None, typer.Option(help="Denoising steps.")] = None,
    originality: Annotated[
        float | None,
        typer.Option(help="From 0, near the captures that were learnt, to 1, drawn freely."),
    ] = None,
    candidates: Annotated[
        int | None, typer.Option(help="Motions drawn, of which the best is given.")
    ] = None,
    variations: Annotated[
        int, typer.Option(help="Motions given, with seeds one after the other: NAME_0, NAME_1...")
    ] = 1,
    lock_feet: LockFeet = True,
    loop: Loop = False,
    batch: Annotated[
        Path | None,
        typer.Option(help="A table (.csv) with a motion a row; options fill in what it lacks."),
    ] = None,
    file_format: Annotated[
        Literal["npz", "bvh"] | None, typer.Option("--format", help="Of a batch's files.")
    ] = None,
    existing: Annotated[
        Literal["refuse", "skip", "overwrite"] | None,
        typer.Option(help="What becomes of a batch's files that are there already."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help=".npz (AMASS) or .bvh; of a batch, a folder."),
    ] = None,
) -> None:
    """Generate takes of round(seconds * fps) frames, the first at t = 0."""
    fields = {
        "action": action,
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
        raise typer.BadParameter("--weights is for --model motioninr, and not for --batch.")
    if batch is not None:
        if prompt:
            raise typer.BadParameter("With --batch the prompts are in the table.")
        from .commands.batch import generate_batch as run_batch

        suffix = f".{file_format or 'npz'}"
        folder = output or Path("takes")
        run_batch(batch, folder, suffix, existing or "refuse", {"model": model, **fields})
        return
    if file_format is not None or existing is not None:
        raise typer.BadParameter("--format and --existing are for --batch.")
    if model == "motioninr":
        fixed = (guidance, steps, originality, candidates)
        if prompt or any(option is not None for option in fixed):
            raise typer.BadParameter(
                "--model motioninr goes by --action, --seconds, --fps, --seed, --variations and "
                "--loop: leave out the prompt and the other options, or use --model nerm."
            )
        if weights is not None:
            if loop:
                raise typer.BadParameter("With --weights there is no --loop.")
            from .commands.generate import generate_label_takes

            generate_label_takes(
                output or Path("take.npz"), weights, action, seconds, fps, seed, variations,
                lock_feet,
            )  # fmt: skip
            return
    from .commands.generate import generate_takes as run

    run(output or Path("take.npz"), prompt=prompt, model=model, **fields)


@app.command()
def sequence(
    blocks: Annotated[
        list[str],
        typer.Argument(
            help='Words and seconds of each, "walks forward:3", or its action: "action=jump:2".'
        ),
    ],
    fps: Annotated[float, typer.Option(help="Frames per second, 23.976 as well as 120.")] = 30.0,
    blend: Annotated[
        float, typer.Option(help="Seconds in which each passes into the next.")
    ] = DEFAULT_BLEND_SECONDS,
    seed: Annotated[int, typer.Option(help="Of the first block; the others follow.")] = 0,
    lock_feet: LockFeet = True,
    loop: Loop = False,
    output: Output = Path("sequence.npz"),
) -> None:
    """Generate several motions as one, each passing into the next."""
    from .commands.sequence import generate_sequence as run

    run(output, blocks, seed, blend, fps=fps, lock_feet=lock_feet, loop=loop)


@app.command()
def decode(
    source: Annotated[Path, typer.Argument(help="An .npz that generate wrote.")],
    fps: Annotated[float, typer.Option(help="Frames per second, 23.976 as well as 120.")] = 30.0,
    speed: Annotated[float, typer.Option(help="How many times as fast as it was generated.")] = 1.0,
    start: Annotated[
        float | None, typer.Option(help="Seconds into the motion to begin at.")
    ] = None,
    end: Annotated[float | None, typer.Option(help="Seconds into the motion to end at.")] = None,
    lock_feet: LockFeetOverride = None,
    output: Output = Path("again.npz"),
) -> None:
    """Sample a generated take again: same motion, other rate, speed or part of it."""
    from .commands.decode import sample_take_again as run

    run(source, output, fps=fps, speed=speed, start=start, end=end, lock_feet=lock_feet)


@app.command()
def interpolate(
    first: Annotated[Path, typer.Argument(help="An .npz that generate wrote.")],
    second: Annotated[Path, typer.Argument(help="Another.")],
    share: Annotated[float, typer.Option(help="How much of the second, 0 to 1.")] = 0.5,
    fps: Annotated[float, typer.Option(help="Frames per second, 23.976 as well as 120.")] = 30.0,
    lock_feet: LockFeetOverride = None,
    output: Output = Path("between.npz"),
) -> None:
    """Make a motion between two generated takes."""
    from .commands.interpolate import interpolate_takes as run

    run(first, second, output, share=share, fps=fps, lock_feet=lock_feet)


@app.command()
def resample(
    source: Annotated[Path, typer.Argument(help="An .npz or .bvh, or a folder of them.")],
    fps: Annotated[float, typer.Option(help="Frames per second, 23.976 as well as 120.")] = 120.0,
    holds: Annotated[
        str, typer.Option(help="KEEP what stands still, or SMOOTH animation on twos.")
    ] = "KEEP",
    bound: Annotated[
        float, typer.Option(help="Metres up to which the network is trusted on a take.")
    ] = DEFAULT_ERROR_BOUND,
    output: Annotated[
        Path, typer.Option("-o", "--output", help=".npz or .bvh; of a folder, a folder.")
    ] = Path("resampled.npz"),
) -> None:
    """Fill in frames between the poses of any take; those stay as they are."""
    from .commands.resample import resample_files as run

    raise typer.Exit(run(source, output, fps=fps, holds=holds.upper(), bound=bound))


@app.command()
def prepare(
    sources: Annotated[
        list[Path], typer.Argument(help="Folders of BVH and AMASS files, or of HumanML3D.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The .npz file to write.")],
    workers: Annotated[int, typer.Option(help="Processes; 0 takes all cores.", min=0)] = 0,
) -> None:
    """Read motion capture at its native rate into one file to train on."""
    from .commands.prepare import prepare_motions as run

    raise typer.Exit(run(sources, output, workers))


@app.command(cls=MultipleValuesCommand)
def learn(
    takes: Annotated[
        list[str], typer.Argument(help='.npz or .bvh files; a part as "walk.bvh@2-10" (seconds).')
    ],
    labels: Annotated[
        list[str],
        typer.Option(help='What each take is; "walk:3,run:2" in turn; or a .npz or .wav.'),
    ],
    steps: Annotated[
        int, typer.Option(help="Of training, for each block of levels.", min=1)
    ] = DEFAULT_LEARN_STEPS,
    time_limit: Annotated[
        float | None, typer.Option(help="Minutes; the same command goes on later.", min=0)
    ] = None,
    device: Annotated[str, typer.Option(help='"cpu", "cuda" or "mps".')] = "cpu",
    seed: Annotated[int, typer.Option(help="Of the training.")] = 0,
    skeleton: Annotated[
        Literal["smpl", "own"], typer.Option(help="own: of .bvh files with one hierarchy.")
    ] = "smpl",
    licence: Annotated[str, typer.Option(help="Of the style, kept in its file.")] = "",
    note: Annotated[str, typer.Option(help="What it was learnt from, kept in its file.")] = "",
    wavlm: WavLm = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The style's file, .safetensors.")
    ] = Path("style.safetensors"),
) -> None:
    """Learn a style from a few takes; `blend` then makes motion in it."""
    from .commands.learn import learn_style as run

    status = run(
        takes,
        labels,
        output,
        steps=steps,
        time_limit=None if time_limit is None else 60 * time_limit,
        device=device,
        seed=seed,
        own_skeleton=skeleton == "own",
        licence=licence,
        note=note,
        wavlm=wavlm,
    )
    raise typer.Exit(status)


@app.command()
def blend(
    timeline: Annotated[
        str, typer.Argument(help='"walk:3,run:3" (seconds), or an .npz with `control`, or a .wav.')
    ],
    style: Annotated[
        Path | None, typer.Option(help="A style's file; without, the one that ships.")
    ] = None,
    fine: Annotated[
        str | None, typer.Option(help='Labels of the finer levels: how it is done, "sneak:6".')
    ] = None,
    overlap: Annotated[
        float, typer.Option(help="Seconds in which one label passes into the next.")
    ] = 0.5,
    originality: Annotated[
        float, typer.Option(help="From 0, pieces of the style's takes, to 1, its networks alone.")
    ] = DEFAULT_STYLE_ORIGINALITY,
    fps: Annotated[float, typer.Option(help="Frames per second, 23.976 as well as 120.")] = 30.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same motion.")] = 0,
    loop: Loop = False,
    lock_feet: LockFeet = True,
    wavlm: WavLm = None,
    output: Output = Path("blend.npz"),
) -> None:
    """Make motion in a style: labels over time, coarse and fine."""
    from .commands.blend import generate_in_style as run

    run(
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


@app.command()
def control(
    source: Annotated[Path, typer.Argument(help="A sound, an uncompressed .wav.")],
    wavlm: WavLm = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The control track's file, .npz.")
    ] = Path("control.npz"),
) -> None:
    """Write the control track of a sound: what a style hears of it, 30 rows a second."""
    from .commands.control import write_control_track as run

    run(source, output, wavlm)


if __name__ == "__main__":
    app()
