"""SMPL, SMPL-H and SMPL-X model files, which the user brings, to the body that Blender builds.

May import `kinematics`. Nothing is unpickled; smplx and torch are imported when a body is asked
for.
"""
