"""Makes the motions of tests/data/motions over HTTP, and records what they are.

`motions.json` names each motion with its request, and `motions.npz` holds a copy of its arrays. To
record a new motion, add its request to `motions.json` and run, in the repository:

    python -m tests.e2e.record_reproducible_motions

A motion that is recorded already keeps its record unless --all is given.
"""

import argparse
import hashlib
import io
import json
import platform
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from tests.service.backend_child import Backend

DATA = Path(__file__).parents[1] / "data" / "motions"
MOTIONS, COPIES = DATA / "motions.json", DATA / "motions.npz"
COPIED = 2
"""Frames from one to the next that has a copy."""
ARRAYS = ("poses", "trans")
ONE_FILE = ("take", "take_b", "style")
"""Parts of a request that hold one file each."""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}


def processor() -> dict[str, str]:
    """What the last digits of a motion depend on."""
    cpuinfo = Path("/proc/cpuinfo")
    names = ("vendor_id", "cpu family", "model", "model name")
    known: dict[str, str] = {}
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() in names:
                known.setdefault(name.strip(), value.strip())
    return {
        "torch": torch.__version__,
        "numpy": np.__version__,
        "capability": torch.backends.cpu.get_cpu_capability(),
        "machine": f"{platform.system()} {platform.machine()}",
        "processor": ", ".join(known[name] for name in names if name in known)
        or platform.processor(),
    }


def make_motions(
    motions: Mapping[str, Mapping[str, Any]], files: Mapping[str, bytes] | None = None
) -> dict[str, bytes]:
    """The take files of motions, by name; of several variations all but the first have a number
    behind a slash.

    Args:
        motions: each with its `request`. Where the request sends files along, `take`, `take_b` and
            `style` name one of `files` or an earlier motion, and `controls` names several.
        files: by name.
    """
    known = dict(files or {})
    made: dict[str, bytes] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        Backend(Path(folder), engine=None, env=ONE_THREAD) as backend,
    ):
        for name, motion in motions.items():
            sent = {part: known[motion[part]] for part in ONE_FILE if part in motion}
            controls = [known[file] for file in motion.get("controls", ())]
            reply = backend.post(motion["request"], **sent, controls=controls)
            assert reply.status_code == 202, f"{name}: {reply.text}"
            job = reply.json()["id"]
            status = backend.wait(job)
            assert status["state"] == "done", f"{name}: {status['error']}"
            for index in range(status["takes"]):
                take = backend.client.get(f"/v1/jobs/{job}/take", params={"index": index})
                assert take.status_code == 200, f"{name}: {take.text}"
                made[f"{name}/{index}" if index else name] = take.content
            known |= made
    return made


def arrays_of(take: bytes) -> dict[str, Any]:
    """Poses and trans of a take file."""
    with np.load(io.BytesIO(take), allow_pickle=False) as archive:
        return {name: archive[name] for name in ARRAYS}


def digest(array: Any) -> str:
    """SHA-256 of an array's numbers, all digits, in the order of their rows."""
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="Record all motions anew.")
    again = parser.parse_args().all
    stored = json.loads(MOTIONS.read_text(encoding="utf-8"))
    copies: dict[str, Any] = {}
    if COPIES.is_file() and not again:
        with np.load(COPIES) as archive:
            copies = dict(archive)
    if copies and stored["processor"] != processor():
        raise SystemExit(
            "New motions must be recorded on the processor of the others "
            f"({stored['processor']['processor']}): record there, or all anew with --all."
        )
    motions = {
        name: {key: value for key, value in motion.items() if key != "takes"}
        if again
        else dict(motion)
        for name, motion in stored["motions"].items()
    }
    made = make_motions(motions)
    for name, motion in motions.items():
        if "takes" in motion:
            continue
        motion["takes"] = {}
        for key in (key for key in made if key.split("/")[0] == name):
            arrays = arrays_of(made[key])
            motion["takes"][key] = {
                "frames": len(arrays["poses"]),
                "type": str(arrays["poses"].dtype),
                **{what: digest(array) for what, array in arrays.items()},
            }
            copies[f"{key}.poses"] = arrays["poses"][::COPIED].astype(np.float16)
            copies[f"{key}.trans"] = arrays["trans"][::COPIED].astype(np.float32)
    text = json.dumps({"processor": processor(), "motions": motions}, indent=1)
    MOTIONS.write_text(text + "\n", encoding="utf-8")
    np.savez_compressed(COPIES, **copies)


if __name__ == "__main__":
    main()
