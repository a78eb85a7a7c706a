"""Text and its values, without I/O: dates, money, phones, match keys, word lists."""
