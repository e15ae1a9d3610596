"""The steps, each a file, each knowing the one before it."""
