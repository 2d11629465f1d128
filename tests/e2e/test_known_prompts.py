"""The prompts that the panel suggests, with the weights that are shipped."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from backend.service.engine.model_engine import ModelEngine
from backend.service.schema.requests import GenerateRequest

SUGGESTED = Path(__file__).resolve().parents[2] / "blender_addon" / "operators" / "known_prompts.py"


@pytest.mark.slow
def test_known_prompts_score_without_note() -> None:
    engine = ModelEngine()
    for prompt in runpy.run_path(str(SUGGESTED))["KNOWN_PROMPTS"]:
        take = engine.generate_take(
            GenerateRequest(prompt=prompt, seconds=4.0, fps=24.0, seed=1), lambda *_: None
        )
        print(f"{take.metadata['score']:.2f} {prompt}")
        assert "note" not in take.metadata, f"{prompt}: {take.metadata['note']}"
