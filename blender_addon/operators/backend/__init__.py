"""The backend: set-up, connection, memory, cancelling jobs."""
