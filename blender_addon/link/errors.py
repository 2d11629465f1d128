"""Errors of the link to the backend."""


class JobError(Exception):
    """A job cannot be done; the text is a sentence with the reason and the remedy."""


class BackendError(JobError):
    """The backend cannot be reached or started, or refuses a request."""


class JobCancelledError(Exception):
    """The user stopped the job; nothing is shown."""
