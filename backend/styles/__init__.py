"""A generative model of a few takes at several resolutions (Moreno-Villamarín et al., 2024).

A *style* is what was learnt from some takes: generators from coarse to fine, each told at every
frame which labels are wanted. `body` and `features` say what a motion is to the networks, `layers`,
`film` and `networks` are what they are made of, `pyramid` the resolutions, `examples`, `losses` and
`train` the learning, `style` the file, `tracks` and `controls` what can be asked for, `sample` and
`blend` the way to a take. May import nerm (training runs, how motions are played), data and
kinematics.
"""
