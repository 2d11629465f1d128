"""Shapes that show a rig's motion without the rig: a figure of joints and limbs, capsules."""
