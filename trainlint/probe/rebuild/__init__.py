"""From facts to a network that can be built and trained."""
