"""What a desk holds: records, fields, value kinds, and the values every list and report returns."""
