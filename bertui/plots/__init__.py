"""Pure functions: result -> plotly figure."""
