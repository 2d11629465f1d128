"""Bodies from model files over HTTP, and the errors for invalid ones."""

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from backend.kinematics.body.skeleton import SMPL
from backend.kinematics.body.smpl_body import body_from_bytes
from tests.support.smpl_model import model_arrays, posed_vertices, write_model

from .backend_child import Backend, sentence

FILE = "SMPL_NEUTRAL.npz"


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """A separate child: a body imports torch, whose absence other tests check."""
    with Backend(tmp_path_factory.mktemp("backend")) as child:
        yield child


def request_body(backend: Backend, folder: object, **changes: Any) -> httpx.Response:
    """Request a body; `folder` None leaves it out."""
    expected = {} if folder is None else {"folder": str(folder)}
    return backend.client.get("/v1/body", params={**expected, **changes})


def assert_refused(reply: httpx.Response, *words: str) -> str:
    text = sentence(reply, 422)
    for word in words:
        assert word in text, f"{word!r} is not in {text!r}"
    return text


@pytest.mark.parametrize(
    ("name", "gender", "joints", "model"),
    [
        ("SMPL_NEUTRAL.npz", "neutral", 24, "SMPL"),
        ("smpl/SMPL_FEMALE.npz", "female", 24, "SMPL"),
        ("smplh/male/model.npz", "male", 52, "SMPL-H"),
        ("SMPLH_MALE.npz", "male", 52, "SMPL-H"),
        ("models/smplx/SMPLX_NEUTRAL.npz", "neutral", 55, "SMPL-X"),
    ],
)
def test_body_of_model_file_matches_smplx(
    backend: Backend, tmp_path: Path, name: str, gender: str, joints: int, model: str
) -> None:
    write_model(tmp_path / name, joints=joints)
    reply = request_body(backend, tmp_path, gender=gender)
    assert reply.status_code == 200, reply.text
    body = body_from_bytes(reply.content)
    assert (body.model, body.gender, len(body.names)) == (model, gender, joints)
    assert body.names[:22] == SMPL.names[:22] and len(set(body.names)) == joints
    assert body.parents[:22] == SMPL.parents[:22]

    arrays = model_arrays(joints)
    rng = np.random.default_rng(1)
    betas = rng.uniform(-3, 3, (1, 10))
    resting = body.vertices + np.einsum("k,kva->va", betas[0], body.shapes)
    expected = posed_vertices(arrays, betas, np.zeros((1, 3 * joints)))[0]
    assert np.abs(resting - expected).max() < 1e-5
    rest = body.joints + np.einsum("k,kja->ja", betas[0], body.joint_shapes)
    assert np.abs(rest - arrays["J_regressor"] @ expected).max() < 1e-5
    assert body.correctives.shape == (joints - 1, 3, 3, len(expected), 3)
    moves = body.correctives[4, 1, 2]
    assert np.abs(moves - arrays["posedirs"][:, :, 4 * 9 + 5]).max() < 1e-6


def test_body_without_correctives_has_none(backend: Backend, tmp_path: Path) -> None:
    write_model(tmp_path / FILE)
    whole, bare = (
        request_body(backend, tmp_path, correctives=value).content for value in ("true", "false")
    )
    assert len(body_from_bytes(bare).correctives) == 0
    assert len(bare) < len(whole) / 4


def test_body_with_many_shapes_uses_the_first(backend: Backend, tmp_path: Path) -> None:
    arrays = model_arrays()
    more = np.concatenate([arrays["shapedirs"], np.ones((len(arrays["v_template"]), 3, 290))], 2)
    write_model(tmp_path / FILE, shapedirs=more)
    body = body_from_bytes(request_body(backend, tmp_path).content)
    assert np.abs(body.shapes - arrays["shapedirs"].transpose(2, 0, 1)).max() < 1e-6


def test_body_with_extra_arrays_ignores_them(backend: Backend, tmp_path: Path) -> None:
    """SMPL-X's own files hold pickled dictionaries beside the arrays."""
    write_model(tmp_path / FILE, part2num=np.array({"head": 3}, dtype=object))
    assert request_body(backend, tmp_path).status_code == 200


@pytest.mark.parametrize("folder", ["", " ", "models", "/no/such/folder", "/\0", "/" + "x" * 5000])
def test_body_of_missing_folder_is_refused(backend: Backend, folder: str) -> None:
    assert_refused(
        request_body(backend, folder),
        "There is no folder",
        "name the one that holds the model files",
    )


def test_body_of_file_as_folder_is_refused(backend: Backend, tmp_path: Path) -> None:
    assert_refused(request_body(backend, write_model(tmp_path / FILE)), "There is no folder", FILE)


def test_body_of_empty_folder_is_refused(backend: Backend, tmp_path: Path) -> None:
    write_model(tmp_path / "SMPL_FEMALE.npz")
    assert_refused(
        request_body(backend, tmp_path, gender="male"),
        *("SMPL_MALE.npz", "SMPLH_MALE.npz", "SMPLX_MALE.npz", "male/model.npz"),
        *("https://smpl.is.tue.mpg.de", "https://mano.is.tue.mpg.de"),
        "https://smpl-x.is.tue.mpg.de",
    )


@pytest.mark.parametrize("name", ["SMPL_NEUTRAL.pkl", "smplx/SMPLX_NEUTRAL.pkl"])
def test_body_of_pickle_is_refused_unopened(backend: Backend, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(pickle.dumps(_Trap(tmp_path / "opened")))
    assert_refused(
        request_body(backend, tmp_path),
        Path(name).name,
        "pickle",
        "is ever opened",
        "numpy.savez",
        FILE,
    )
    assert not (tmp_path / "opened").exists()


@pytest.mark.parametrize("disguised", [False, True], ids=["array", "file"])
def test_body_with_pickled_arrays_is_refused_unopened(
    backend: Backend, tmp_path: Path, disguised: bool
) -> None:
    trap = _Trap(tmp_path / "opened")
    if disguised:
        (tmp_path / FILE).write_bytes(pickle.dumps(trap))
        assert_refused(request_body(backend, tmp_path), FILE, "not a readable .npz")
    else:
        write_model(tmp_path / FILE, J_regressor=np.array(trap, dtype=object))
        assert_refused(
            request_body(backend, tmp_path), FILE, "J_regressor", "pickled", "numpy.savez"
        )
    assert not (tmp_path / "opened").exists()


class _Trap:
    """Leaves a file behind where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.path,)


def _with(array: np.ndarray, value: float) -> np.ndarray:
    changed = array.astype(float)
    changed.flat[len(changed.flat) // 2] = value
    return changed


GOOD = model_arrays()
COUNT = len(GOOD["v_template"])
LOOP = GOOD["kintree_table"].copy()
LOOP[0, 3] = 5


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"v_template": None}, ["no v_template"]),
        ({"f": None}, ["no f", "SMPL-X"]),
        ({"v_template": np.zeros((COUNT, 2))}, ["v_template", f"({COUNT}, 2)"]),
        ({"v_template": np.zeros((20_001, 3))}, ["v_template", "20000 vertices"]),
        ({"v_template": np.zeros(())}, ["v_template", "()"]),
        ({"v_template": _with(GOOD["v_template"], np.nan)}, ["v_template", "NaN"]),
        ({"posedirs": _with(GOOD["posedirs"], np.inf)}, ["posedirs", "not finite"]),
        ({"posedirs": GOOD["posedirs"][:, :, 1:]}, ["posedirs", f"({COUNT}, 3, 207)"]),
        ({"shapedirs": GOOD["shapedirs"][:, :, :9]}, ["shapedirs", f"({COUNT}, 3, 10)"]),
        ({"shapedirs": np.zeros(5)}, ["shapedirs", "(5,)"]),
        ({"weights": GOOD["weights"][:-1]}, ["weights", f"({COUNT}, 24)"]),
        ({"weights": GOOD["weights"] * 0.5}, ["weights", "add up to 1"]),
        ({"weights": _with(GOOD["weights"], -1)}, ["weights", "add up to 1"]),
        ({"J_regressor": GOOD["J_regressor"].T}, ["J_regressor", f"(24, {COUNT})"]),
        ({"J_regressor": np.array("x")}, ["J_regressor", "not numbers"]),
        ({"kintree_table": GOOD["kintree_table"][:, :16]}, ["16 joints", "SMPL-X has 55"]),
        ({"kintree_table": np.zeros(())}, ["0 joints"]),
        ({"kintree_table": LOOP}, ["kintree_table", "before children"]),
        ({"f": GOOD["f"] + COUNT}, ["faces", "does not have"]),
        ({"f": GOOD["f"][:0]}, ["faces"]),
        ({"f": GOOD["f"].astype(float)}, ["f of shape", "triangles"]),
        ({"f": GOOD["f"][:, :2]}, ["f of shape", "triangles"]),
        ({"posedirs": np.zeros(2**29 + 1, dtype=np.uint8)}, ["unpacks to", "512 MB"]),
    ],
    ids=lambda value: str(list(value))[:30],
)
def test_body_of_invalid_model_is_refused(
    backend: Backend, tmp_path: Path, changes: dict[str, Any], words: list[str]
) -> None:
    write_model(tmp_path / FILE, **changes)
    assert_refused(request_body(backend, tmp_path), FILE, *words)


def test_body_of_damaged_file_is_refused(backend: Backend, tmp_path: Path) -> None:
    path = write_model(tmp_path / FILE)
    whole = path.read_bytes()
    for data in (b"", b"hello", whole[: len(whole) // 2], whole[:3000] + bytes(9) + whole[3009:]):
        path.write_bytes(data)
        assert_refused(request_body(backend, tmp_path), FILE, "not a readable .npz")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gender": "Female"}, ["gender", "'female'"]),
        ({"gender": ""}, ["gender", "'neutral'"]),
        ({"correctives": "perhaps"}, ["correctives", "boolean"]),
    ],
)
def test_body_with_invalid_field_is_refused(
    backend: Backend, tmp_path: Path, changes: dict[str, Any], words: list[str]
) -> None:
    assert_refused(request_body(backend, tmp_path, **changes), *words)


def test_body_without_folder_is_refused(backend: Backend) -> None:
    assert_refused(request_body(backend, None), '"folder" is missing')
