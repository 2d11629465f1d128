"""Load the user's SMPL, SMPL-H and SMPL-X model files as the body that Blender builds.

Nothing is unpickled; smplx and torch are imported on first use. May import kinematics and protocol.
"""
