"""Leads: created, changed, deleted, listed, shown."""
