"""Authored motion: paired motion and captions, made by a program where captures are few.

`body` edits poses, `wording` writes captions; `gestures`, `gaits`, `steps`, `key_poses` and `floor`
make families of motion, and `kinds` registers their members in `catalogue`. `generate` draws clips
of all kinds and drops those that `checks` refuses. May import `data` and `kinematics`; nothing
imports it but `commands`.
"""
