"""One label, or several labels, for a text."""
