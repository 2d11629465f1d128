"""Feet on the ground: contacts, the foot lock, and inverse kinematics of the legs."""
