"""Readers of files: bytes to rows of text cells."""
