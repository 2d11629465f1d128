"""HTTP with a backend: client, connection, the worker thread and its jobs."""
