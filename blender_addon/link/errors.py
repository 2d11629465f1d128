"""What can go wrong between Blender and the backend."""


class JobError(Exception):
    """A job cannot be done; the text is a sentence that says why and what to do."""


class BackendError(JobError):
    """The backend cannot be reached, cannot be started or refuses."""


class JobCancelledError(Exception):
    """The user stopped the job; not an error to be shown."""
