"""`make bench`: how long the parts of a request take, medians of one run, beside peers in it.

Each table is printed and kept in `docs/results`. The load part needs no Blender; the Blender part
sets keys beside a peer that writes them one by one, as most add-ons do.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from backend.evaluation.report.tables import ResultTable, save_table, to_rich_table  # noqa: E402

RUNS = 5
FRAMES = 600
COMMAND = "make bench"

out = Console()


def print_and_save(name: str, table: ResultTable) -> None:
    """Print a table and keep it."""
    out.print(to_rich_table(table))
    save_table(name, table)


def median_call_seconds(call: Callable[[], object], runs: int = RUNS) -> float:
    """Median seconds of a call, after one to warm up."""
    call()
    seconds = []
    for _ in range(runs):
        begun = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


def prompt_table(demo: Any, armature: Any, machine: str) -> ResultTable:
    """Prompt to keys, 5 s at several rates, through the child process."""
    import bpy

    scene = bpy.context.scene
    apply, session = demo.module("rig.apply.apply"), demo.module("link.session")
    stages = ("text", "diffusion", "decode", "retarget", "keys", "whole")
    table: list[tuple[str, ...]] = []
    for fps in (24, 60, 120):
        scene.render.fps, scene.render.fps_base = fps, 1.0
        rows: list[dict[str, float]] = []
        for seed in range(RUNS + 1):
            timings = demo.Timings()
            undo = [
                timings.wrap(apply, "staged", "retarget"),
                timings.wrap(apply, "plan_channels", "keys"),
                timings.wrap(apply, "_write", "keys"),
            ]
            with timings.measure("whole"):
                bpy.ops.anyframe.generate(
                    prompt="a person walks forward",
                    seconds=5.0,
                    seed=seed,
                    armature=armature.name,
                )
            for each in undo:
                each()
            rows.append({**timings.stages, **(session.queue.last.status.timings or {})})
        cells = [f"{statistics.median(row[s] for row in rows[1:]):.3f}" for s in stages]
        table.append((str(fps), str(5 * fps), *cells))
    return ResultTable(
        title="Prompt to keys in Blender, seconds",
        columns=("fps", "frames", *(f"{stage} ↓" for stage in stages)),
        rows=tuple(table),
        command=COMMAND,
        order=123,
        notes=(f"5 s of motion, medians of {RUNS} warm runs; {machine}.",),
    )


def label_table(demo: Any, armature: Any, machine: str) -> ResultTable:
    """An action label to keys, 5 s at 120 fps, through the child process."""
    import bpy

    scene, session = bpy.context.scene, demo.module("link.session")
    scene.render.fps, scene.render.fps_base = 120, 1.0
    stages = ("draw", "decode", "whole")
    table: list[tuple[str, ...]] = []
    for action in ("walk", "dance"):
        rows: list[dict[str, float]] = []
        for seed in range(RUNS + 1):
            timings = demo.Timings()
            with timings.measure("whole"):
                bpy.ops.anyframe.generate(
                    model="motioninr",
                    action=action,
                    seconds=5.0,
                    seed=seed,
                    armature=armature.name,
                )
            rows.append({**timings.stages, **(session.queue.last.status.timings or {})})
        cells = [f"{statistics.median(row[s] for row in rows[1:]):.3f}" for s in stages]
        table.append((action, *cells))
    return ResultTable(
        title="Action to keys in Blender, seconds",
        columns=("action", *(f"{stage} ↓" for stage in stages)),
        rows=tuple(table),
        command=COMMAND,
        order=124,
        notes=(f"5 s of motion at 120 fps, medians of {RUNS} warm runs; {machine}.",),
    )


def key_writing_table(demo: Any, armature: Any, machine: str) -> ResultTable:
    """24 bones × 600 frames at once, beside `keyframe_insert` for every bone and frame."""
    import bpy

    take = demo.module("rig.read.armature_motion").read_armature_take(
        armature, bpy.context.scene, 1, FRAMES
    )
    apply = demo.module("rig.apply.apply")
    ours = demo.Timings()
    undo = [ours.wrap(apply, name, "keys") for name in ("plan_channels", "_write")]
    whole = median_call_seconds(
        lambda: apply.apply_take(
            armature, take, scene=bpy.context.scene, name="bench", start_frame=1.0
        )
    )
    for each in undo:
        each()
    keys = ours.stages["keys"] / (RUNS + 1)

    def one_by_one() -> None:
        for frame in range(1, FRAMES + 1):
            for bone in armature.pose.bones:
                bone.keyframe_insert("rotation_quaternion", frame=frame)

    peer = median_call_seconds(one_by_one, runs=1)
    return ResultTable(
        title=f"Keys of 24 bones × {FRAMES} frames",
        columns=("what", "seconds ↓", "÷ Anyframe's keys"),
        rows=(
            ("Anyframe, keys", f"{keys:.4f}", "1"),
            ("Anyframe, retargeting and keys", f"{whole:.4f}", f"{whole / keys:.1f}"),
            ("keyframe_insert, bone by bone", f"{peer:.3f}", f"{peer / keys:.0f}"),
        ),
        command=COMMAND,
        order=125,
        notes=(machine,),
    )


def run_load_part() -> None:
    """The backend, quiet and under load."""
    from tests.e2e.bench_load import load_table, measure_load

    measured = measure_load(out)
    table = load_table(measured)
    if measured.is_quiet:
        print_and_save("bench-load", table)
        return
    out.print(to_rich_table(table))
    out.print(
        f"Not kept: other processes used {measured.other_load:.0%} of the cores while the quiet "
        "row "
        "was measured. Measure again on a quiet machine."
    )


def run_blender_part() -> None:
    """Requests in Blender, and the writing of keys."""
    from tests.e2e import demo

    with tempfile.TemporaryDirectory() as folder:
        out.print("Installing the add-on in a Blender with settings of its own")
        demo.install_addon(Path(folder))
        import bpy

        from tests.e2e.stage import silence_stdout

        machine = (
            f"Blender {bpy.app.version_string}, Python {sys.version.split()[0]}, "
            f"{os.cpu_count()} cores"
        )
        try:
            with silence_stdout():
                bpy.ops.anyframe.add_character()
            armature = bpy.context.view_layer.objects.active
            for name, rows in (
                ("bench-prompts", prompt_table),
                ("bench-actions", label_table),
                ("bench-keys", key_writing_table),
            ):
                with silence_stdout():
                    table = rows(demo, armature, machine)
                print_and_save(name, table)
        finally:
            demo.addon_module("link.session").queue.stop()


PARTS = {"load": run_load_part, "blender": run_blender_part}


def main() -> None:
    """Print the tables and keep them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all without any")
    parts = parser.parse_args().parts or list(PARTS)
    if unknown := [part for part in parts if part not in PARTS]:
        parser.error(f"The parts are {' and '.join(PARTS)} (got {', '.join(unknown)}).")
    try:
        for part in parts:
            PARTS[part]()
    except KeyboardInterrupt:
        sys.exit("Stopped.")


if __name__ == "__main__":
    main()
