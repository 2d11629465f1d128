"""Armatures: add characters, bones, rest pose, root motion in place."""
