"""Reports, score and history."""
