"""*Set Up*: the backend's own Python environment, and what it is made from.

`installer` is the state machine, `environments` the folders, `packages` what goes into one (`pins`
and `torch_builds` for a `targets.Target`), `pip` and `programs` how. Needs no bpy, and of `link`
only `environment`, `lifetime` and `errors`.
"""
