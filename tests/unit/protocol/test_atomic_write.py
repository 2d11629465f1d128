"""Files of the add-on are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from blender_addon.link.errors import JobError
from blender_addon.link.files.atomic_write import write_whole


def test_a_file_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    seen = []

    def write(beside: Path) -> None:
        seen.append(beside)
        beside.write_text("whole")

    write_whole(path, write)
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]
    assert seen[0].parent == path.parent and seen[0].suffix == ".npz"
    with pytest.raises(JobError, match="cannot be written: No such file or directory"):
        write_whole(tmp_path / "slip" / "a.npz", write)
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")

    def fail(beside: Path) -> None:
        beside.write_text("ha")
        raise OSError(28, "No space left on device")

    with pytest.raises(JobError, match=r"a\.json cannot be written: No space left on device"):
        write_whole(path, fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
