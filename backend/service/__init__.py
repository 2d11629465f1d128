"""The backend as a service: HTTP in front, one worker thread behind it.

``wire`` says what travels, ``engine`` what a model must be able to do, ``jobs`` runs the work,
``app`` answers requests, ``child`` is the process. May import ``kinematics``; never imports torch:
the engine is loaded by name, in the worker thread, after the process has said hello.
"""
