"""What the app has once, however many pages are open: server, process, names it answers to."""
