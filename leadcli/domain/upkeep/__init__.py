"""The desk itself: made, checked, mended, its fields and choice lists."""
