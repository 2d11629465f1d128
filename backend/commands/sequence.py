"""``sequence``: several prompts and actions in a row to one take file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..console import report_errors
from ..protocol.limits import LimitError
from ..service.schema.requests import Block, SequenceRequest, make_request
from .takes import check_output, progress_bar, save_and_report

_FIELD = re.compile(r"(\w+)\s*=")
"""Of a block: "action=" before a label; words have none."""


def generate_sequence(
    output: Path, blocks: Sequence[str], seed: int, blend: float, **fields: Any
) -> None:
    """Generate several motions, each passing into the next, and write them as one file.

    Args:
        output: ``.npz`` or ``.bvh``.
        blocks: each "PROMPT:SECONDS" or "action=LABEL:SECONDS".
        seed: of the first; each other's is one more than the one's before.
        blend: seconds that each takes to pass into from the one before.
        fields: of the `SequenceRequest`.
    """
    with report_errors():
        check_output(output)
        read = [
            make_request(Block, **_parse_block(text), seed=seed + n, blend=blend)
            for n, text in enumerate(blocks)
        ]
        request = make_request(SequenceRequest, blocks=read, **fields)
        # torch takes a second to import: a mistyped request is answered before that.
        from ..service.engine.model_engine import ModelEngine

        with progress_bar() as progress:
            take = ModelEngine().generate_sequence(request, None, progress)
        save_and_report(take, output)


def _parse_block(text: str) -> dict[str, Any]:
    """A block as fields of the request; LimitError if it is written otherwise."""
    what, _, told = text.rpartition(":")
    try:
        seconds = float(told)
    except ValueError as error:
        raise LimitError(
            'A block is its words or its action, and its seconds, such as "walks forward:3" or '
            f'"action=jump:2"; "{text}" has no number of seconds behind a colon.'
        ) from error
    named = _FIELD.search(what)
    if named is None:
        return {"prompt": what.strip(), "seconds": seconds}
    if named[1].lower() != "action":
        raise LimitError(
            'A block is words or an action, such as "walks forward:3" or "action=jump:2"; '
            f'"{text}" is neither: write it without "{named[1]}=".'
        )
    if what[: named.start()].strip():
        raise LimitError(
            f'A block is words or an action, and "{text}" is both: make two blocks of it, or '
            "leave out one."
        )
    label = what[named.end() :].strip()
    return {"model": "motioninr", "action": label, "seconds": seconds}
