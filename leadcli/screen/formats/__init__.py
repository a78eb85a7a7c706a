"""The formats of lists, cards and reports."""
