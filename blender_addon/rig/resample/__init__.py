"""Resamples an existing animation through its keys."""
