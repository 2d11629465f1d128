"""A command with an option that takes several values: ``--labels walk run jump``."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

_SEVERAL = "--labels"


class MultipleValuesCommand(TyperCommand):
    """Words after the option, up to the next one, are its values."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As if the option stood before each of them."""
        told: list[str] = []
        inside = False
        for word in args:
            if word.startswith("-") and len(word) > 1:
                inside = word == _SEVERAL
                told += [] if inside else [word]
            else:
                told += [_SEVERAL, word] if inside else [word]
        return super().parse_args(ctx, told)
