"""The full-text index as a whole."""
