"""Edits of a motion: transitions, body parts, arm gestures and holds."""
