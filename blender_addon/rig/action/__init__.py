"""Actions: F-curves, keys, NLA strips, merging, root motion, and metadata stored on an action."""
