"""The story of a run, and what stands before its first step: preparation, estimate, preview."""
