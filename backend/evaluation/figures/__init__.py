"""Pictures of motion for inspection by eye, with their commands."""
