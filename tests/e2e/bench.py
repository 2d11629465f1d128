"""`make bench`: how long the parts of a request take, medians of warm runs in one process.

Ratios stand beside a peer measured in the same run: keys written one by one, as most add-ons do.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
RUNS = 5
FRAMES = 600

out = Console()


def median(call: Callable[[], object], runs: int = RUNS) -> float:
    """Median seconds of a call, after one to warm up."""
    call()
    seconds = []
    for _ in range(runs):
        begun = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


def whole_request(demo: Any, armature: Any) -> None:
    """Prompt to keys, 5 s at several rates, through the child process."""
    import bpy

    scene = bpy.context.scene
    apply, session = demo.module("rig.apply"), demo.module("link.session")
    stages = ("text", "diffusion", "decode", "retarget", "keys", "whole")
    table = Table("fps", "frames", *stages, title="Prompt to keys, 5 s, seconds (median of 5)")
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
        table.add_row(str(fps), str(5 * fps), *cells)
    out.print(table)


def by_action(demo: Any, armature: Any) -> None:
    """An action label to keys, 5 s at 120 fps, through the child process."""
    import bpy

    scene, session = bpy.context.scene, demo.module("link.session")
    scene.render.fps, scene.render.fps_base = 120, 1.0
    stages = ("draw", "decode", "whole")
    table = Table("action", *stages, title="Action to keys, 5 s at 120 fps, seconds (median of 5)")
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
        table.add_row(action, *(f"{statistics.median(r[s] for r in rows[1:]):.3f}" for s in stages))
    out.print(table)


def key_writing(demo: Any, armature: Any) -> None:
    """24 bones × 600 frames at once, beside `keyframe_insert` for every bone and frame."""
    import bpy

    take = demo.module("rig.read").read_take(armature, bpy.context.scene, 1, FRAMES)
    apply = demo.module("rig.apply")
    ours = demo.Timings()
    undo = [ours.wrap(apply, name, "keys") for name in ("plan_channels", "_write")]
    whole = median(
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

    peer = median(one_by_one, runs=1)
    table = Table("what", "seconds", "× ours", title=f"Keys of 24 bones × {FRAMES} frames")
    table.add_row("Anyframe, keys", f"{keys:.4f}", "1")
    table.add_row("Anyframe, retargeting and keys", f"{whole:.4f}", f"{whole / keys:.1f}")
    table.add_row("keyframe_insert", f"{peer:.3f}", f"{peer / keys:.0f}")
    out.print(table)


def main() -> None:
    """Print the tables."""
    from tests.e2e import demo

    with tempfile.TemporaryDirectory() as folder:
        demo.install(Path(folder))
        import bpy

        out.print(f"Blender {bpy.app.version_string}, Python {sys.version.split()[0]}")
        bpy.ops.anyframe.add_character()
        armature = bpy.context.view_layer.objects.active
        whole_request(demo, armature)
        by_action(demo, armature)
        key_writing(demo, armature)
        demo.module("link.session").queue.stop()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
