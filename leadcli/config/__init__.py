"""Personal settings and the file they are kept in."""
