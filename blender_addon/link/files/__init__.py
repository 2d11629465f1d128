"""Files of the user beside Blender's own: the style library, and tokens of remote backends."""
