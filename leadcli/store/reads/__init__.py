"""Reading statements: records, timelines, counts, totals, health."""
