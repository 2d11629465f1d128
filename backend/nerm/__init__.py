"""NeRM (Wei et al., ICLR 2024): motion as a variational implicit neural representation, and latent
diffusion over its codes.

Stage 1 (`inr`, `train_inr`) gives each training sequence a normal distribution over codes z and one
decoder f(t, z, duration) that poses the body at any time. Stage 2 (`denoiser`, `train_diffusion`)
learns to draw codes for a text, an action label or nothing. May import data, text and kinematics.
"""
