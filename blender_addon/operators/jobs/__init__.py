"""Submission of jobs, and the state of the review. May import `common`."""
