"""From the output of any decoder to a take: clips, sequences, transitions, contact with the ground.

Models and the service import it. It imports `kinematics` and `data` only.
"""
