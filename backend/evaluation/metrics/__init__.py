"""Metrics of motion, as their papers define them. May import `generators`, but no experiment."""
