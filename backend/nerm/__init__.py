"""NeRM (Wei et al., ICLR 2024): variational implicit neural representation of motion, and latent
diffusion over its codes.

Stage 1 (`inr`, `train_inr`) gives each training sequence a normal distribution over codes z, and
all sequences one decoder f(t, z, duration) that returns a pose at any time. Stage 2 (`denoiser`,
`train_diffusion`) learns to sample codes for a text, a label or nothing. May import training,
playback, data, text, kinematics and protocol.
"""
