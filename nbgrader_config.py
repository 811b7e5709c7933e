"""Settings of the course, for nbgrader and for raisin alike. Read by every command; plain Python."""

from pathlib import Path

import raisin

c = get_config()  # noqa: F821  nbgrader defines it where it reads this file
root = Path(__file__).absolute().parent

# --- The course ---------------------------------------------------------------------------------------------------
# Where students find it: organisation/repository on GitHub. `raisin release` puts it into badges and install cells.
c.Course.repository = "example-university/raisin"
c.Course.branch = "main"
# Notebooks that nobody has to hand in: never listed as missing.
c.Course.optional = ["08-modules-and-minibatches", "09-lenet"]
# Who takes part: a Canvas gradebook export, or a table with student_id, name, email, group (docs/instructor.md). Used
# where it is there; columns like "due 04" hold days or dates for those who have longer.
c.Course.roster = "roster.csv"
# Canvas's list of groups (People, Groups, Export), where the roster does not say who works together.
c.Course.groups = "groups.csv"
# When notebooks are due, e.g. {"04-backward": "2026-11-02 23:59 Europe/Berlin"}; else what formgrader was told.
c.Course.due = {}
# For `raisin export`, docs/instructor.md: which column of Canvas is whose, where the names do not tell
# ({"02": "Tensors (4711)"}); points on another scale or as words ({"*": 10}); one grade for all notebooks.
c.Course.canvas_titles = {}
c.Course.scale = {}
c.Course.grade = {}
# What the checks' numbers are drawn with at grading. "" makes one at first use and keeps it in .raisin/secret (not in
# git): copy that file when the course moves to another machine, so that nobody's points change.
c.Course.secret = ""
# Students' code runs in a sandbox (docs/architecture.md). False, or `raisin grade --no-sandbox`: it may do as you do.
c.Course.sandbox = True
# Where students use torch. In the other notebooks' kernels there is none, so that it cannot do their work.
c.Course.torch_notebooks = ["01-torch-regression", "07-training-study"]
# What one kernel may take; memory_mb is for each process, total_mb for all of them and the files they write together.
c.Sandbox.memory_mb = 4096
c.Sandbox.total_mb = 3072
c.Sandbox.disk_mb = 256
c.Sandbox.processes = 64
c.Sandbox.cpu_seconds = 900

c.CourseDirectory.course_id = "raisin"
# The timeout lets several graders write at the same time.
c.CourseDirectory.db_url = f"sqlite:///{root / 'gradebook.db'}?timeout=60"
# A notebook stands alone: on Colab it has no neighbours. So only notebooks are released, and only notebooks are taken
# from a submission (a submitted numpy.py would hide the real one), with the two files in which nbgrader's exchange says
# when it came and whose feedback it is. The patterns leave what ends as .ipynb, stamp.txt or _secret.txt, and folders.
c.CourseDirectory.ignore = [
    *(".*", "__pycache__", "*.*[!bt]", "*.t", "*.*[!x]t", "*.xt", "*.*[!t]xt", "*[!pt].txt", "secret.txt"),
    *("*[!m]p.txt", "*[!a]mp.txt", "*[!t]amp.txt", "*[!s]tamp.txt"),
    *("*[!e]t.txt", "*[!r]et.txt", "*[!c]ret.txt", "*[!e]cret.txt", "*[!s]ecret.txt", "*[!_]secret.txt"),
]

# --- From source/ to release/ -------------------------------------------------------------------------------------
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}
c.ClearSolutions.text_stub = "*YOUR ANSWER HERE: replace this line by a few sentences.*"
# nbgrader's own list, with the course's repository filled in before anything is recorded.
c.GenerateAssignment.preprocessors = [
    "nbgrader.preprocessors.IncludeHeaderFooter",
    "nbgrader.preprocessors.InstantiateTests",
    "raisin.grading.release.FillCourse",
    "nbgrader.preprocessors.LockCells",
    "nbgrader.preprocessors.ClearSolutions",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.CheckCellMetadata",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.SaveCells",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbgrader.preprocessors.ClearMarkScheme",
    "nbgrader.preprocessors.ComputeChecksums",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# --- From submitted/ to autograded/ -------------------------------------------------------------------------------
# nbgrader's own list, but first every notebook is laid on the release (copied, deleted and converted cells, lost
# metadata and odd formats are put right), and the outputs of cells tagged study-run stay as they were handed in.
c.Autograde.sanitize_preprocessors = [
    "raisin.grading.preprocess.Rebuild",
    "raisin.grading.preprocess.ClearOutputButStudies",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# nbgrader's own list, but our Execute: each check of a test cell counts for itself, on numbers drawn with the course's
# secret; and what fails on a student's own earlier parts is tried on the course's.
c.Autograde.autograde_preprocessors = [
    "raisin.grading.execute.Execute",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# Seconds a cell may run, unless the source says otherwise in its metadata ("raisin": {"seconds": 60}): an endless loop
# costs this much, and no points elsewhere.
c.Execute.timeout = 30
# Seconds for all cells of a notebook together; what comes after them has one each.
c.Execute.notebook_seconds = 300
# Nothing is worth saving in a kernel that has run: a sixth of the time of a submission went into polite goodbyes.
c.Execute.shutdown_kernel = "immediate"

# What coming late costs: nothing, because Canvas may have a policy of its own, and both would count. A tenth of the
# points for every day begun, at most half, the first quarter of an hour free (docs/instructor.md):
# c.AssignLatePenalties.plugin_class = "raisin.grading.late.ShareADay"
# c.ShareADay.share, c.ShareADay.most, c.ShareADay.grace_minutes = 0.1, 0.5, 15

# --- From autograded/ to feedback/ --------------------------------------------------------------------------------
# The page that `raisin feedback` makes, by nbgrader's own command too: nbgrader's shows the hidden tests.
c.GenerateFeedback.exporter_class = "raisin.grading.feedback.FeedbackExporter"
c.GenerateFeedback.preprocessors = []

# --- Formgrader ---------------------------------------------------------------------------------------------------
# The rubric above each written answer, names taken out, and nothing of a student's that could run in your browser.
c.HTMLExporter.preprocessors = ["raisin.grading.formgrader.GradingPage"]
c.HTMLExporter.filters = {"markdown2html": "raisin.grading.formgrader.markdown"}
c.HTMLExporter.template_file = str(Path(raisin.__file__).parent / "grading" / "formgrader.html.j2")
