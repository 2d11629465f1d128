"""What the default character is made from; read by `make_character.py` alone, never shipped."""
