"""Experiments: each generates motion, measures it and stores a table; each declares its command."""
