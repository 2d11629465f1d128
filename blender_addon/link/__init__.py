"""The only files that know the backend: the child process, HTTP, the queue of jobs, *Set up*.

Nothing here sees a bone. All but `session` works without bpy, so that it is tested without Blender;
the package imports the standard library, requests and nothing of ours.
"""


def register() -> None:
    """Hook the backend's session into Blender."""
    from . import session  # the one file here that needs bpy

    session.register()


def unregister() -> None:
    """Unhook it and stop the backend."""
    from . import session

    session.unregister()
