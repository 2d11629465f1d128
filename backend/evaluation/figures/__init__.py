"""Pictures of motion for people to look at."""
