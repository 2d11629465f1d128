"""Rigs at rest: their bones, and which bone plays which joint of the body."""
