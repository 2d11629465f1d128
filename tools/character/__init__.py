"""Shape, skin and panels of the default character; used by `make_character.py` alone."""
