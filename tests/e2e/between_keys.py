"""Compare interpolation between keys: a capture, Blender's own curves, and *Resample Take*.

Keys a character at a few frames per second from a held-out capture of a prepared file. Blender
interpolates on one character and *Resample Take* on another. Prints the joint errors, and renders
frames of one gap with Cycles on the CPU to ``out/between/between.png``: the gap in which a hand or
foot is fastest, or with ``--gap furthest`` the one in which the two results differ most.
"""

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
"""Number of frames of the gap in the picture."""

out = Console()


def find_clip(data: Path, action: str, clip_name: str | None) -> Any:
    """Find a held-out clip at the native rate; exit if there is none."""
    from backend.data.motion_set import load_motion_set

    clips = [c for c in load_motion_set(data) if c.split == "val" and round(c.fps) == NATIVE]
    for clip in clips:
        if clip.name == clip_name if clip_name else clip.action == action:
            return clip
    raise SystemExit(f"The clip must be one of {sorted(c.name for c in clips)} in {data}.")


def fastest_gap(take: Any, step: int) -> int:
    """First frame of the gap in which a hand or foot is fastest, except the first and last gap."""
    from backend.kinematics.body.skeleton import SMPL

    limbs = take.joints()[:, [SMPL.index(name) for name in LIMBS]]
    motions = np.linalg.norm(np.diff(limbs, axis=0), axis=-1).max(axis=1)
    starts = np.arange(step, (len(take) - 1) // step * step - step, step)
    return int(max(starts, key=lambda start: motions[start : start + step].sum()))


def excerpt_take(take: Any, first: int, last: int, step: int) -> Any:
    """Cut every `step`-th frame of a range out of a take."""
    chosen = slice(first, last + 1, step)
    return replace(take, poses=take.poses[chosen], trans=take.trans[chosen], fps=take.fps / step)


def add_character_with_take(name: str, take: Any) -> Any:
    """Add a character and apply a take to it."""
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
    """(T, B, 3) heads of the bones on frames 1 to T, in metres."""
    import bpy

    scene, found = bpy.context.scene, []
    for frame in range(1, frames + 1):
        scene.frame_set(frame)
        found.append([armature.matrix_world @ bone.head for bone in armature.pose.bones])
    return np.array(found)


def furthest_gap(plain: np.ndarray, filled: np.ndarray, limbs: list[int], step: int) -> int:
    """First frame of the gap in which hands and feet of two motions (T, B, 3) differ most."""
    distances = np.linalg.norm((plain - filled)[:, limbs], axis=-1).max(axis=1)
    return int(np.argmax(distances)) // step * step


def errors_table(joints: dict[str, np.ndarray], limbs: list[int], frames: int, step: int) -> Table:
    """Table of joint errors (mm) between the keys, relative to the first motion (T, B, 3)."""
    between = np.arange(frames) % step != 0
    table = Table("between the keys", "joints", "hands and feet", "worst", "at the keys")
    truth, *other_names = joints
    for name in other_names:
        errors = 1000 * np.linalg.norm(joints[name] - joints[truth], axis=-1)
        table.add_row(
            name,
            f"{errors[between].mean():.1f} mm",
            f"{errors[between][:, limbs].mean():.1f} mm",
            f"{errors[between].max():.0f} mm",
            f"{errors[~between].max():.2f} mm",
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="a file that `prepare mocap` wrote")
    parser.add_argument("--action", default="punch")
    parser.add_argument("--clip", help="name of a held-out clip, instead of a label")
    parser.add_argument("--rate", type=int, default=12, help="keys per second")
    parser.add_argument("--gap", choices=("fastest", "furthest"), default="fastest")
    parser.add_argument(
        "--around", type=float, default=1.5, help="seconds before and after the gap"
    )
    parser.add_argument("--output", type=Path, default=ROOT / "out" / "between")
    parser.add_argument("--angle", type=float, default=0.85, help="camera angle in radians")
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
    motions = {
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
    out.print(f"{clip.name}: “{clip.description}”, {options.rate} keys per second")
    frames = last - first + 1
    joints = {name: bone_positions(armature, frames) for name, armature in motions.items()}
    names = [bone.name for bone in motions["Capture"].pose.bones]
    limbs = [names.index(name) for name in LIMBS]
    out.print(errors_table(joints, limbs, frames, step))
    if options.gap == "furthest":
        gap = first + furthest_gap(joints["Blender's curves"], joints["Anyframe"], limbs, step)
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "between.blend"))
    out.print(render_rows(motions, 1 + gap - first, step, folder, options.angle), highlight=False)


def render_rows(motions: dict[str, Any], first: int, step: int, folder: Path, angle: float) -> Path:
    """Render a row for each motion and a column for each frame of the gap, keys at both ends."""
    import bpy

    from tests.e2e import render_studio

    shown = np.unique(np.rint(np.linspace(0, step, COLUMNS)).astype(int))
    frames = (first + shown).tolist()
    labels = [f"{1000 * n / NATIVE:.0f} ms" for n in shown]
    labels[0] = labels[-1] = "key"
    rows = []
    for name, armature in motions.items():
        paths = render_studio.render_frames(
            bpy.context.scene, armature, frames, folder / ".cells" / name, CELL, angle=angle
        )
        rows.append(folder / ".cells" / f"{name}.png")
        render_studio.save_contact_sheet(paths, labels, name, rows[-1])
    render_studio.stack_images(rows, folder / "between.png")
    return folder / "between.png"


if __name__ == "__main__":
    import sys

    sys.path.insert(0, str(ROOT))
    main()
