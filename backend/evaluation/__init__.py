"""Measures of motion and the tables made of them. May import every model, imported by none."""
