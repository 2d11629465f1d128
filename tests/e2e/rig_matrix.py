"""Apply one generated walk to every kind of rig, and render them side by side.

Generates a walk with the shipped weights, builds each rig of `rig_kinds` with a body of capsules,
applies the walk with the add-on, prints the errors, and renders some moments with Cycles on the CPU
to ``out/rigs/rigs.png``.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix, Vector
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
PROMPT, SECONDS, SEED, FPS = "a person walks forward", 4.0, 1, 24
MOMENTS = (0.0, 0.6, 1.2, 1.8)
"""Seconds of the rendered rows."""
RIG_SPACING = 1.0
"""Distance of neighbouring rigs across the view (metres)."""
ROW = 350
"""Height of a row (pixels)."""
VIEW_ANGLE = 0.6
"""Angle from the rigs' front to the camera (radians)."""
COLOURS = {"left": (0.8, 0.12, 0.1), "right": (0.1, 0.25, 0.75), "": (0.75, 0.72, 0.68)}
_LEAST = 0.1
"""Length from which unmapped bones are drawn (metres); those of a face are shorter."""
UNMAPPED_COLOUR = (0.35, 0.4, 0.38)
"""Colour of unmapped bones."""

out = Console()


def generate_walk(folder: Path) -> Any:
    """Generate the walk with the command line."""
    path = folder / "walk.npz"
    command = [sys.executable, "-m", "backend", "generate", PROMPT, "--seconds", str(SECONDS)]
    command += ["--fps", str(FPS), "--seed", str(SEED), "-o", str(path)]
    subprocess.run(command, check=True, cwd=ROOT)
    from anyframe.backend.kinematics.body.take import load_take

    return load_take(path)


def build_rigs(folder: Path) -> Iterator[tuple[str, Any]]:
    """Build each kind of rig, at rest, in one scene."""
    import rig_kinds

    bpy.ops.wm.read_factory_settings(use_empty=True)
    (folder / "rigify.blend").unlink(missing_ok=True)
    # Rigify comes first, because a cached rig is loaded as a whole file.
    kinds = sorted(rig_kinds.KINDS, key=lambda kind: kind != "Rigify")
    for kind in kinds:
        armature = rig_kinds.KINDS[kind][0]()
        if kind == "Rigify":
            bpy.data.objects.remove(bpy.data.objects["metarig"])
            bpy.context.view_layer.update()
        yield kind, armature


def _place(n: float) -> Vector:
    """Position of the nth rig; all have the same distance from the camera."""
    return RIG_SPACING * n * Vector((np.cos(VIEW_ANGLE), np.sin(VIEW_ANGLE), 0.0))


def place_rig(armature: Any, place: Vector) -> None:
    """Place a rig at a position, scaled to the SMPL body and facing -Y.

    An empty above the rig carries the transform, so that the rig's own object stays unchanged.
    """
    from anyframe.backend.kinematics.body.skeleton import BODY_TO_WORLD
    from anyframe.backend.kinematics.retarget.rest_alignment import align_rest_pose
    from anyframe.rig.armature.mapping import bone_map_for_reading
    from anyframe.rig.armature.rest import read_rig

    body = align_rest_pose(read_rig(armature).rest_pose, bone_map_for_reading(armature))
    upright = Matrix((BODY_TO_WORLD @ body.body_to_rig.T / body.scale).tolist()).to_4x4()
    placed = Matrix.Translation(place) @ upright @ Matrix.Translation(-Vector(body.ground_origin))
    top = armature.parent or armature
    holder = bpy.data.objects.new(f"{armature.name} holder", None)
    bpy.context.scene.collection.objects.link(holder)
    bpy.context.view_layer.update()
    holder.matrix_world = placed @ armature.matrix_world.inverted()
    top.parent = holder
    bpy.context.view_layer.update()


def add_capsules(armature: Any) -> None:
    """Add a capsule for each body segment, parented to its bone, and thin ones for other bones."""
    from anyframe.backend.kinematics.body.skeleton import SMPL
    from anyframe.backend.kinematics.retarget.rest_alignment import align_rest_pose
    from anyframe.rig.armature.mapping import bone_map_for_posing, bone_map_for_reading
    from anyframe.rig.armature.rest import read_rig

    bones, rest = bone_map_for_reading(armature).bones, read_rig(armature).rest_pose
    at = dict(zip(rest.names, rest.positions, strict=True))
    height = at[bones["head"]] - (at[bones["left_ankle"]] + at[bones["right_ankle"]]) / 2
    unit = float(np.linalg.norm(height)) / 1.45
    ahead = align_rest_pose(rest, bone_map_for_reading(armature)).body_to_rig[:, 2]
    for joint, bone in bones.items():
        side = joint.partition("_")[0] if "_" in joint else ""
        children = [n for n, p in enumerate(SMPL.parents) if p == SMPL.index(joint)]
        ends = [at[bones[SMPL.names[n]]] for n in children if SMPL.names[n] in bones]
        thick = 0.055 if joint in {"pelvis", "spine1", "spine2", "spine3"} else 0.045
        for end in ends or [at[bone] + 0.12 * unit * _beyond(joint, bones, at, ahead)]:
            _capsule(armature, bone, at[bone], end, thick * unit, COLOURS[side])
        if joint == "head":
            upward = 0.11 * unit * height / np.linalg.norm(height)
            _capsule(armature, bone, at[bone], at[bone] + upward, 0.1 * unit, COLOURS[side])
    if bone_map_for_posing(armature).settings:
        return  # the other bones of a control rig are controls
    mapped = set(bones.values())
    for bone in armature.data.bones:
        ends = [np.array(child.head_local) for child in bone.children if child.name not in mapped]
        for end in ends if bone.name not in mapped else ():
            if np.linalg.norm(end - np.array(bone.head_local)) < _LEAST * unit:
                continue
            _capsule(
                armature, bone.name, np.array(bone.head_local), end, 0.015 * unit, UNMAPPED_COLOUR
            )


def _beyond(joint: str, bones: Any, at: Any, ahead: np.ndarray) -> np.ndarray:
    """Direction (3,) of a bone without a child joint; its tail is arbitrary."""
    side, _, part = joint.rpartition("_")
    if part in {"foot", "ankle"}:
        return ahead
    start = {"wrist": "left_elbow", "hand": "left_wrist"}.get(part, "spine3")
    direction = at[bones[joint]] - at[bones[start.replace("left", side or "left")]]
    return direction / np.linalg.norm(direction)


def _capsule(
    armature: Any, bone: str, start: np.ndarray, end: np.ndarray, radius: float, colour: Any
) -> None:
    """Add a capsule from start to end (3,), in armature space, that follows a bone."""
    length = float(np.linalg.norm(end - start))
    rings, around = 6, 12
    angles = np.linspace(-np.pi / 2, np.pi / 2, 2 * rings)
    spin = np.linspace(0, 2 * np.pi, around, endpoint=False)
    heights = radius * np.sin(angles) + np.where(angles > 0, length, 0.0)
    widths = np.maximum(radius * np.cos(angles), 1e-4 * radius)
    points = np.array(
        [
            (w * np.cos(a), w * np.sin(a), h)
            for w, h in zip(widths, heights, strict=True)
            for a in spin
        ]
    )
    faces = [
        (r * around + a, r * around + b, (r + 1) * around + b, (r + 1) * around + a)
        for r in range(2 * rings - 1)
        for a, b in zip(range(around), [*range(1, around), 0], strict=True)
    ]
    turn = Vector(end - start).to_track_quat("Z", "Y").to_matrix()
    mesh = bpy.data.meshes.new(bone)
    mesh.from_pydata((points @ np.array(turn).T + start).tolist(), [], faces)
    mesh.polygons.foreach_set("use_smooth", [True] * len(faces))
    mesh.materials.append(_material(colour))
    body = bpy.data.objects.new(bone, mesh)
    bpy.context.scene.collection.objects.link(body)
    body.parent, body.parent_type, body.parent_bone = armature, "BONE", bone
    bpy.context.view_layer.update()
    body.matrix_world = armature.matrix_world


def _material(colour: tuple[float, float, float]) -> Any:
    name = "Body {:.2f} {:.2f} {:.2f}".format(*colour)
    if name not in bpy.data.materials:
        material = bpy.data.materials.new(name)
        material.use_nodes = True
        surface = next(n for n in material.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
        surface.inputs["Base Color"].default_value = (*colour, 1.0)
        surface.inputs["Roughness"].default_value = 0.6
    return bpy.data.materials[name]


def render_moments(kinds: Sequence[str], path: np.ndarray, folder: Path) -> Path:
    """Render a row for each moment and a column for each rig; the camera follows the walk.

    Args:
        kinds: Names of the rigs.
        path: Positions (T, 3) of the take's pelvis in metres.
        folder: Folder of the pictures.
    """
    from tests.e2e import render_studio

    scene = bpy.context.scene
    render_studio.prepare_studio(scene)
    camera = scene.camera
    camera.data.type = "ORTHO"
    camera.data.ortho_scale = RIG_SPACING * (len(kinds) + 0.5)
    size = (int(ROW * camera.data.ortho_scale / 2.2), ROW)
    middle = _place((len(kinds) - 1) / 2)
    rows = []
    for n, seconds in enumerate(MOMENTS):
        scene.frame_set(1 + round(seconds * FPS))
        target = middle + Vector((0.0, float(path[round(seconds * FPS), 1]), 0.95))
        camera.location = target + Vector((20 * np.sin(VIEW_ANGLE), -20 * np.cos(VIEW_ANGLE), 3.0))
        camera.rotation_euler = (target - camera.location).to_track_quat("-Z", "Y").to_euler()
        rows.append(folder / ".cells" / f"{n}.png")
        render_studio.render_still(scene, rows[-1], size)
    return _joined(rows, kinds, folder / "rigs.png")


def _joined(rows: Sequence[Path], kinds: Sequence[str], target: Path) -> Path:
    """Join rows below each other, with the names of the columns on top."""
    images = [Image.open(path).convert("RGB") for path in rows]
    width, height = images[0].size
    bar = 34
    whole = Image.new("RGB", (width, bar + height * len(images)), (32, 34, 38))
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(15)
    for n, kind in enumerate(kinds):
        x = width * (n + 0.75) / (len(kinds) + 0.5)
        draw.text((x, bar / 2), kind, fill=(235, 235, 235), font=font, anchor="mm")
    for n, image in enumerate(images):
        whole.paste(image, (0, bar + n * height))
        draw.text((8, bar + n * height + 8), f"{MOMENTS[n]:.1f} s", fill=(20, 20, 20), font=font)
    whole.save(target)
    return target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "out" / "rigs")
    folder: Path = parser.parse_args().output.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, ROOT / "build_addon.py"], check=True, cwd=ROOT)
    sys.path[:0] = [str(ROOT / "dist"), str(ROOT / "tests" / "blender" / "in_blender" / "rig")]
    os.chdir(folder)  # cache folder of the rig builder
    from anyframe.rig.apply.apply import apply_take
    from anyframe.rig.armature.mapping import summarize_rig
    from rig_measure import errors

    take = generate_walk(folder)
    made = list(build_rigs(folder))
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = FPS, 1.0
    table = Table("rig", "preset", "confidence", "limb error", "hips", "standing ankles")
    for n, (kind, armature) in enumerate(made):
        place_rig(armature, _place(n))
        add_capsules(armature)
        apply_take(armature, take, scene=scene, name="Walk", start_frame=1)
        summary, worst = summarize_rig(armature), errors(armature, take)
        table.add_row(
            kind, summary.preset, f"{summary.confidence:.2f}", f"{worst.limbs:.3f}°",
            f"{worst.hips:.2f} cm", f"{worst.ankles:.2f} cm",
        )  # fmt: skip
    out.print(table)
    out.print(render_moments([kind for kind, _ in made], take.trans, folder), highlight=False)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    failed = 1
    try:
        main()
        failed = 0
    except Exception:
        out.print_exception()
    sys.stdout.flush()
    # Once Rigify has run, the bpy module may hang at shutdown.
    os._exit(failed)
