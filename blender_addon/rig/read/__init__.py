"""Motion and sound read from a scene: armatures, Actions and strips, training takes."""
