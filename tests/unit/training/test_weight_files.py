"""Which folder's weights are in use."""

from pathlib import Path

import pytest

from backend.training import weight_files
from backend.training.weight_files import MANIFEST, WeightsError, find_weights_folder

FILE = "some.safetensors"


def test_find_weights_folder_prefers_assets_to_export(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assets, exported = tmp_path / "assets", tmp_path / "exported"
    monkeypatch.setattr(weight_files, "ASSETS", assets)
    assets.mkdir()
    (assets / MANIFEST).touch()
    with pytest.raises(WeightsError, match="train them"):
        find_weights_folder(FILE, exported, "There are none: train them.")
    exported.mkdir()
    (exported / FILE).touch()
    with pytest.raises(WeightsError):
        find_weights_folder(
            FILE, exported, "There are none: a file that no list names is not used."
        )
    (exported / MANIFEST).touch()
    assert find_weights_folder(FILE, exported, "") == exported
    (assets / FILE).touch()
    assert find_weights_folder(FILE, exported, "") == assets
