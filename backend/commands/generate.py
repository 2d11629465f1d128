"""``generate`` and ``sequence``: prompts and labels to take files, without Blender or a service."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ..console import report_errors
from ..kinematics.body.take import Take
from ..protocol import generation_fields as fields
from ..protocol.limits import LimitError
from ..service.engine.interface import check_action_label
from ..service.schema.requests import Block, GenerateRequest, SequenceRequest, make_request
from .takes import Fps, LockFeet, Loop, Output, Seed, check_output, progress_bar, save_and_report

app = typer.Typer()

_FIELD = re.compile(r"(\w+)\s*=")
"""Start of a label in a block ("label="); a prompt has none."""


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
        "prompt": prompt,
        "model": model,
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
        from .batch import generate_batch

        suffix = f".{file_format or 'npz'}"
        generate_batch(batch, output or Path("takes"), suffix, existing or "refuse", values)
        return
    if file_format is not None or existing is not None:
        raise typer.BadParameter("--format and --existing need --batch.")
    if model == "motioninr" and (
        prompt or any(value is not None for value in (guidance, steps, originality, candidates))
    ):
        raise typer.BadParameter(
            "--model motioninr uses --label, --seconds, --fps, --seed, --variations and "
            "--loop: leave out the prompt and the other options, or use --model nerm."
        )
    if weights is not None and loop:
        raise typer.BadParameter("--weights does not support --loop: leave out one.")
    output = output or Path("take.npz")
    with report_errors():
        check_output(output)
        if weights is not None and not label:
            raise LimitError("--model motioninr needs a label: name one with --label.")
        request = make_request(GenerateRequest, **values)
        takes = _generate(request) if weights is None else _generate_by_label(request, weights)
        for n, take in enumerate(takes):
            path = output.with_stem(f"{output.stem}_{n}") if len(takes) > 1 else output
            save_and_report(take, path)


def _generate(request: GenerateRequest) -> list[Take]:
    # Imported late because torch takes a second: mistakes are reported before that.
    from ..service.engine.model_engine import ModelEngine

    with progress_bar() as progress:
        return ModelEngine().generate_variations(request, progress)


def _generate_by_label(request: GenerateRequest, weights: Path) -> list[Take]:
    """Generate takes of a label with the MotionINR weights of a folder."""
    from ..motioninr.sampler import MotionInrSampler
    from ..motioninr.weights import load_motioninr
    from ..training.weight_files import WeightsError

    assert request.action is not None  # checked by the command
    with report_errors(WeightsError):
        sampler = MotionInrSampler(load_motioninr(weights))
        check_action_label(request.action, sampler.known_labels)
        return [
            sampler.sample_take(
                request.action, request.seconds, request.fps, seed, request.lock_feet
            )
            for seed in range(request.seed, request.seed + request.variations)
        ]


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
    with report_errors():
        check_output(output)
        parsed = [
            make_request(Block, **_parse_block(text), seed=seed + n, blend=transition)
            for n, text in enumerate(blocks)
        ]
        request = make_request(
            SequenceRequest, blocks=parsed, fps=fps, lock_feet=lock_feet, loop=loop
        )
        from ..service.engine.model_engine import ModelEngine

        with progress_bar() as progress:
            take = ModelEngine().generate_sequence(request, None, progress)
        save_and_report(take, output)


def _parse_block(text: str) -> dict[str, Any]:
    """Fields of a block's request; LimitError if it is malformed."""
    content, _, duration = text.rpartition(":")
    try:
        seconds = float(duration)
    except ValueError as error:
        raise LimitError(
            'A block must be a prompt or a label with its seconds, such as "walks forward:3" or '
            f'"label=jump:2" ("{text}" has no number of seconds after a colon).'
        ) from error
    field = _FIELD.search(content)
    if field is None:
        return {"prompt": content.strip(), "seconds": seconds}
    # Version 0.1.0 wrote "action=" for a label.
    if field[1].lower() not in {"label", "action"}:
        raise LimitError(
            'A block must be a prompt or a label, such as "walks forward:3" or "label=jump:2" '
            f'("{text}" is neither): write it without "{field[1]}=".'
        )
    if content[: field.start()].strip():
        raise LimitError(
            f'A block must be a prompt or a label, not both (got "{text}"): make two blocks of '
            "it, or leave out one."
        )
    return {"model": "motioninr", "action": content[field.end() :].strip(), "seconds": seconds}
