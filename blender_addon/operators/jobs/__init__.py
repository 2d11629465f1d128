"""Jobs as operators see them: their requests, results, history and review."""
