"""Previews of a motion on a rig before it is applied."""
