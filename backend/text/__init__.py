"""Prompts: token embeddings, and compound prompts. Imports nothing of ours."""
