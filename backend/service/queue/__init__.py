"""The job queue: order of jobs, the thread that runs them, their results and lifetimes.

May import ``schema`` and the interface of ``engine``.
"""
