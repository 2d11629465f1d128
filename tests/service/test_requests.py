"""Requests that are refused, and their error sentences."""

import http.client
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from backend.kinematics.body.take import Take, take_to_bytes
from backend.service.schema.limits import LIMITS

from .backend_child import GENERATE, TOKEN, Backend, connect, sentence

NAN, INF = float("nan"), float("inf")
LONGEST = LIMITS.seconds_max
LENGTH = ["length", f"{LIMITS.seconds_min:g}", f"{LONGEST:g}"]


PATHS = [("GET", "/v1/health"), ("POST", "/v1/jobs"), ("GET", "/v1/openapi.json"), ("GET", "/no")]
BAD_TOKENS = [
    None, "", "Bearer", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN, f"Basic {TOKEN}",
    f"Bearer {TOKEN[:-1]}\u00e9",
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_request_without_token_is_refused(backend: Backend, method: str, path: str) -> None:
    with connect(backend.greeting["port"], token=None) as stranger:
        for bad in BAD_TOKENS:
            headers = {} if bad is None else {b"Authorization": bad.encode("latin-1")}
            reply = stranger.request(method, path, headers=headers)
            assert "token" in sentence(reply, 401), bad
            assert reply.headers["www-authenticate"] == "Bearer"


def test_token_scheme_in_lower_case_is_accepted(backend: Backend) -> None:
    reply = backend.client.get("/v1/health", headers={"Authorization": f"bearer {TOKEN}"})
    assert reply.status_code == 200


def test_documentation_pages_are_disabled(backend: Backend) -> None:
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert path in sentence(backend.client.get(path), 404)


def test_wrong_method_is_refused(backend: Backend) -> None:
    reply = backend.client.put("/v1/jobs")
    assert "PUT" in sentence(reply, 405)
    assert reply.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"prompt": ""}, ["prompt", "empty"]),
        ({"prompt": " \n\t"}, ["prompt", "empty"]),
        ({"prompt": "x" * 501}, ["prompt", "501", "500"]),
        ({"prompt": "x" * 5000}, ["prompt", "5000", "500"]),
        ({"prompt": None}, ["prompt", "string"]),
        ({"prompt": 5}, ["prompt", "string"]),
        ({"action": "x" * 101}, ["action", "101", "100"]),
        ({"action": 5}, ["action", "string"]),
        ({"model": "gan"}, ["model", "nerm", "motioninr"]),
        ({"model": None}, ["model", "nerm", "motioninr"]),
        ({"model": "motioninr", "action": "walk"}, ["remove the prompt"]),
        ({"model": "motioninr", "prompt": ""}, ["motioninr", "label"]),
        ({"seconds": 0}, LENGTH),
        ({"seconds": LIMITS.seconds_min - 0.001}, LENGTH),
        ({"seconds": LONGEST + 0.001}, LENGTH),
        ({"seconds": 10_000}, [*LENGTH, "10000"]),
        ({"seconds": -1}, [*LENGTH, "-1"]),
        ({"seconds": NAN}, [*LENGTH, "nan"]),
        ({"seconds": INF}, [*LENGTH, "inf"]),
        ({"seconds": "2"}, ["seconds", "number"]),
        ({"seconds": True}, ["seconds", "number"]),
        ({"seconds": None}, ["seconds", "number"]),
        ({"fps": 0}, ["frame rate", "1", "1000"]),
        ({"fps": 0.999}, ["frame rate", "0.999", "1", "1000"]),
        ({"fps": 1000.01}, ["frame rate", "1", "1000"]),
        ({"fps": 100_000}, ["frame rate", "100000", "1000"]),
        ({"fps": -24}, ["frame rate", "-24", "1000"]),
        ({"fps": NAN}, ["frame rate", "nan", "1000"]),
        ({"fps": -INF}, ["frame rate", "-inf", "1000"]),
        ({"fps": "24"}, ["fps", "number"]),
        ({"seconds": 0.5, "fps": 1}, ["frames", "0", "1", "20000"]),
        ({"seed": -1}, ["seed", "-1", "0", str(2**63 - 1)]),
        ({"seed": 2**63}, ["seed", str(2**63), str(2**63 - 1)]),
        ({"seed": 10**1000}, ["seed", "1000000"]),
        ({"seed": 1.5}, ["seed", "integer"]),
        ({"seed": True}, ["seed", "integer"]),
        ({"guidance": -0.1}, ["guidance", "-0.1", "0", "20"]),
        ({"guidance": 20.1}, ["guidance", "20.1", "20"]),
        ({"guidance": NAN}, ["guidance", "nan", "20"]),
        ({"steps": 0}, ["steps", "0", "1", "1000"]),
        ({"steps": 1001}, ["steps", "1001", "1000"]),
        ({"steps": 10**1000}, ["steps", "1000000"]),
        ({"steps": 5.0}, ["steps", "integer"]),
        ({"fps": 10**1000}, ["frame rate", "inf", "1000"]),
        ({"guidance": 10**1000}, ["guidance", "inf", "20"]),
        ({"candidates": 0}, ["candidates", "0", "1", "16"]),
        ({"candidates": 17}, ["candidates", "17", "16"]),
        ({"candidates": "4"}, ["candidates", "integer"]),
        ({"variations": 0}, ["variations", "0", "1", "16"]),
        ({"variations": 17}, ["variations", "17", "16"]),
        ({"variations": None}, ["variations", "integer"]),
        ({"variations": 16, "seconds": LONGEST, "fps": 1000}, ["all variations", "160000"]),
        ({"variations": 2, "seed": 2**63 - 1}, ["last variation", str(2**63)]),
        ({"lock_feet": 1}, ["lock_feet", "boolean"]),
        ({"lock_feet": None}, ["lock_feet", "boolean"]),
        ({"second": 5}, ["second", "leave it out"]),
        ({"loop": 1}, ["loop", "boolean"]),
        ({"kind": "dance"}, ["kind", "generate", "sequence", "decode", "interpolate"]),
        ({"kind": None}, ["kind", "generate", "sequence", "decode", "interpolate"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_invalid_field_is_named(
    backend: Backend, changes: dict[str, Any], words: list[str]
) -> None:
    text = sentence(backend.post({**GENERATE, **changes}), 422)
    missing = [word for word in words if word not in text]
    assert not missing, text


@pytest.mark.parametrize("field", ["kind", "seconds", "fps"])
def test_missing_field_is_named(backend: Backend, field: str) -> None:
    request = {key: value for key, value in GENERATE.items() if key != field}
    assert f'"{field}"' in sentence(backend.post(request), 422)


@pytest.mark.parametrize(
    "changes",
    [
        {"seconds": 0.5, "fps": 24000 / 1001},
        {"seconds": LONGEST, "fps": 1000},
        {"seconds": LONGEST, "fps": 1},
        {"prompt": "x" * 500},
        {"prompt": "", "action": "walk"},
        {"prompt": "", "action": "walk", "model": "motioninr"},
        {"seed": 0},
        {"seed": 2**63 - 1},
        {"guidance": 0, "steps": 1},
        {"guidance": 20, "steps": 1000},
        {"guidance": None, "steps": None, "action": None, "candidates": None},
        {"candidates": 1, "variations": 16},
        {"candidates": 16, "variations": 1, "lock_feet": False},
        {"variations": 2, "seed": 2**63 - 2},
    ],
    ids=lambda value: str(value)[:40],
)
def test_range_bounds_are_accepted(backend: Backend, changes: dict[str, Any]) -> None:
    reply = backend.post({**GENERATE, **changes})
    assert reply.status_code == 202, reply.text
    assert backend.wait(reply.json()["id"])["state"] == "done"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "JSON"),
        ("{", "JSON"),
        ("[]", "object"),
        ("5", "object"),
        ("null", "object"),
        ('{"kind":"generate","prompt":"\\ud800","seconds":1,"fps":24}', "JSON"),
        ("[" * 100_000, "JSON"),
        ("{}", "kind"),
    ],
    ids=lambda value: value[:20],
)
def test_request_of_unknown_shape_is_refused(backend: Backend, text: str, word: str) -> None:
    assert word in sentence(backend.post(text), 422)


def test_body_of_other_type_is_refused(backend: Backend) -> None:
    def post(content: bytes, kind: str) -> Any:
        return backend.client.post("/v1/jobs", content=content, headers={"content-type": kind})

    assert "request" in sentence(post(json.dumps(GENERATE).encode(), "application/json"), 422)
    assert "request" in sentence(post(b"", "text/plain"), 422)
    assert "multipart" in sentence(post(b"no boundary", "multipart/form-data"), 400)
    assert "multipart" in sentence(post(b"not it", "multipart/form-data; boundary=it"), 400)
    assert "JSON" in sentence(backend.client.post("/v1/jobs", files={"request": b"{}"}), 422)


def _take(frames: int = 48, fps: float = 24.0, **info: Any) -> Take:
    return Take(np.zeros((frames, 72)), np.zeros((frames, 3)), fps, metadata=info)


def _rezip(data: bytes, **entries: bytes) -> bytes:
    """Return the archive with some entries replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, entries.get(name.removesuffix(".npy"), old.read(name)))
    return out.getvalue()


def _bad_takes() -> Iterator[tuple[str, bytes, list[str]]]:
    good = take_to_bytes(_take(latent=[1.0]))
    single = io.BytesIO()
    np.save(single, np.zeros((5, 72)))
    bomb = io.BytesIO()
    np.savez_compressed(bomb, poses=np.zeros(65 * 2**20, dtype=np.uint8))
    # 0x20 bytes into the data of the first entry: the deflate stream itself.
    middle = good.index(b"poses.npy") + 60
    damaged = good[:middle] + bytes(byte ^ 0xFF for byte in good[middle : middle + 8])
    yield "empty", b"", ["take", "npz"]
    yield "text", b"hello", ["take", "npz"]
    yield "npy", single.getvalue(), ["take", "npz"]
    yield "cut", good[: len(good) // 2], ["take", "cut short"]
    yield "damaged", damaged + good[middle + 8 :], ["take", "npz"]
    yield "bomb", bomb.getvalue(), ["unpacked bytes", str(64 * 2**20)]
    yield "no poses", _rezip(good, poses=b""), ["poses"]
    nan = _take(latent=[1.0])
    nan.poses[3, 3] = np.nan
    yield "nan", take_to_bytes(nan), ["poses", "NaN"]
    yield "no latent", take_to_bytes(_take(prompt="x")), ["latent"]
    yield "no words", _rezip(good, anyframe=b"garbage"), ["latent"]
    yield "long", take_to_bytes(_take(frames=20_001, latent=[1.0])), ["frames", "20001", "20000"]


@pytest.mark.parametrize(
    ("data", "words"),
    [pytest.param(data, words, id=name) for name, data, words in _bad_takes()],
)
def test_invalid_take_is_refused(backend: Backend, data: bytes, words: list[str]) -> None:
    text = sentence(backend.post({"kind": "decode", "fps": 30.0}, data), 422)
    missing = [word for word in words if word not in text]
    assert not missing, text


def test_decode_request_with_invalid_field_is_refused(backend: Backend) -> None:
    take = take_to_bytes(_take(latent=[1.0]))
    long = take_to_bytes(_take(frames=600, latent=[1.0]))
    assert '"take"' in sentence(backend.post({"kind": "decode", "fps": 30.0}), 422)
    assert '"take"' in sentence(backend.post(GENERATE, take), 422)
    assert "nan" in sentence(backend.post({"kind": "decode", "fps": NAN}, take), 422)
    assert "1001" in sentence(backend.post({"kind": "decode", "fps": 1001}, take), 422)
    assert '"seconds"' in sentence(backend.post({"kind": "decode", "fps": 9, "seconds": 1}), 422)
    assert "25000" in sentence(backend.post({"kind": "decode", "fps": 1000}, long), 422)
    liar = take_to_bytes(_take(latent=[1.0], seconds=3000.0))
    assert "72000" in sentence(backend.post({"kind": "decode", "fps": 24}, liar), 422)
    boaster = take_to_bytes(_take(latent=[1.0], seconds=10**1000))
    assert "frames" in sentence(backend.post({"kind": "decode", "fps": 24}, boaster), 422)
    vague = take_to_bytes(_take(latent=[1.0], seconds=NAN))
    assert backend.post({"kind": "decode", "fps": 24}, vague).status_code == 202
    text = {"request": (None, '{"kind": "decode", "fps": 9}'), "take": (None, "text")}
    assert '"take"' in sentence(backend.client.post("/v1/jobs", files=text), 422)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"speed": 0}, ["speed", "0", "0.1", "10"]),
        ({"speed": 10.1}, ["speed", "10.1", "0.1"]),
        ({"speed": NAN}, ["speed", "nan"]),
        ({"speed": "fast"}, ["speed", "number"]),
        ({"speed": 0.1, "fps": 1000}, ["frames", "40000", "20000"]),
        ({"start": -0.5}, ["start at 0 s or later (got -0.5 s)"]),
        ({"start": NAN}, ["got nan s"]),
        ({"start": INF}, ["got inf s"]),
        ({"start": 4.0}, ["before the motion ends at 4 s (got 4 s)"]),
        ({"end": 0}, ["end after its start (got 0 s to 0 s)"]),
        ({"end": NAN}, ["got 0 s to nan s"]),
        ({"end": 4.1}, ["ends at 4 s (got 4.1 s)"]),
        ({"start": 2, "end": 2}, ["got 2 s to 2 s"]),
        ({"start": 3, "end": 2}, ["got 3 s to 2 s"]),
        ({"start": 1.0, "end": 1.01, "fps": 24}, ["frames", "0"]),
        ({"lock_feet": "yes"}, ["lock_feet", "boolean"]),
        ({"share": 0.5}, ["share", "leave it out"]),
    ],
    ids=str,
)
def test_decode_request_with_missing_range_is_refused(
    backend: Backend, changes: dict[str, Any], words: list[str]
) -> None:
    take = take_to_bytes(_take(frames=96, latent=[1.0], seconds=4.0))
    text = sentence(backend.post({"kind": "decode", "fps": 30.0, **changes}, take), 422)
    missing = [word for word in words if word not in text]
    assert not missing, text


def test_decode_request_with_range_bounds_is_accepted(backend: Backend) -> None:
    # 10 s of slow motion are no longer motion: the part is measured in the motion's own time.
    take = take_to_bytes(_take(frames=240, latent=[1.0], seconds=4.0, speed=0.4))
    for part in ({"start": 0.0, "end": 4.0}, {"end": 4.0005}, {"start": 3.9}, {"speed": 0.1}):
        reply = backend.post({"kind": "decode", "fps": 100.0, **part}, take)
        assert reply.status_code == 202, reply.text
        assert backend.wait(reply.json()["id"])["state"] == "done"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"share": -0.01}, ["share", "-0.01", "between 0 and 1"]),
        ({"share": 1.01}, ["share", "1.01", "between 0 and 1"]),
        ({"share": NAN}, ["share", "nan"]),
        ({"share": "half"}, ["share", "number"]),
        ({"fps": 0}, ["frame rate", "0"]),
        ({"speed": 2}, ["speed", "leave it out"]),
    ],
    ids=str,
)
def test_interpolate_request_with_invalid_field_is_refused(
    backend: Backend, changes: dict[str, Any], words: list[str]
) -> None:
    take = take_to_bytes(_take(latent=[1.0]))
    text = sentence(backend.post({"kind": "interpolate", "fps": 30, **changes}, take, take), 422)
    missing = [word for word in words if word not in text]
    assert not missing, text


def test_interpolate_without_two_latents_is_refused(backend: Backend) -> None:
    request = {"kind": "interpolate", "fps": 30.0}
    good, foreign = take_to_bytes(_take(latent=[1.0])), take_to_bytes(_take())
    assert 'part "take" is missing' in sentence(backend.post(request), 422)
    assert 'part "take" is missing' in sentence(backend.post(request, None, good), 422)
    assert 'part "take_b" is missing' in sentence(backend.post(request, good), 422)
    assert "latent" in sentence(backend.post(request, good, foreign), 422)
    assert "latent" in sentence(backend.post(request, foreign, good), 422)
    assert "npz" in sentence(backend.post(request, good, b"no"), 422)
    long = take_to_bytes(_take(latent=[1.0], seconds=1000.0))
    assert "30000" in sentence(backend.post(request, good, long), 422)
    assert 'no file "take_b"' in sentence(
        backend.post({"kind": "decode", "fps": 30.0}, good, good), 422
    )
    assert 'no file "take_b"' in sentence(backend.post(GENERATE, None, good), 422)
    text = {"request": (None, json.dumps(request)), "take": good, "take_b": (None, "text")}
    assert '"take_b"' in sentence(backend.client.post("/v1/jobs", files=text), 422)


def test_body_over_limit_is_refused_declared_or_not(backend: Backend) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="take"; filename="t"\r\n\r\n'
    headers = {"content-type": "multipart/form-data; boundary=b"}
    block = bytes(2**20)

    def chunks() -> Iterator[bytes]:
        yield head
        for _ in range(66):
            yield block

    # This client only reads the answer if it could send all of its body.
    plain = http.client.HTTPConnection("127.0.0.1", backend.greeting["port"], timeout=20)
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    plain.request("POST", "/v1/jobs", head + bytes(65 * 2**20), {**headers, **bearer})
    declared = plain.getresponse()
    assert declared.status == 413
    assert "64 MB" in json.loads(declared.read())["error"]
    plain.close()
    streamed = backend.client.post("/v1/jobs", content=chunks(), headers=headers)
    assert "64 MB" in sentence(streamed, 413)


def test_unknown_job_is_refused(backend: Backend) -> None:
    for method, path in [("GET", "no"), ("GET", "no/take"), ("DELETE", "no"), ("GET", "n" * 5000)]:
        assert "There is no job" in sentence(
            backend.client.request(method, f"/v1/jobs/{path}"), 404
        )


def test_capabilities_list_model_and_every_limit(backend: Backend) -> None:
    backend.wait(backend.start())
    reply = backend.client.get("/v1/capabilities").json()
    assert reply["protocol"] == 1
    assert (reply["engine"], reply["error"]) == ("ready", None)
    assert reply["models"] == [
        {
            "name": "nerm",
            "hash": "0123abcd",
            "licence": "CC0-1.0",
            "device": "CPU",
            "actions": ["walk", "jump"],
            "data": {},
        }
    ]
    expected = {
        "prompt_characters": 500, "seconds_min": 0.5, "seconds_max": LONGEST, "fps_min": 1,
        "fps_max": 1000, "frames_max": 20_000, "seed_max": 2**63 - 1, "body_bytes": 64 * 2**20,
        "candidates_max": 16, "variations_max": 16, "speed_min": 0.1, "speed_max": 10.0,
    }  # fmt: skip
    assert reply["limits"].items() >= expected.items()
