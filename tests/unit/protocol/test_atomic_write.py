"""Files are written completely or not at all."""

from pathlib import Path

import pytest

from backend.protocol.atomic_write import WriteError, write_atomically


def test_write_atomically_new_file_writes_it_beside_and_renames(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    seen = []

    def write(part: Path) -> None:
        seen.append(part)
        part.write_text("new")

    write_atomically(path, write)
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]
    assert seen[0].parent == path.parent and seen[0].suffix == ".npz"
    with pytest.raises(WriteError, match="cannot be written: No such file or directory"):
        write_atomically(tmp_path / "slip" / "a.npz", write)
    assert list(tmp_path.iterdir()) == [path]


def test_write_atomically_failure_leaves_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")

    def fail(part: Path) -> None:
        part.write_text("ha")
        raise OSError(28, "No space left on device")

    with pytest.raises(WriteError, match=r"a\.json cannot be written: No space left on device"):
        write_atomically(path, fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
