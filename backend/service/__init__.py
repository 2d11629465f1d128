"""The backend as a service: HTTP in front, one worker thread behind it.

``schema`` defines requests and replies, ``queue`` orders and runs jobs, ``engine`` holds the
models, ``api`` is the HTTP application, and ``process`` starts and ends the server. Imports:
``queue`` and ``engine`` use ``schema``; ``queue`` and ``api`` use of ``engine`` its interface
alone; ``api`` uses ``queue``; ``process`` uses ``api`` and loads the engine by name. So only
``engine`` imports torch, in the worker thread, after the handshake.
"""
