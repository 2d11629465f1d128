"""The server process: its start, heartbeats, and its end with the parent process."""
