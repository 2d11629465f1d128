"""Requests and replies of the HTTP service, as pydantic models and data classes.

May import ``protocol`` and ``kinematics``.
"""
