"""Motion between key poses: a spline with corrections that were learnt from captures.

NeRM's idea at the scale of the gap between two keys: motion is a continuous function of time,
conditioned on the surrounding keys, and can be evaluated at any frame. Keys never change: the
network's correction and its velocity are zero at them, and velocities agree from gap to gap. May
import training, data, kinematics and protocol.
"""
