"""Machinery of large imports: staging tables, row matching, bulk insert. Performance only, no business rules."""
