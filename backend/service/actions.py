"""The action labels that a model knows, and a sentence for one that it does not."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from .engine import EngineError


def check_action(action: str | None, known: Sequence[str]) -> None:
    """Raise EngineError, with what may have been meant, if an action is not among the known."""
    if action is None or action in known:
        return
    near = difflib.get_close_matches(action, known, n=3, cutoff=0.4)
    meant = f"did you mean {' or '.join(near)}?" if near else f"try one of {', '.join(known)}."
    raise EngineError(f'The model knows no action "{action}"; {meant}')
