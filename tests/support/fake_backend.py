"""A child that speaks the backend's protocol with nothing but the standard library.

It stands in for the real one wherever the add-on is what is tested. What it does is in the prompt:
"slow" takes 200 steps, "stroll" 40 (and waits in the middle for the file that `ANYFRAME_TEST_GATE`
names, if it is set), "fail" fails with a sentence, "refuse" is turned down at once, "crash" ends
the process in the middle, "broken" gives a file that is cut short, "tomatoes" is no motion and the
take says so; anything else is done in ten short steps. The motion walks along -Y and swings the
arms; each variation turns aside further and swings them otherwise. What is resampled goes straight
from pose to pose, and rises by `RISE` on the way unless it stands still; poses like the one before
are left out if holds are to be smooth. In place of a body comes what was asked for; there is no
folder "nowhere". For what is learnt the style's name counts as the prompt; its file has the labels
of the request, and half-way there is a preview.
"""

import email.parser
import email.policy
import hashlib
import io
import itertools
import json
import math
import os
import struct
import sys
import threading
import time
import urllib.parse
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TOKEN = os.environ.get("ANYFRAME_TOKEN", "")
STEP_SECONDS, SLOW_STEP_SECONDS = 0.001, 0.02
"""A job that a test only waits for costs no time; one that is watched shows its steps."""
GATE = os.environ.get("ANYFRAME_TEST_GATE")
LEARNT = {
    "jump": {"captures": 61, "shortest": 0.75, "longest": 6.0, "median": 2.5},
    "jump_rope": {"captures": 1, "shortest": 3.0, "longest": 3.0, "median": 3.0},
}
"""How much it says that it knows of some actions."""
SIDES = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist")
MIDDLE = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")
"""Joints of a style's skeleton."""
RISE = 0.05
"""Metres, in the middle between two poses that are resampled."""


def style_file(labels: list[str], levels: int = 7, seconds: float = 10.0) -> bytes:
    """A style as far as its header goes; of networks there is none."""
    joints = [*MIDDLE, *(f"{side}_{name}" for side in ("left", "right") for name in SIDES)]
    settings = json.dumps(
        {
            "config": {"labels": labels, "levels": levels},
            "skeleton": {"names": joints},
            "origin": {"licence": "CC0-1.0", "seconds": seconds},
        }
    )
    numbers = struct.pack("<2f", 1.0, 2.0)
    digest = hashlib.sha256(settings.encode() + b"mean" + b"torch.float32" + numbers).hexdigest()
    entry = json.dumps({"format": 2, "sha256": digest, "settings": settings})
    header = {
        "__metadata__": {"anyframe_style": entry},
        "mean": {"dtype": "F32", "shape": [2], "data_offsets": [0, len(numbers)]},
    }
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + numbers


def _npy(shape: tuple[int, ...], kind: str, data: bytes) -> bytes:
    header = repr({"descr": kind, "fortran_order": False, "shape": shape}).encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def _text(value: str) -> bytes:
    return _npy((), f"<U{max(1, len(value))}", value.encode("utf-32-le"))


def make_take(frames: int, fps: float, info: dict[str, Any], variation: int = 0) -> bytes:
    """An AMASS `.npz` of a body that glides at 1 m/s and swings its arms once a second, as widely
    as the seed says; along -Y, or for later variations ever further aside."""
    poses, trans = [], []
    width = 0.6 + 0.05 * math.sin(info.get("seed", 0))
    aside = 0.4 * variation
    for frame in range(frames):
        time_ = frame / fps
        pose = [0.0] * 72
        pose[0] = math.pi / 2  # stands up in a world with Z up
        swing = width * math.sin(2 * math.pi * time_)
        pose[3 * 16 + 1] = swing
        pose[3 * 17 + 1] = swing * math.cos(variation)
        poses += pose
        trans += [-time_ * math.sin(aside), -time_ * math.cos(aside), 1.15]
    return _packed(poses, trans, fps, info)


def _packed(poses: list[float], trans: list[float], fps: float, info: dict[str, Any]) -> bytes:
    frames = len(trans) // 3
    arrays = {
        "poses": _npy((frames, 72), "<f4", struct.pack(f"<{len(poses)}f", *poses)),
        "trans": _npy((frames, 3), "<f4", struct.pack(f"<{len(trans)}f", *trans)),
        "betas": _npy((16,), "<f4", bytes(64)),
        "gender": _text("neutral"),
        "mocap_framerate": _npy((), "<f8", struct.pack("<d", fps)),
        "anyframe": _text(json.dumps(info)),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, array in arrays.items():
            archive.writestr(f"{name}.npy", array)
    return out.getvalue()


def info_of(take: bytes) -> dict[str, Any]:
    """The JSON string of a take."""
    array = zipfile.ZipFile(io.BytesIO(take)).read("anyframe.npy")
    start = 10 + struct.unpack("<H", array[8:10])[0]
    return json.loads(array[start:].decode("utf-32-le").rstrip("\0"))


def resampled(take: bytes, request: dict[str, Any], info: dict[str, Any]) -> bytes:
    """The poses of a take at another rate."""
    poses, trans, rate = (_numbers(take, name) for name in ("poses", "trans", "mocap_framerate"))
    rows = [
        [*trans[3 * n : 3 * n + 3], *poses[72 * n : 72 * n + 72]] for n in range(len(trans) // 3)
    ]
    times = request.get("times") or [n / rate[0] for n in range(len(rows))]
    if request["holds"] == "SMOOTH":
        last = len(rows) - 1
        changed_rows = [n for n in range(len(rows)) if n in {0, last} or rows[n] != rows[n - 1]]
        rows, times = [rows[n] for n in changed_rows], [times[n] for n in changed_rows]
    still = [one == other for one, other in itertools.pairwise(rows)]
    made: list[list[float]] = []
    gap = 0
    for frame in range(math.floor(times[-1] * request["fps"] + 1e-6) + 1):
        now = frame / request["fps"]
        while gap < len(times) - 2 and now >= times[gap + 1]:
            gap += 1
        alpha = min(1.0, (now - times[gap]) / (times[gap + 1] - times[gap]))
        one, other = rows[gap], rows[gap + 1]
        row = [(1 - alpha) * a + alpha * b for a, b in zip(one[:3], other[:3], strict=True)]
        row[2] += 0.0 if still[gap] else RISE * math.sin(math.pi * alpha)
        for joint in range(3, 75, 3):
            row += _turned(one[joint : joint + 3], other[joint : joint + 3], alpha)
        made.append(row)
    info["resampled"] = {
        "keys": len(rows),
        "error": 0.01,
        "spline": [[times[-2], times[-1]]],
        "holds": [[times[n], times[n + 1]] for n, held in enumerate(still) if held],
    }
    flat = [number for row in made for number in row[3:]], [n for row in made for n in row[:3]]
    return _packed(*flat, request["fps"], info)


def _turned(one: list[float], other: list[float], alpha: float) -> list[float]:
    """A rotation vector on the way from one to another, through their quaternions."""
    a, b = (_quaternion(vector) for vector in (one, other))
    sign = 1.0 if sum(x * y for x, y in zip(a, b, strict=True)) >= 0 else -1.0
    q = [(1 - alpha) * x + alpha * sign * y for x, y in zip(a, b, strict=True)]
    sine = math.sqrt(sum(x * x for x in q[1:]))
    angle = 2 * math.atan2(sine, q[0])
    return [x * angle / sine if sine > 1e-9 else 0.0 for x in q[1:]]


def _quaternion(vector: list[float]) -> list[float]:
    angle = math.sqrt(sum(x * x for x in vector))
    scale = math.sin(angle / 2) / angle if angle > 1e-9 else 0.5
    return [math.cos(angle / 2), *(scale * x for x in vector)]


def _numbers(take: bytes, name: str) -> tuple[float, ...]:
    array = zipfile.ZipFile(io.BytesIO(take)).read(f"{name}.npy")
    start = 10 + struct.unpack("<H", array[8:10])[0]
    kind, size = ("d", 8) if b"<f8" in array[:start] else ("f", 4)
    return struct.unpack(f"<{(len(array) - start) // size}{kind}", array[start:])


class Job:
    def __init__(self, number: int, request: dict[str, Any], takes: list[bytes]) -> None:
        self.number, self.request = number, request
        of_styles = request["kind"] in {"learn", "blend"}
        infos = [] if of_styles else [info_of(take) for take in takes]
        self.info = infos[0] if infos else {**request, "latent": [0.5, -0.5]}
        if request["kind"] == "interpolate":
            lengths = [info["seconds"] for info in infos]
            alpha = request["share"]
            self.info = {
                "between": [info["prompt"] for info in infos],
                "seconds": (1 - alpha) * lengths[0] + alpha * lengths[1],
                "latent": [0.0, 0.0],
            }
        if request["kind"] == "decode":
            self.info |= {name: request[name] for name in ("start", "end") if name in request}
        if request["kind"] == "sequence":
            drawn = [{**block, "drawn": {"latent": [1.0]}} for block in request["blocks"]]
            lengths = [block["seconds"] for block in drawn]
            self.info = {"blocks": drawn, "seconds": sum(lengths), "sent": [len(infos)]}
        if request["kind"] in {"generate", "sequence"} and "loop" in request:
            self.info["loop"] = request["loop"]
        if request["kind"] == "generate":
            self.info["score"] = 0.75
            self.info["novelty"] = {"distance": 0.5, "nearest": "walk_7", "typical": 0.25}
        self.sent = takes
        self.info["asked"] = request
        self.state, self.step, self.error = "queued", 0, None
        self.prompt = request.get("prompt") or request.get("name") or ""
        self.previews: list[bytes] = []
        if request["kind"] == "blend":
            spans = request.get("timeline", [])
            self.info |= {
                "seconds": request.get("control_seconds") or sum(s["seconds"] for s in spans),
                "prompt": " → ".join(span["label"] for span in spans),
                "sent": [len(take) for take in takes],
                "score": 0.5,
            }
        if "tomatoes" in self.prompt:
            self.info |= {"score": 0.1, "note": "The motion may not show all of the prompt."}
        self.total = 200 if "slow" in self.prompt else 40 if "stroll" in self.prompt else 10
        waited_for = self.total == 10 or (GATE and "stroll" in self.prompt)
        self.step_seconds = STEP_SECONDS if waited_for else SLOW_STEP_SECONDS
        self.cancelled = threading.Event()
        self.takes: list[bytes] = []

    def run(self) -> None:
        self.state = "running"
        while self.step < self.total:
            if self.cancelled.wait(self.step_seconds):
                self.state = "cancelled"
                return
            if self._is_held():
                continue
            self.step += 1
            if self.request["kind"] == "learn" and self.step == 5:
                self.previews.append(make_take(20, 30.0, {"seed": 0}))
            if "crash" in self.prompt and self.step == 3:
                print("ran out of imaginary memory", file=sys.stderr, flush=True)
                os._exit(7)
            if "fail" in self.prompt and self.step == 3:
                self.state, self.error = "failed", "The weights are missing: install them again."
                return
        if self.request["kind"] == "learn":
            training_takes = self.request["takes"]
            labels = self.request.get("columns") or list(
                dict.fromkeys(
                    one["label"] for take in training_takes for one in take.get("ranges") or [take]
                )
            )
            made = style_file(labels, seconds=float(len(self.sent)))
            self.takes.append(made[:-4] if "broken" in self.prompt else made)
            self.state = "done"
            return
        fps = self.request["fps"]
        if self.request["kind"] == "resample":
            self.takes.append(resampled(self.sent[0], self.request, self.info))
            self.state = "done"
            return
        start = self.request.get("start", 0.0)
        end = self.request.get("end", self.info["seconds"])
        frames = round((end - start) / self.request.get("speed", 1.0) * fps)
        frames += bool(self.request.get("loop"))
        for variation in range(self.request.get("variations", 1)):
            model = self.request.get("model", "fake")
            info = {**self.info, "model": model, "hash": "0123456789abcdef"}
            if variation:
                info["seed"] += variation
                info["score"] -= 0.05 * variation
            take = make_take(frames, fps, info, variation)
            self.takes.append(take[: len(take) // 2] if "broken" in self.prompt else take)
        self.state = "done"

    def _is_held(self) -> bool:
        held = bool(GATE) and "stroll" in self.prompt and self.step == self.total // 2
        return held and not Path(GATE).exists()

    def status(self) -> dict[str, Any]:
        return {
            "id": str(self.number),
            "kind": self.request["kind"],
            "state": self.state,
            "step": self.step,
            "total": self.total,
            "eta": (self.total - self.step) * self.step_seconds,
            "message": "Denoising",
            "error": self.error,
            "timings": {"diffusion": self.step * self.step_seconds}
            if self.state == "done"
            else None,
            "takes": len(self.takes),
            "previews": len(self.previews),
        }


JOBS: dict[str, Job] = {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body go out apart: with Nagle's algorithm each answer takes 40 ms.
    disable_nagle_algorithm = True

    def _answer(self, status: int, body: Any) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _allowed(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {TOKEN}":
            return True
        self._answer(401, {"error": "The token is wrong."})
        return False

    def do_GET(self) -> None:
        if not self._allowed():
            return
        path, _, query = self.path.partition("?")
        parts = path.strip("/").split("/")[1:]
        query_fields = dict(urllib.parse.parse_qsl(query))
        if parts == ["capabilities"]:
            models = [
                {"name": "fake", "actions": ["walk", "wave"]},
                {"name": "motioninr", "actions": ["jump", "jump_rope", "run"], "data": LEARNT},
            ]
            self._answer(200, {"protocol": 1, "version": "0", "models": models, "limits": {}})
        elif parts == ["body"]:
            if "nowhere" in query_fields["folder"]:
                self._answer(422, {"error": "There is no folder “nowhere”."})
            else:
                self._answer(200, json.dumps(query_fields).encode())
        elif parts[0] == "jobs" and parts[1] in JOBS:
            job = JOBS[parts[1]]
            if parts[2:] == ["take"]:
                self._answer(200, job.takes[int(query_fields.get("index", 0))])
            elif parts[2:] == ["preview"]:
                self._answer(200, job.previews[int(query_fields.get("index", 0))])
            else:
                self._answer(200, job.status())
        else:
            self._answer(404, {"error": f"There is nothing at {self.path}."})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self._allowed():
            return
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        form = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
        parts = [
            (part.get_param("name", header="content-disposition"), part.get_payload(decode=True))
            for part in form.iter_parts()
        ]
        request = json.loads(dict(parts)["request"])
        if "refuse" in (request.get("prompt") or ""):
            self._answer(422, {"error": "The prompt is not to the backend's liking."})
            return
        takes = [data for name, data in parts if name != "request"]
        job = Job(len(JOBS) + 1, request, takes)
        JOBS[str(job.number)] = job
        threading.Thread(target=job.run, daemon=True).start()
        self._answer(202, {"id": str(job.number)})

    def do_DELETE(self) -> None:
        if self._allowed():
            JOBS[self.path.rsplit("/", 1)[1]].cancelled.set()
            self._answer(200, {})

    def log_message(self, format: str, *args: Any) -> None:
        pass


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hello = {"protocol": 1, "port": server.server_port, "pid": os.getpid(), "version": "0"}
    print(json.dumps(hello), flush=True)
    sys.stdin.buffer.read()  # until Blender is gone
    time.sleep(0.05)


if __name__ == "__main__":
    main()
