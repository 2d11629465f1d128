"""Captured gaits, edited: strides, steps, posture and arms, with feet planted again."""
