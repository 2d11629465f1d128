"""Baselines trained on the same data, with frames at 20 fps as their output, as published.

They are measured beside NeRM and never shipped. May import nerm (denoiser, diffusion, conditions),
training, text, data and kinematics; imported by evaluation and commands.
"""
