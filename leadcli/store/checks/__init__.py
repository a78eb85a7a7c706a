"""Whether a file is sound: damage, missing parts, impossible values, SQL of a stranger."""
