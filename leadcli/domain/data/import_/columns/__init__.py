"""Which column of a file feeds which field."""
