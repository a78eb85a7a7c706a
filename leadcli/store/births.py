"""Which rows of a stage become leads, and with which ids: runs of neighbours, for most rows of a file do."""

# The rows first ... last become leads, whose ids are that much higher.
BIRTHS = "CREATE TABLE scratch.births (first INTEGER PRIMARY KEY, last INTEGER, shift INTEGER)"
NEW_ID = "s.n + b.shift"


def newborn(table: str = "stage") -> str:
    """SQL for those rows `s` of a table of the stage, by n, that become leads, in order; NEW_ID is the lead's."""
    return f"births b CROSS JOIN {table} s ON s.n BETWEEN b.first AND b.last"


def born(n: str) -> str:
    """SQL for the id of the lead that row n, a new one, became."""
    return f"(SELECT {n} + b.shift FROM births b WHERE b.first <= {n} ORDER BY b.first DESC LIMIT 1)"
