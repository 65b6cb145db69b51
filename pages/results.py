"""How good a run is, where it errs, and what it says of a new file."""

from bertui.runs.run import HAS_MODEL
from bertui.ui import shell
from bertui.ui.answer.no_model import show_no_model
from bertui.ui.results import new_file, predictions, summary, suspicious, views, words

shell.page("Results", "How good the run is, where it errs, and whether its confidence can be trusted.")
run = shell.current_run()
if run is not None:
    shell.name_run(run)
if run is None or run.state not in HAS_MODEL:
    show_no_model(run)
else:
    with shell.showing_errors():
        suspicious.show_origin(run)
        if part := summary.choose_part(run):
            results = summary.results_of(run, part)
            summary.show_headline(results)
            summary.show_baselines(run, results)
            views.show_views(run, results)
            predictions.show_predictions(run, results)
            words.show_words_of_rows(run, results)
        suspicious.show_suspicious(run)
    new_file.predict_file(run)
