"""Measures of generated motion, as their papers define them."""
