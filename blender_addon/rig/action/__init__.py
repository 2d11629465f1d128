"""Actions: F-curves, keys, NLA strips, merging, root motion, and metadata stored on an action.

Imports nothing of the add-on but `rig.errors`.
"""
