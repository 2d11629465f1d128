"""Armatures: bones at rest, bone map, bone overrides, custom rest pose, checks and warnings."""
