"""MotionINR (Cervantes et al., ECCV 2022): action-labelled motion as a function of time in seconds.

`model` and `codes` are the networks and what they are asked with, `strides` and `gait` how walks
are timed, `start` where training begins, `train` the training, `intervals`, `fitting` and
`mixtures` the conditional GMM, `export` and `weights` its file, `sample` what makes takes. May
import nerm, data and kinematics: its training loop, losses and the placing of feet are NeRM's.
"""
