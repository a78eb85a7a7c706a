"""Rows of text cells to values of leads, by the million."""
