"""What pose correctives cost in playback: `python tests/blender/bench_smpl.py`.

Runs in each Blender version that is installed, with made-up bodies that have as many vertices and
joints as SMPL (6 912 for 6 890) and SMPL-X (10 560 for 10 475), and prints how long a frame takes
with correctives and without, all joints moving, and how long the character takes to be made.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))
sys.path.insert(0, str(Path(__file__).parent))

from conftest import BPY_ENVIRONMENTS, _python_with_bpy  # noqa: E402 found through the path above

import build_addon  # noqa: E402
from backend.kinematics.body.smpl_body import body_to_bytes  # noqa: E402
from backend.smpl.layer import load_body  # noqa: E402
from tests.support.smpl_model import write_model  # noqa: E402

SIZES = {
    "SMPL": {"joints": 24, "rings": 18, "around": 16},
    "SMPL-X": {"joints": 55, "rings": 12, "around": 16},
}
SCRIPT = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
import bpy
import numpy as np
from mathutils import Quaternion, Vector
from anyframe.backend.kinematics.body.smpl_body import body_from_bytes
from anyframe.rig.smpl.smpl_character import add_smpl_character

FRAMES = 100
with open(sys.argv[2], "rb") as file:
    body = body_from_bytes(file.read())
bpy.ops.wm.read_factory_settings(use_empty=True)
start = time.perf_counter()
armature = add_smpl_character(bpy.context, body, (1.0,) * 10)
made = time.perf_counter() - start
rng = np.random.default_rng(0)
for bone in armature.pose.bones:
    for frame in (1, FRAMES // 2, FRAMES):
        bone.rotation_quaternion = Quaternion(Vector(rng.normal(size=3)), rng.uniform(0, 1))
        bone.keyframe_insert("rotation_quaternion", frame=frame)
scene = bpy.context.scene
best = 1e9
for _ in range(3):
    scene.frame_set(1)
    start = time.perf_counter()
    for frame in range(1, FRAMES + 1):
        scene.frame_set(frame)
    best = min(best, (time.perf_counter() - start) / FRAMES)
print("BENCH", made, 1000 * best)
sys.stdout.flush()
os._exit(0)
"""


def main() -> int:
    """Print a table for each version; 1 if a run failed."""
    with tempfile.TemporaryDirectory(prefix="anyframe-bench-") as scratch:
        folder = Path(scratch)
        build_addon.build_tree(folder / build_addon.ADDON_NAME)
        for model, size in SIZES.items():
            write_model(folder / model / "SMPL_NEUTRAL.npz", **size)
            for correctives in (True, False):
                body = load_body(str(folder / model), "neutral", correctives=correctives)
                (folder / f"{model}_{correctives}").write_bytes(body_to_bytes(body))
        for version, environment in BPY_ENVIRONMENTS.items():
            python = _python_with_bpy(REPOSITORY / environment)
            if python is None:
                continue
            for model in SIZES:
                costs = []
                for correctives in (True, False):
                    done = subprocess.run(
                        [python, "-c", SCRIPT, folder, folder / f"{model}_{correctives}"],
                        capture_output=True,
                        text=True,
                        check=False,
                    )
                    if "BENCH" not in done.stdout:
                        print(done.stdout, done.stderr)
                        return 1
                    costs.append([float(n) for n in done.stdout.split("BENCH")[1].split()[:2]])
                (made, driven), (bare_made, bare) = costs
                print(
                    f"Blender {version} {model}: a frame {driven:.1f} ms, without correctives "
                    f"{bare:.1f} ms; made in {made:.2f} s, without correctives {bare_made:.2f} s"
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
