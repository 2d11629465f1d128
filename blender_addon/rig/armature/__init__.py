"""Armatures: bones at rest, bone map, bone overrides, custom rest pose, checks and warnings.

Imports `rig.action` and `rig.errors`.
"""
