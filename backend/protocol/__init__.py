"""The contract between the add-on and the backend: versions, limits and file formats.

Both sides import it, so it uses the standard library and numpy alone, and no other package of ours.
"""
