"""The engine: the models as the service uses them, and every kind of generation."""
