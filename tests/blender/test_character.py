"""The default character in each Blender version."""

from pathlib import Path

import numpy as np
import pytest
from rig_checks import checks_in, outcomes

MESH_FILE = Path(__file__).resolve().parents[2] / "assets" / "character.npz"


@pytest.mark.parametrize("check", checks_in("rig_on_character.py"))
def test_character(blender_python: Path, run_in_blender, addon_zip: Path, check: str) -> None:
    found = outcomes(run_in_blender, blender_python, "rig_on_character.py", addon_zip.parent)
    assert not found[check]["error"], found[check]["error"]


def test_mesh_file_is_small_closed_and_never_pickled() -> None:
    assert MESH_FILE.stat().st_size <= 600_000
    with np.load(MESH_FILE, allow_pickle=False) as file:
        faces = np.split(file["corners"], np.cumsum(file["corner_counts"], dtype=int)[:-1])
        edges = [(a, b) for f in faces for a, b in zip(f, np.roll(f, -1), strict=True)]
        assert len(set(edges)) == len(edges) and {(b, a) for a, b in edges} == set(edges)
        assert file["corners"].max() + 1 == len(file["vertices"]) == len(file["weights"])
