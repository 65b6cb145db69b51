"""A tag for each token."""
