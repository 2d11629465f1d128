"""Anyframe's generation backend: what runs in the child process.

`kinematics` alone is used inside Blender too.
"""
