"""The network: backbone, features, head, and how it is saved."""
