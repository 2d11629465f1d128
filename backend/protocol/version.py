"""Versions of the program and of the protocol that its two sides speak."""

PROTOCOL = 1
"""Raised when an older add-on would misread a newer backend, or the other way round."""
VERSION = "0.1.0"
"""Version of the program; the same as in pyproject.toml."""
