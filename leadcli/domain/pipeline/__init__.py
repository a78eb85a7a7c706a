"""The pipeline: moves, board, whom to contact next, conversion."""
