"""What one cell, or the cells of one column, hold: words, numbers, lists, tags, nothing."""
