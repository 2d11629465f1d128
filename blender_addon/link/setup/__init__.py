"""*Set Up*: the backend's Python environment.

`installer` is the state machine, `environments` the folders, `packages` the contents (`pins` for an
`InstallTarget`); `pip`, `venvs` and `programs` do the work. Needs no bpy. Of `link` it imports
`process.subprocesses` and `errors`.
"""
