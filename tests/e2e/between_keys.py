"""What lies between the keys of a real motion: the capture, Blender's own curves, and Anyframe's.

Takes a held-out capture of a prepared file, keys a character at a few frames a second, lets Blender
interpolate on one and *Resample Take* fill in on another, prints how far the joints are from the
capture, and renders frames of one gap with Cycles on the CPU to ``out/between/between.png``: the
one in which a hand or foot is fastest, or with ``--gap furthest`` the one in which Blender's curves
take a hand or foot furthest from where ours have it.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
NATIVE = 120
LIMBS = ("left_wrist", "right_wrist", "left_ankle", "right_ankle")
CELL = 240, 300
"""Pixels."""
COLUMNS = 7
"""Frames of the gap that are shown."""

out = Console()


def find_clip(data: Path, action: str, clip_name: str | None) -> Any:
    """A held-out clip at the native rate.

    Raises:
        SystemExit: if there is none.
    """
    from backend.data.motion_set import load_motion_set

    clips = [c for c in load_motion_set(data) if c.split == "val" and round(c.fps) == NATIVE]
    for clip in clips:
        if clip.name == clip_name if clip_name else clip.action == action:
            return clip
    raise SystemExit(f"{data} has no such held-out clip; it has {sorted(c.name for c in clips)}.")


def fastest_gap(take: Any, step: int) -> int:
    """The first frame of the gap in which a hand or foot moves fastest, neither first nor last."""
    from backend.kinematics.body.skeleton import SMPL

    limbs = take.joints()[:, [SMPL.index(name) for name in LIMBS]]
    ways = np.linalg.norm(np.diff(limbs, axis=0), axis=-1).max(axis=1)
    starts = np.arange(step, (len(take) - 1) // step * step - step, step)
    return int(max(starts, key=lambda start: ways[start : start + step].sum()))


def excerpt_take(take: Any, first: int, last: int, step: int) -> Any:
    """Every `step`-th frame of a part of a take."""
    chosen = slice(first, last + 1, step)
    return replace(take, poses=take.poses[chosen], trans=take.trans[chosen], fps=take.fps / step)


def add_character_with_take(name: str, take: Any) -> Any:
    """A character of the add-on with a take on it."""
    import bpy

    from tests.e2e.demo import addon_module

    bpy.ops.anyframe.add_character()
    armature = bpy.context.view_layer.objects.active
    armature.name = name
    addon_module("rig.apply.apply").apply_take(
        armature, take, scene=bpy.context.scene, name=name, start_frame=1
    )
    return armature


def bone_positions(armature: Any, frames: int) -> np.ndarray:
    """(T, B, 3) metres: the heads of the bones on frames 1 to T."""
    import bpy

    scene, found = bpy.context.scene, []
    for frame in range(1, frames + 1):
        scene.frame_set(frame)
        found.append([armature.matrix_world @ bone.head for bone in armature.pose.bones])
    return np.array(found)


def furthest_gap(plain: np.ndarray, filled: np.ndarray, limbs: list[int], step: int) -> int:
    """The first frame, from 0, of the gap in which a hand or foot differs most between two ways of
    joints (T, B, 3)."""
    apart = np.linalg.norm((plain - filled)[:, limbs], axis=-1).max(axis=1)
    return int(np.argmax(apart)) // step * step


def errors_table(joints: dict[str, np.ndarray], limbs: list[int], frames: int, step: int) -> Table:
    """How far the joints (T, B, 3) are from the first way's between the keys, in millimetres."""
    between = np.arange(frames) % step != 0
    table = Table("between the keys", "joints", "hands and feet", "worst", "at the keys")
    truth, *others = joints
    for name in others:
        away = 1000 * np.linalg.norm(joints[name] - joints[truth], axis=-1)
        table.add_row(
            name,
            f"{away[between].mean():.1f} mm",
            f"{away[between][:, limbs].mean():.1f} mm",
            f"{away[between].max():.0f} mm",
            f"{away[~between].max():.2f} mm",
        )
    return table


def main() -> None:
    """Key, fill in, measure, render."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="a file that `prepare mocap` wrote")
    parser.add_argument("--action", default="punch")
    parser.add_argument("--clip", help="the name of a held-out clip, instead of an action")
    parser.add_argument("--rate", type=int, default=12, help="keys a second")
    parser.add_argument("--gap", choices=("fastest", "furthest"), default="fastest")
    parser.add_argument("--around", type=float, default=1.5, help="seconds before and after it")
    parser.add_argument("--output", type=Path, default=ROOT / "out" / "between")
    parser.add_argument("--angle", type=float, default=0.85, help="of the camera, radians")
    options = parser.parse_args()
    folder: Path = options.output.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    from tests.e2e.demo import addon_module, install_addon

    install_addon(folder / ".blender")
    import bpy

    clip = find_clip(options.data, options.action, options.clip)
    step = NATIVE // options.rate
    gap = fastest_gap(clip.take(), step)
    around = math.ceil(options.around * NATIVE / step) * step
    first = max(gap - around, 0)
    last = min(gap + step + around, (len(clip) - 1) // step * step)
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = NATIVE, 1.0
    ways = {
        "Capture": add_character_with_take("Capture", excerpt_take(clip.take(), first, last, 1)),
        "Blender's curves": add_character_with_take(
            "Blender", excerpt_take(clip.take(), first, last, step)
        ),
        "Anyframe": add_character_with_take(
            "Anyframe", excerpt_take(clip.take(), first, last, step)
        ),
    }
    if bpy.ops.anyframe.resample(armature="Anyframe", fps=float(NATIVE)) != {"FINISHED"}:
        raise SystemExit("The keys were not filled in.")
    out.print(addon_module("link.session").queue.last.message, highlight=False)
    out.print(f"{clip.name}: “{clip.description}”, {options.rate} keys a second")
    frames = last - first + 1
    joints = {name: bone_positions(armature, frames) for name, armature in ways.items()}
    names = [bone.name for bone in ways["Capture"].pose.bones]
    limbs = [names.index(name) for name in LIMBS]
    out.print(errors_table(joints, limbs, frames, step))
    if options.gap == "furthest":
        gap = first + furthest_gap(joints["Blender's curves"], joints["Anyframe"], limbs, step)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "between.blend"))
    out.print(render_rows(ways, 1 + gap - first, step, folder, options.angle), highlight=False)


def render_rows(ways: dict[str, Any], first: int, step: int, folder: Path, angle: float) -> Path:
    """A row for each way, a column for each of some frames of the gap, keys at both ends."""
    import bpy

    from tests.e2e import stage

    shown = np.unique(np.rint(np.linspace(0, step, COLUMNS)).astype(int))
    frames = (first + shown).tolist()
    labels = [f"{1000 * n / NATIVE:.0f} ms" for n in shown]
    labels[0] = labels[-1] = "key"
    rows = []
    for name, armature in ways.items():
        paths = stage.render_frames(
            bpy.context.scene, armature, frames, folder / ".cells" / name, CELL, angle=angle
        )
        rows.append(folder / ".cells" / f"{name}.png")
        stage.save_contact_sheet(paths, labels, name, rows[-1])
    stage.stack_images(rows, folder / "between.png")
    return folder / "between.png"


if __name__ == "__main__":
    import sys

    sys.path.insert(0, str(ROOT))
    main()
