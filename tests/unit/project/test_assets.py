"""Shipped weights: each file listed, described in the model card, and small."""

import pytest
from safetensors import safe_open

from backend.training.weight_files import ASSETS, read_manifest, verified_path

FILES = sorted(path.name for path in ASSETS.glob("*.safetensors"))
MIB = 2**20


def test_asset_manifest_entries_exist():
    assert sorted(read_manifest(ASSETS)) == FILES
    assert FILES


@pytest.mark.parametrize("name", FILES)
def test_weight_file_matches_manifest(name: str):
    path = verified_path(ASSETS, name, read_manifest(ASSETS))
    assert path.stat().st_size <= 16 * MIB
    assert name in (ASSETS / "MODEL_CARD.md").read_text(encoding="utf-8")
    entry = read_manifest(ASSETS)[name]
    assert entry["licence"] and entry["steps"] > 0 and entry["sequences"] > 0
    with safe_open(path, framework="pt") as archive:
        kinds = {str(archive.get_tensor(key).dtype) for key in archive.keys()}  # noqa: SIM118
    assert "torch.float16" in kinds


def test_assets_stay_below_size_limit():
    assert sum((ASSETS / name).stat().st_size for name in FILES) <= 48 * MIB
