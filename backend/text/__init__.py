"""Prompts to token embeddings; imports nothing of ours."""
