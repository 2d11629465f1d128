"""What the training of every model shares: runs and checkpoints, several processes, weight files.

It knows no model. Models import it, never the other way round.
"""
