"""Motions: generate, sample again, resample, import, export, review, history."""
