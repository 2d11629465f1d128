"""Text–motion embedder: motions and prompts as unit vectors, close where they match.

After TMR (Petrovich et al., ICCV 2023). It scores candidates, measures novelty and is the space of
the evaluation metrics. `frame_features`, `encoders` and `embedder` use it; `augmentation`,
`captions`, `train` and `export` make it.

May import training, data, text, kinematics and protocol; `nerm_retrieval` also nerm.
"""
