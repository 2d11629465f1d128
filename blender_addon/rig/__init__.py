"""Armatures, bones and F-curves: the only files of the add-on that touch them.

`rest` and `mapping` say what an armature is, `apply` puts a take on it, `read` takes one off it,
`character` makes one, and `versions` knows how Blender's versions differ. They use
`backend.kinematics` and nothing else of the add-on.
"""
