"""Motion and sound read from a scene: armatures, Actions and strips, training takes.

Imports `rig.action`, `rig.armature` and `rig.errors`.
"""
