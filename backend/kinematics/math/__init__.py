"""Mathematics without a body: rotations, splines, curve fitting, filters of signals."""
