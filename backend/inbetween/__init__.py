"""What a body does between key poses: a spline bent by what was learnt from captures.

NeRM's idea, on the scale of the gap between two keys: a motion is a continuous function of time,
conditioned on the keys around it, and it is looked at wherever frames are wanted. The keys
themselves are never changed: what the network adds lives between them and vanishes in them, with
its velocity in step from gap to gap.
"""
