"""From the output of any decoder to a take: clips, sequences, transitions, ground contact.

May import data, kinematics and protocol; models and the service import it.
"""
