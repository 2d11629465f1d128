"""Anyframe's generation backend: what runs in the child process, with `kinematics` shared by both sides."""
