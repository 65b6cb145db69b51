"""How good a run is, where it errs, and what it says of a new file."""

from bertui.runs.run import HAS_MODEL
from bertui.ui import results_file, results_rows, results_summary, results_views, sentence_view, shell

shell.page("Results", "How good the run is, where it errs, and whether its confidence can be trusted.")
run = shell.current_run()
if run is not None:
    shell.name_run(run)
if run is None or run.state not in HAS_MODEL:
    sentence_view.show_no_model(run)
else:
    with shell.showing_errors():
        if part := results_summary.choose_part(run):
            results = results_summary.results_of(run, part)
            results_summary.show_headline(results)
            results_summary.show_baselines(run, results)
            results_views.show_views(run, results)
            results_rows.show_predictions(run, results)
    results_file.predict_file(run)
