"""Authored motion: paired motion and captions, made by a program where captures are few.

`motion` and `limbs` edit poses, `timing` times them, `base_clips` picks the captures to edit,
`wording` writes captions. Each module of kinds registers functions with `catalogue.authored`;
`generate` draws clips of all kinds and drops those that `checks` refuses. May import `data`,
`kinematics`; nothing imports it but `commands`.
"""
