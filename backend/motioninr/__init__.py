"""MotionINR: labelled motion as a function of time in seconds (Cervantes et al., ECCV 2022).

`model` has the networks, `stride_clock` and `gait` time walks in strides, `pca_start` initializes
and `train` trains. `gmm_fit` and `gmm` are the conditional GMM, `export` and `weights`
the weight file. `sampler` and `long_motions` make takes, `novelty` compares them with captures.

May import training, playback, data, kinematics and protocol.
"""
