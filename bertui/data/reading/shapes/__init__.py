"""Files whose rows or columns are not those of a table that a task takes: one file for each shape."""
