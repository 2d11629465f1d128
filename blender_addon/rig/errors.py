"""Errors about an armature."""


class RigError(Exception):
    """Something cannot be done with an armature; the text is a sentence for the user."""
