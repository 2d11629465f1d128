"""Operators that edit armatures, or add characters."""
