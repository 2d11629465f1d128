"""Rivals trained on the same data, at 20 fps and with frames as their output, as published.

They exist to be measured beside NeRM and are never shipped. May import `text`, `data`, NeRM's
diffusion, denoiser and training loop, and `kinematics`; imported by `evaluation` and `commands`.
"""
