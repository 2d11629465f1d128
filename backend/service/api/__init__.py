"""The HTTP application: routes, access checks, uploads, and which request runs which code."""
