"""Operators that set up the backend, connect to a remote one, or cancel jobs."""
