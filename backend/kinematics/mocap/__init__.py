"""Motion-capture files: BVH, raw captures, and rest poses found in their motion."""
