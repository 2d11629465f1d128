"""Training of every model: runs and checkpoints, trainers, codes, several processes, weight files.

May import data, kinematics and protocol; every model imports it.
"""
