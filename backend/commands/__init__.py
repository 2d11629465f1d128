"""The commands of the command line, which `backend/__main__.py` joins.

May import every package of the backend; no other package imports this one.
"""
