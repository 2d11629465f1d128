"""Operators that learn styles, use them and manage their files."""
