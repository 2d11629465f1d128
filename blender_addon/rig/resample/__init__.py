"""Resampling of existing animation: read its key poses, fill in between them, write new keys."""
