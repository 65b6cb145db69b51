"""What every layer of a person's own model does: one file for each view, on models and arrays alone."""
