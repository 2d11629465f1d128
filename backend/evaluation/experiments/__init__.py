"""Experiments: each generates motion, measures it and keeps a table."""
