"""The contract between the add-on and the backend. Both sides import it.

Modules here import the standard library and numpy alone: they run in Blender's Python, too.
"""
