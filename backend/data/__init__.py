"""Motion data: found by `sources`, stored by `prepare`, cut into training data by `sequences`.

`motion_set` is the file, `features` the pose rows, `caption_templates` and `motion_captions` the
texts. May import kinematics and protocol.
"""
