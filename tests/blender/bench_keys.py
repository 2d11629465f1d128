"""How long it takes to put a take on a rig: `python tests/blender/bench_keys.py`.

Runs in each Blender version that is installed and prints the best of a few times: turning a take of
600 frames into the local rotations of 24 bones, writing keys, and all of `apply_take`. Then the
same for sparse keys, of a walk and of a body that tumbles about all axes: how many keys there are
in place of how many, and by how much a saved file grows. Then 24 bones x 1800 frames beside
Blender's own `keyframe_insert` and `nla.bake`, and 5 s at 60 fps onto a generated Rigify rig.

Takes that are named (`… bench_keys.py walk.npz`) are keyed sparsely, too.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))
sys.path.insert(0, str(Path(__file__).parent))

from conftest import BPY_ENVIRONMENTS, _python_with_bpy  # noqa: E402

import build_addon  # noqa: E402 found through the path above

LIMIT = 0.1
"""Seconds that writing the keys may take."""

SCRIPT = """
import os, sys, time
sys.path[:0], files = sys.argv[1:3], sys.argv[3:]
import bpy, rig_builders, rig_takes
import numpy as np
from anyframe.backend.kinematics.keyframes.sparse_keys import KeyTolerance
from anyframe.backend.kinematics.body.take import load_take
from anyframe.rig.apply import apply, options as apply_options, placement
from anyframe.rig.apply.options import ApplyOptions
from anyframe.rig.action.blender_versions import Animation

spent = {}

def timed(module, name):
    function = getattr(module, name)
    def wrapper(*args, **kwargs):
        start = time.perf_counter()
        result = function(*args, **kwargs)
        spent[name] = min(spent.get(name, 1e9), time.perf_counter() - start)
        return result
    setattr(module, name, wrapper)

timed(placement, "retarget_to_rig")
timed(apply, "write_fcurves")
timed(apply, "apply_take")
bpy.ops.wm.read_factory_settings(use_empty=True)
armature, take = rig_builders.smpl(), rig_takes.tumble(600, 120.0)
for _ in range(8):
    apply.apply_take(armature, take, scene=bpy.context.scene, name="bench", start_frame=1)
print("BENCH", *spent.values())

def saved():
    bpy.ops.wm.save_as_mainfile(filepath=os.path.abspath("bench.blend"), compress=False)
    return os.path.getsize("bench.blend")

SPARSE = apply_options.Keying(tolerance=KeyTolerance())
takes = {name: getattr(rig_takes, name)(600, 60.0) for name in ("walk", "tumble")}
takes |= {os.path.basename(file): load_take(file) for file in files}
for motion, take in takes.items():
    figures = [motion]
    for chosen in (apply_options.EVERY_FRAME, SPARSE):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        bpy.context.scene.render.fps = round(take.fps)
        armature = rig_builders.smpl()
        bpy.context.view_layer.update()
        before = saved()
        spent.clear()
        for _ in range(3):
            options = ApplyOptions(keying=chosen)
            apply.apply_take(
                armature, take, scene=bpy.context.scene, name="x", start_frame=1, options=options
            )
        playing = Animation.from_data_block(armature)
        for action in list(bpy.data.actions):
            if action != playing.action:
                bpy.data.actions.remove(action)
        keys = sum(len(curve.keyframe_points) for curve in playing.channelbag.fcurves)
        figures += [spent["apply_take"], keys, saved() - before]
    print("SPARSE", *figures)

bpy.ops.wm.read_factory_settings(use_empty=True)
armature, take = rig_builders.smpl(), rig_takes.tumble(1800, 60.0)
spent.clear()
for _ in range(3):
    apply.apply_take(armature, take, scene=bpy.context.scene, name="x", start_frame=1)
values = Animation.from_data_block(armature)
quaternions = {}
for curve in values.channelbag.fcurves:
    array = np.empty(2 * 1800, dtype=np.float32)
    curve.keyframe_points.foreach_get("co", array)
    quaternions.setdefault(curve.data_path, []).append(array[1::2])
bpy.context.view_layer.objects.active = armature
bpy.ops.object.mode_set(mode="POSE")
start = time.perf_counter()
bpy.ops.nla.bake(
    frame_start=1, frame_end=1800, only_selected=False, visual_keying=False, bake_types={"POSE"}
)
bake = time.perf_counter() - start
armature.animation_data.action = None
tracks = [
    (armature.path_resolve(path.rpartition(".")[0]), path.rpartition(".")[2], np.array(found).T)
    for path, found in quaternions.items()
]
start = time.perf_counter()
for n in range(1800):
    for bone, name, track in tracks:
        setattr(bone, name, track[n])
        bone.keyframe_insert(name, frame=n + 1)
print("BESIDE", spent["write_fcurves"], bake, time.perf_counter() - start)
bpy.ops.object.mode_set(mode="OBJECT")
armature = rig_builders.rigify()
bpy.context.scene.render.fps = 60
spent.clear()
for _ in range(3):
    take = rig_takes.walk(300, 60.0)
    apply.apply_take(armature, take, scene=bpy.context.scene, name="x", start_frame=1)
print("RIGIFY", spent["apply_take"])
sys.stdout.flush()
os._exit(0)
"""


def _sparse_row(motion: str, *figures: str) -> str:
    dense_time, dense_keys, dense_bytes, time, keys, size = map(float, figures)
    return (
        f"  {motion:7} sparse: {keys:.0f} keys for {dense_keys:.0f} ({dense_keys / keys:.1f} times "
        f"fewer), file {size / 1024:.0f} KiB for {dense_bytes / 1024:.0f}, "
        f"apply_take {time:.3f} s for {dense_time:.3f} s"
    )


def _beside_row(*figures: str) -> str:
    ours, bake, insert = map(float, figures)
    return (
        f"  1800 frames: {ours:.3f} s, nla.bake {bake:.2f} s ({bake / ours:.0f} times as long), "
        f"keyframe_insert {insert:.2f} s ({insert / ours:.0f} times)"
    )


def main() -> int:
    """Print the table; 1 if writing keys took too long in any version."""
    slowest = 0.0
    with tempfile.TemporaryDirectory(prefix="anyframe-bench-") as folder:
        build_addon.build_tree(Path(folder) / build_addon.ADDON_NAME)
        paths = [folder, str(Path(__file__).with_name("in_blender") / "rig")]
        paths += [str(Path(take).resolve()) for take in sys.argv[1:]]
        print("24 bones x 600 frames    retarget    write keys    all of apply_take")
        for version, environment in BPY_ENVIRONMENTS.items():
            python = _python_with_bpy(REPOSITORY / environment)
            if python is None:
                continue
            done = subprocess.run(
                [str(python), "-c", SCRIPT, *paths],
                capture_output=True,
                text=True,
                check=True,
                cwd=folder,
            )
            lines = [line.split() for line in done.stdout.splitlines()]
            line = next(line for line in lines if line[:1] == ["BENCH"])
            retarget, write, whole = map(float, line[1:])
            slowest = max(slowest, write)
            print(f"Blender {version:14} {retarget:8.3f} s   {write:8.3f} s   {whole:12.3f} s")
            for line in lines:
                if line[:1] == ["SPARSE"]:
                    print(_sparse_row(*line[1:]))
                elif line[:1] == ["BESIDE"]:
                    print(_beside_row(*line[1:]))
                elif line[:1] == ["RIGIFY"]:
                    print(f"  5 s at 60 fps onto a Rigify rig: {float(line[1]):.3f} s")
    return int(slowest > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
