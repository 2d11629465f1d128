"""What the command line does: one file for each command, joined in ``backend/__main__.py``.

May import every room of the backend; nothing imports these.
"""
