"""Moves of the whole body by key poses of a right-handed person, mirrored half the time."""
