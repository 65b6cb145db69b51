"""One text: what the model says of it, and which words made it say so."""

from bertui.runs.run import HAS_MODEL
from bertui.ui import shell
from bertui.ui.answer.no_model import show_no_model
from bertui.ui.sentence.page import show

shell.page("Sentence", "Type a text and see what the model answers, and which words moved it.")
run = shell.current_run()
if run is not None:
    shell.name_run(run)
if run is None or run.state not in HAS_MODEL:
    show_no_model(run)
else:
    show(run)
