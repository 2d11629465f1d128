"""Operators that make, edit, import or export motions."""
