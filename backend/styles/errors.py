"""What can be wrong with a style, the takes it is learnt from, or what is asked of it."""

from ..protocol.style_file import StyleError

__all__ = ["StyleError"]
