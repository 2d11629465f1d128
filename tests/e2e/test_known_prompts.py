"""The prompts that the panel suggests, with the weights that are shipped."""

import ast
from pathlib import Path

import pytest

from backend.service.engine.model_engine import ModelEngine
from backend.service.schema.requests import GenerateRequest

SOURCE = Path(__file__).resolve().parents[2] / "blender_addon" / "scene" / "prompt_suggestions.py"


def suggested_prompts() -> tuple[str, ...]:
    """KNOWN_PROMPTS of a module that only Blender can import."""
    for node in ast.parse(SOURCE.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "KNOWN_PROMPTS":
            return ast.literal_eval(node.value)
    raise AssertionError(f"{SOURCE} has no KNOWN_PROMPTS")


@pytest.mark.slow
def test_known_prompts_score_without_note() -> None:
    engine = ModelEngine()
    for prompt in suggested_prompts():
        take = engine.generate_take(
            GenerateRequest(prompt=prompt, seconds=4.0, fps=24.0, seed=1), lambda *_: None
        )
        print(f"{take.metadata['score']:.2f} {prompt}")
        assert "note" not in take.metadata, f"{prompt}: {take.metadata['note']}"
