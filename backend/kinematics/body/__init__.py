"""The SMPL body: its skeleton, its shape, and the take, the file of one motion."""
