"""Styles: generators learnt from a few takes, at several resolutions.

Moreno-Villamarín et al., 2024. `skeleton_graph` and `features` describe a motion to the networks
(`skeletal_conv`, `networks`, `pyramid`), which `learn` and `train` fit to a `dataset`. `style`
reads and writes the file. `conditioning` turns labels over time into control tracks, and
`sampler`, `motion_matching`, `playback` and `generator_api` turn those into takes.

May import training, playback, data, kinematics and protocol.
"""
