"""Armatures: bones at rest, their bone map, overrides by hand, and warnings about a rig."""
