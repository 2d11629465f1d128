"""What a .blend file stores: every property group, and what reads or edits it."""
