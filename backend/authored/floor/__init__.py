"""Motion by key poses with hands, knees and feet planted on the floor."""
