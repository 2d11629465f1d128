"""``author``: captures and authored motion as one training file, with a report."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track
from rich.table import Table

from ..authored.body.base_clips import BaseClips
from ..authored.catalogue import AuthoredKind
from ..authored.generate import draw_clips, to_mocap_clip
from ..authored.kinds import authored_kinds
from ..console import err, out, report_errors
from ..data.motion_set import MocapClip, load_motion_set, save_motion_set

app = typer.Typer()


@app.command()
def author(
    captures: Annotated[Path, typer.Argument(help="File that `prepare` wrote.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The .npz file to write.")],
    count: Annotated[int, typer.Option(help="Clips of each kind of motion.", min=1)] = 16,
    seed: Annotated[int, typer.Option(help="Seed of the clips.")] = 0,
) -> None:
    """Add authored motion with captions to captures, as one training file."""
    start = time.monotonic()
    dropped: Counter[str] = Counter()

    def count_dropped(kind: AuthoredKind, _faults: tuple[str, ...]) -> None:
        dropped[kind.group] += 1

    with report_errors():
        motions = load_motion_set(captures)
        base_clips = BaseClips(clip for clip in motions if clip.split == "train")
        by_group: dict[str, list[MocapClip]] = defaultdict(list)
        for kind in track(authored_kinds(), "Authoring", console=err):
            by_group[kind.group] += [
                to_mocap_clip(sample)
                for sample in draw_clips([kind], base_clips, count, seed, count_dropped)
            ]
        authored = [clip for clips in by_group.values() for clip in clips]
        output.parent.mkdir(parents=True, exist_ok=True)
        save_motion_set(output, [*motions, *authored])
    table = Table("group", "clips", "minutes", "dropped", title="Authored")
    for group, clips in by_group.items():
        table.add_row(group, str(len(clips)), f"{_minutes(clips):.1f}", str(dropped[group]))
    total = (str(len(authored)), f"{_minutes(authored):.1f}", str(dropped.total()))
    table.add_row("all", *total, style="bold")
    out.print(table)
    size, seconds = output.stat().st_size / 1e6, time.monotonic() - start
    out.print(
        f"{output}: {len(motions)} captures and {len(authored)} authored clips, {size:.1f} MB "
        f"in {seconds:.0f} s",
        highlight=False,
    )


def _minutes(clips: Iterable[MocapClip]) -> float:
    return sum(len(clip) / clip.fps for clip in clips) / 60
