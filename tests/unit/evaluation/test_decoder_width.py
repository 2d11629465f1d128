"""Decoders of other widths stand in for the shipped one, and are timed in its place."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from backend.evaluation.experiments.speed import (
    VARIATIONS,
    compare_widths,
    write_resized_weights,
)
from backend.kinematics.body.take import Take
from backend.nerm.weights import load_weights


def test_write_resized_weights_copies_linear_part(tmp_path: Path):
    folder = tmp_path / "narrow"
    parameters = write_resized_weights(48, folder)
    narrow, shipped = load_weights(folder).decoder, load_weights().decoder
    assert narrow.config.width == 48
    assert parameters == sum(p.numel() for p in narrow.parameters())
    assert parameters < sum(p.numel() for p in shipped.parameters())
    times, z = torch.linspace(0, 4, 50)[None], load_weights().retrieval.codes[:1]  # pyright: ignore
    rows, touching = narrow(times, z, torch.tensor([4.0]))
    whole = shipped(times, z, torch.tensor([4.0]))[0]
    alone = shipped.row_mean.expand_as(whole)
    assert (rows - whole).square().mean() < 0.5 * (alone - whole).square().mean()
    assert touching.isfinite().all()


def test_compare_widths_times_both_calls_of_each_width(monkeypatch: pytest.MonkeyPatch):
    def counted(calls: dict[str, Callable[[], list[Take]]], rounds: int) -> dict[str, float]:
        assert rounds == 3
        return {name: float(len(call())) for name, call in calls.items()}

    monkeypatch.setattr("backend.evaluation.experiments.speed.median_seconds", counted)
    one, other = compare_widths([24, 40], 3)
    assert (one.width, other.width) == (24, 40)
    assert one.parameters < other.parameters
    assert (
        (one.single_seconds, one.variations_seconds)
        == (other.single_seconds, other.variations_seconds)
        == (1, VARIATIONS)
    )
