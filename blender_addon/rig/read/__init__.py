"""Reads motion from a scene: armatures, animation, training takes, sound."""
