"""The writer of a desk: operations, changes, undo, and what is derived from the data."""
