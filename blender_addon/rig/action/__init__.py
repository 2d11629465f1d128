"""Actions and F-curves: keys, NLA strips, merging, and metadata stored on an action."""
