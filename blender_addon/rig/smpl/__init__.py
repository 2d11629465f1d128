"""Characters that the add-on makes: the default one, SMPL bodies, shapes and correctives."""
