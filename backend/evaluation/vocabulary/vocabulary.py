"""The words that the shipped weights know: prompts of every day, judged by checks on the joints."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from ...console import err, ignore_progress, out, report_errors
from ...data.motion_set import MotionSetError, load_motion_set
from ...kinematics.body.take import Take
from ...service.engine.model_engine import ModelEngine
from ...service.schema.requests import GenerateRequest
from ...training.weight_files import ASSETS
from ..figures.contact_sheets import plot_overview
from ..generators import EvaluationError
from ..options import Pictures, Weights
from ..report.tables import Cell, ResultTable, publish_table, to_rich_table
from .body_tracks import BodyTracks
from .captures import compare_with_captures
from .groups import GROUPS, list_prompts
from .prompts import Prompt

GenerateTake = Callable[[str, float, int], Take]
"""(prompt, seconds, seed) -> take."""

_FPS = 30.0
_STRIPS_OF_A_PAGE = 60
_COLUMNS = 3
_COLOURS = {True: "#1d7a36", False: "#b3261e"}
"""Titles of right and of wrong motions."""


@dataclass(frozen=True)
class JudgedMotion:
    """A generated motion and the first part of its prompt's check that it does not pass."""

    prompt: Prompt
    seed: int
    take: Take
    faults: tuple[str, ...]


def vocabulary(
    output: Pictures = Path("out/vocabulary"),
    weights: Weights = None,
    seeds: Annotated[int, typer.Option(help="Motions of each prompt.", min=1)] = 3,
    groups: Annotated[
        str, typer.Option(help="Names of groups, separated by commas (default: all).")
    ] = "",
    captures: Annotated[
        Path | None,
        typer.Option(help="A prepared file: test the checks on its captures instead."),
    ] = None,
) -> None:
    """Fraction of everyday prompts whose motion shows what they say, with contact sheets."""
    with report_errors(MotionSetError, EvaluationError):
        if captures:
            out.print(to_rich_table(compare_with_captures(load_motion_set(captures))))
            return
        names = _group_names(groups)
        output.mkdir(parents=True, exist_ok=True)
        engine = ModelEngine(weights or ASSETS)

        def generate(prompt: str, seconds: float, seed: int) -> Take:
            request = GenerateRequest(prompt=prompt, seconds=seconds, fps=_FPS, seed=seed)
            return engine.generate_take(request, ignore_progress)

        judged: list[JudgedMotion] = []
        with Progress(console=err, transient=True) as bar:
            task = bar.add_task("Generating", total=len(list_prompts(names)) * seeds)
            for name in names:
                motions = []
                for motion in judge_prompts(list_prompts([name]), generate, range(seeds)):
                    bar.update(task, advance=1, description=motion.prompt.text)
                    motions.append(motion)
                draw_sheets(motions, output, columns=seeds if seeds > 1 else _COLUMNS)
                judged += motions
    table = tabulate_groups(judged, seeds)
    if len(names) == len(GROUPS):
        publish_table("vocabulary", table)
    else:
        out.print(to_rich_table(table))
    for line in describe_failures(judged, seeds):
        out.print(line, highlight=False, markup=False)
    out.print(f"{output}: contact sheets of {len(judged)} motions", highlight=False)


def judge_prompts(
    prompts: Sequence[Prompt], generate: GenerateTake, seeds: Sequence[int]
) -> Iterator[JudgedMotion]:
    """Generate each prompt with each seed, and judge the motions."""
    for prompt in prompts:
        for seed in seeds:
            take = generate(prompt.text, prompt.seconds, seed)
            faults = prompt.check.find_faults(BodyTracks.from_take(take))
            yield JudgedMotion(prompt, seed, take, faults)


def tabulate_groups(judged: Sequence[JudgedMotion], seeds: int) -> ResultTable:
    """Count the right motions of each group and of all."""
    names = dict.fromkeys(motion.prompt.group for motion in judged)
    rows = [_row(name, [m for m in judged if m.prompt.group == name]) for name in names]
    return ResultTable(
        title="Everyday prompts whose motion shows what they say",
        columns=("group", "prompts", "motions", "right ↑", "fraction ↑"),
        rows=(*rows, _row("all", judged)),
        command=f"python -m backend evaluate vocabulary --seeds {seeds}",
        order=115,
        notes=(
            f"{seeds} seed(s) of each prompt, generated as in the service (best of its "
            "candidates). Checks on the joints decide: hands above the head for a third of the "
            "time, three hops on one foot while the other is up, a pelvis that sinks by a "
            "quarter of a metre over planted feet.",
            "`--captures DATA` tests the checks on motion capture.",
        ),
    )


def describe_failures(judged: Sequence[JudgedMotion], seeds: int) -> Iterator[str]:
    """Return a line for each prompt with wrong motions: how many, and the first fault."""
    wrong: dict[str, list[JudgedMotion]] = {}
    for motion in judged:
        if motion.faults:
            wrong.setdefault(motion.prompt.text, []).append(motion)
    for text, motions in wrong.items():
        yield f"{len(motions)} of {seeds} wrong: {text} ({motions[0].faults[0]})"


def draw_sheets(judged: Sequence[JudgedMotion], folder: Path, columns: int) -> None:
    """Draw the motions of one group, right ones with green and wrong ones with red titles."""
    size = _STRIPS_OF_A_PAGE // columns * columns
    pages = [judged[n : n + size] for n in range(0, len(judged), size)]
    for number, page in enumerate(pages, start=1):
        strips = [(_title(motion), motion.take) for motion in page]
        figure = plot_overview(strips, columns)
        for axes, motion in zip(figure.axes, page, strict=False):
            axes.title.set_color(_COLOURS[not motion.faults])
        name = page[0].prompt.group.replace(" ", "_")
        figure.savefig(folder / f"{name}_{number}.png", dpi=60)


def _title(motion: JudgedMotion) -> str:
    mark = "wrong" if motion.faults else "right"
    return f"{mark}: {motion.prompt.text} ({motion.seed})"


def _row(name: str, judged: Sequence[JudgedMotion]) -> tuple[Cell, ...]:
    right = sum(not motion.faults for motion in judged)
    prompts = len({motion.prompt.text for motion in judged})
    return name, str(prompts), str(len(judged)), str(right), f"{right / max(len(judged), 1):.0%}"


def _group_names(text: str) -> list[str]:
    """Split and check the names of groups; no text is all of them.

    Raises:
        EvaluationError: There is no such group.
    """
    names = [name.strip() for name in text.split(",") if name.strip()] or list(GROUPS)
    for name in names:
        if name not in GROUPS:
            raise EvaluationError(f"There is no group {name}; there are {', '.join(GROUPS)}.")
    return names
