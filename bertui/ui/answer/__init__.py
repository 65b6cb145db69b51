"""A model's answer on any page: how it is drawn, and which words moved it."""
