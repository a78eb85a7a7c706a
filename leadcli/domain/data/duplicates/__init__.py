"""Duplicates: found, reviewed, merged."""
