"""Contact sheets of authored motion, for inspection by eye: one page for each group.

python -m tools.authored_sheets motions.npz -o out/authored --only salute --each 3
"""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Annotated

import typer

from backend.authored.body.base_clips import BaseClips
from backend.authored.catalogue import AuthoredKind
from backend.authored.generate import draw_clips
from backend.authored.kinds import authored_kinds
from backend.data.motion_set import load_motion_set
from backend.evaluation.figures.contact_sheets import plot_overview
from backend.kinematics.body.take import Take


def main(
    motions: Annotated[Path, typer.Argument(help="Prepared captures.")],
    output: Annotated[Path, typer.Option("-o", help="Folder of the pictures.")],
    only: Annotated[str, typer.Option(help="Names of kinds or groups, comma-separated.")] = "",
    each: Annotated[int, typer.Option(help="Motions of each kind.")] = 3,
    seed: Annotated[int, typer.Option(help="Seed of the clips.")] = 0,
) -> None:
    """Draw clips of each kind, and print their captions and how many were dropped for what."""
    selected = set(only.split(",")) if only else set()
    kinds = [k for k in authored_kinds() if not selected or selected & {k.name, k.group}]
    base_clips = BaseClips(clip for clip in load_motion_set(motions) if clip.split == "train")
    strips: dict[str, list[tuple[str, Take]]] = defaultdict(list)
    faults: Counter[str] = Counter()

    def count_faults(kind: AuthoredKind, found: tuple[str, ...]) -> None:
        faults.update(f"{kind.name}: {fault}" for fault in found)

    for sample in draw_clips(kinds, base_clips, each, seed, count_faults):
        title = f"{sample.clip.captions[0].removeprefix('a person ')} ({sample.kind.name})"
        strips[sample.kind.group].append((title, sample.clip.motion.align_to_origin().to_take()))
        typer.echo(f"{sample.name}: " + " | ".join(sample.clip.captions))
    output.mkdir(parents=True, exist_ok=True)
    for group, takes in strips.items():
        plot_overview(takes, columns=each).savefig(output / f"{group}.png", dpi=60)
    for fault, times in faults.most_common(20):
        typer.echo(f"dropped {times} times: {fault}")


if __name__ == "__main__":
    typer.run(main)
