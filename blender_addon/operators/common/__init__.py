"""Mixins, errors and lists that all operators share. May import `scene`, `rig` and `link`."""
