"""`make soak`: memory of Blender and of its backend over many motions in a row.

Each motion is generated, applied to a character, and its Action removed, so growing memory is a
leak. `--motions` sets the number of motions.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
MOTIONS = 200
SECONDS = 1.0
PROMPTS = ("a person walks forward", "a person jumps", "someone waves", "a person turns left")

out = Console()


def process_usage(process: psutil.Process) -> tuple[float, int, int]:
    """Megabytes, open files and threads of a process."""
    with process.oneshot():
        return process.memory_info().rss / 1e6, process.num_fds(), process.num_threads()


def measure_usage(demo: Any, armature: Any, motions: int) -> list[tuple[int, list[float]]]:
    """Generate motions in a row, and measure backend and Blender ten times.

    Returns:
        (motions so far, [MB, files, threads of the backend, the same of Blender, seconds each]).
    """
    import bpy

    session = demo.addon_module("link.session")
    marks, step = [], max(motions // 10, 1)
    before, start = 0, time.perf_counter()
    for n in range(1, motions + 1):
        bpy.ops.anyframe.generate(
            prompt=PROMPTS[n % len(PROMPTS)], seconds=SECONDS, seed=n, armature=armature.name
        )
        bpy.data.actions.remove(armature.animation_data.action)
        if n % step and n != 1:
            continue
        child = psutil.Process(session.queue._worker._connection.process._process.pid)
        each = (time.perf_counter() - start) / (n - before)
        marks.append((n, [*process_usage(child), *process_usage(psutil.Process()), each]))
        before, start = n, time.perf_counter()
    return marks


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--motions", type=int, default=MOTIONS)
    motions = parser.parse_args().motions
    from tests.e2e import demo

    with tempfile.TemporaryDirectory() as folder:
        demo.install_addon(Path(folder))
        import bpy

        bpy.ops.anyframe.add_character()
        armature = bpy.context.view_layer.objects.active
        marks = measure_usage(demo, armature, motions)
        demo.addon_module("link.session").queue.stop()
    title = f"{motions} motions of {SECONDS:g} s in a row, Blender {bpy.app.version_string}"
    counted = ("MB", "files", "threads")
    heads = [f"{who} {what}" for who in ("backend", "Blender") for what in counted]
    table = Table("motions", *heads, "seconds each", title=title)
    for n, (*counts, each) in marks:
        cells = [f"{value:.0f}" for value in counts]
        table.add_row(str(n), *cells, f"{each:.2f}")
    out.print(table)
    half = next(values for n, values in marks if n >= motions // 2)
    last = marks[-1][1]
    for place, who in ((0, "the backend"), (3, "Blender")):
        grown = last[place] - half[place]
        out.print(f"Second half: {who} grew by {grown:+.1f} MB.", highlight=False)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
