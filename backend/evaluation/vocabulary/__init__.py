"""Prompts in everyday words, with checks on the joints that a motion shows what each says."""
