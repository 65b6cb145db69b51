"""What every layer of the run's model does, before and after fine-tuning."""

from bertui.runs.run import HAS_MODEL
from bertui.ui import shell
from bertui.ui.answer.no_model import show_no_model
from bertui.ui.layers.page import show
from bertui.ui.layers.tour import show_tour

shell.page("Layers", "See what each layer of the model does, and what fine-tuning changed in it.")
run = shell.current_run()
if run is not None:
    shell.name_run(run)
show_tour(run)
if run is None or run.state not in HAS_MODEL:
    show_no_model(run)
else:
    show(run)
