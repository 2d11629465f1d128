"""Keyframes: channels as F-curves store them, sparse keys, motion through given keys."""
