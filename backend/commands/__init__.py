"""Implementation of the commands that `backend/__main__.py` declares.

May import every package of the backend; no other package imports this one.
"""
