"""The one SQLite file of a desk: nobody outside this package knows how it is written."""
