"""From a take to keys on an armature: placement, channels, then one write."""
