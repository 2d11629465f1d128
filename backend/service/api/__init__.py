"""The HTTP application: routes, access checks, uploads, and the function for each request.

May import ``schema``, ``queue`` and the interface of ``engine``.
"""
