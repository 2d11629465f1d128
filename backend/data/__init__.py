"""Motion data: finding it, preparing it into one file, cutting it into training sequences.

May import `backend.kinematics`; knows nothing of any model.
"""
