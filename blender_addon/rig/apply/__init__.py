"""A take onto an armature: retarget and place it, plan its channels, then write them at once."""
