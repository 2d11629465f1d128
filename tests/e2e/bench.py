"""`make bench`: times of the parts of a request, as medians of one run.

Each table is printed and stored in `docs/results`. The load part needs no Blender; the Blender part
compares key writing with `keyframe_insert`, which most add-ons use.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from backend.evaluation.report.tables import ResultTable, publish_table, to_rich_table  # noqa: E402

RUNS = 5
FRAMES = 600
COMMAND = "make bench"

out = Console()


def median_call_seconds(call: Callable[[], object], runs: int = RUNS) -> float:
    """Median seconds of a call, after one to warm up."""
    call()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def request_cells(demo: Any, stages: Sequence[str], **fields: Any) -> list[str]:
    """Run a request of 5 s `RUNS` times after a warm-up; return the median seconds by stage."""
    import bpy

    session = demo.addon_module("link.session")
    rows: list[dict[str, float]] = []
    for seed in range(RUNS + 1):
        timings = demo.Timings()
        with demo.time_apply(timings), timings.measure("whole"):
            bpy.ops.anyframe.generate(seconds=5.0, seed=seed, **fields)
        rows.append({**timings.stages, **(session.queue.last.status.timings or {})})
    return [f"{statistics.median(row[s] for row in rows[1:]):.3f}" for s in stages]


def prompt_table(demo: Any, armature: Any, machine: str) -> ResultTable:
    """Time a prompt to keys, 5 s at several frame rates, through the backend process."""
    import bpy

    scene = bpy.context.scene
    stages = ("text", "diffusion", "decode", "retarget", "keys", "whole")
    rows: list[tuple[str, ...]] = []
    for fps in (24, 60, 120):
        scene.render.fps, scene.render.fps_base = fps, 1.0
        cells = request_cells(demo, stages, prompt="a person walks forward", armature=armature.name)
        rows.append((str(fps), str(5 * fps), *cells))
    return ResultTable(
        title="Prompt to keys in Blender, seconds",
        columns=("fps", "frames", *(f"{stage} ↓" for stage in stages)),
        rows=tuple(rows),
        command=COMMAND,
        order=123,
        notes=(f"5 s of motion, medians of {RUNS} warm runs; {machine}.",),
    )


def label_table(demo: Any, armature: Any, machine: str) -> ResultTable:
    """Time a label to keys, 5 s at 120 fps, through the backend process."""
    import bpy

    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 120, 1.0
    stages = ("draw", "decode", "whole")
    rows = [
        (
            label,
            *request_cells(demo, stages, model="motioninr", action=label, armature=armature.name),
        )
        for label in ("walk", "dance")
    ]
    return ResultTable(
        title="Label to keys in Blender, seconds",
        columns=("label", *(f"{stage} ↓" for stage in stages)),
        rows=tuple(rows),
        command=COMMAND,
        order=124,
        notes=(f"5 s of motion at 120 fps, medians of {RUNS} warm runs; {machine}.",),
    )


def key_writing_table(demo: Any, armature: Any, machine: str) -> ResultTable:
    """Time keys of 24 bones × 600 frames, and `keyframe_insert` for every bone and frame."""
    import bpy

    take = demo.addon_module("rig.read.armature_motion").read_armature_take(
        armature, bpy.context.scene, 1, FRAMES
    )
    apply = demo.addon_module("rig.apply.apply")
    timings = demo.Timings()
    with demo.time_apply(timings):
        whole = median_call_seconds(
            lambda: apply.apply_take(
                armature, take, scene=bpy.context.scene, name="bench", start_frame=1.0
            )
        )
    keys = timings.stages["keys"] / (RUNS + 1)

    def insert_one_by_one() -> None:
        for frame in range(1, FRAMES + 1):
            for bone in armature.pose.bones:
                bone.keyframe_insert("rotation_quaternion", frame=frame)

    peer = median_call_seconds(insert_one_by_one, runs=1)
    return ResultTable(
        title=f"Keys of 24 bones × {FRAMES} frames",
        columns=("method", "seconds ↓", "÷ Anyframe's keys"),
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
    """Measure the backend, quiet and under load."""
    from tests.e2e.bench_load import load_table, measure_load

    measured = measure_load(out)
    table = load_table(measured)
    if measured.is_quiet:
        publish_table("bench-load", table)
        return
    out.print(to_rich_table(table))
    out.print(
        f"Not stored: other processes used {measured.other_load:.0%} of the cores while the quiet "
        "row "
        "was measured. Measure again on a quiet machine."
    )


def run_blender_part() -> None:
    """Measure requests in Blender, and the writing of keys."""
    from tests.e2e import demo

    with tempfile.TemporaryDirectory() as folder:
        out.print("Installing the add-on in a Blender with settings of its own")
        demo.install_addon(Path(folder))
        import bpy

        from tests.e2e.render_studio import silence_stdout

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
                publish_table(name, table)
        finally:
            demo.addon_module("link.session").queue.stop()


PARTS = {"load": run_load_part, "blender": run_blender_part}


def main() -> None:
    """Print and store the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"parts to run: {', '.join(PARTS)} (default: all)")
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
