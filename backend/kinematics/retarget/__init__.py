"""Retargeting between the SMPL body and any rig, in both directions."""
