"""Import, export, mail in, duplicates."""
