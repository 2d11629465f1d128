"""The link to the backend: child process, HTTP, jobs, *Set up*, and files in the user's folder.

`files`, `process`, `http` and `setup` work without bpy and are tested without Blender; `session`
connects them to Blender. May import `backend.protocol`, the standard library and requests.
"""
