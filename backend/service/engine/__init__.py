"""The engine: the models as the service uses them, and every kind of generation.

May import ``schema`` and the models. ``interface`` is what other packages see.
"""
