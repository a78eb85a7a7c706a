"""Days and moments: what people write for them, and exact forms."""
