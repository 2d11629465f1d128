"""The action labels that a model knows, and a sentence for one that it does not."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from ..schema.replies import ModelInfo
from .interface import EngineError


def check_action_label(action: str | None, known: Sequence[str]) -> None:
    """Raise EngineError, with what may have been meant, if an action is not among the known."""
    if action is None or action in known:
        return
    near = difflib.get_close_matches(action, known, n=3, cutoff=0.4)
    meant = f"did you mean {' or '.join(near)}?" if near else f"try one of {', '.join(known)}."
    raise EngineError(f'The model knows no action "{action}"; {meant}')


def check_model_and_label(model: str, action: str | None, models: Sequence[ModelInfo]) -> None:
    """Raise EngineError unless a model is among those there are, and knows an action that is asked
    of it."""
    found = next((one for one in models if one.name == model), None)
    if found is None:
        raise missing_label_model_error()
    check_action_label(action, found.actions)


def missing_label_model_error() -> EngineError:
    """What to raise where a motion is to be made by its action, and no model does that."""
    return EngineError(
        "The weights that make motions by their action are missing: install Anyframe again, or "
        "have the motion made from a prompt."
    )
