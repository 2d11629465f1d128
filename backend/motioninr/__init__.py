"""MotionINR (Cervantes et al., ECCV 2022): action-labelled motion as a function of time in seconds.

`model` and `codes` are the networks and what they are asked with, `start` where training begins,
`train` the training, `intervals` and `mixtures` the conditional GMM, `weights` its file, `sample`
what makes takes. May import nerm, data and kinematics: its training loop, losses and the placing of
feet are NeRM's.
"""
