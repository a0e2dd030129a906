"""A character-level language model."""
