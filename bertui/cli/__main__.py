"""``python -m bertui.cli`` is ``bertui``."""

from bertui.cli.entry import main

main()
