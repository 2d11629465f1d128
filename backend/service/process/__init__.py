"""The server process: its start, heartbeats, and its end with the parent process.

May import ``api`` and, when the engine is loaded, ``engine``.
"""
