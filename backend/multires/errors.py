"""What can be wrong with a style, the takes it is learnt from, or what is asked of it."""

from __future__ import annotations


class StyleError(ValueError):
    """A style cannot be learnt, read or used as asked; the text is a sentence for the user."""
