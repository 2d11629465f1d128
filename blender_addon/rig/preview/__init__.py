"""Previews of a motion on a rig before it is applied.

Imports `rig.action`, `rig.armature`, `rig.apply` and `rig.errors`.
"""
