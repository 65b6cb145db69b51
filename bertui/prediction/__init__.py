"""Reading texts with a finished network."""
