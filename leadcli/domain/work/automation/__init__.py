"""Rules and hooks: what the desk does by itself."""
