"""Characters that the add-on makes: the default one, and SMPL bodies."""
