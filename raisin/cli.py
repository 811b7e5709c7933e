"""The command ``raisin VERB``: one function a verb, no logic. What is slow to import is imported in the verbs."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status: 0 done, 1 done but a person must look, 2 it could not be done."""
    arguments = _parser().parse_args(argv)
    from raisin.grading import start_quickly
    from raisin.grading.errors import RaisinError, is_of_gradebook, not_usable

    start_quickly()
    try:
        status: int = arguments.run(arguments)
    except RaisinError as error:
        print(f"raisin: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("raisin: interrupted; the same command goes on where it stopped", file=sys.stderr)
        return 130
    except Exception as error:
        if not is_of_gradebook(error):
            raise
        print(f"raisin: {not_usable(error)}", file=sys.stderr)
        return 2
    return status


def release(arguments: argparse.Namespace) -> int:
    from raisin.grading import course, release, terminal

    here = course.open_course()
    if arguments.check:
        lines = release.differences(here)
        print("\n".join(lines) or "release/ is what source/ gives, byte for byte")
        return 1 if lines else 0
    for path in release.release(here, arguments.notebook):
        print(terminal.printable(os.path.relpath(path)))
    for warning in release.warnings(here):
        print(f"raisin: warning: {warning}", file=sys.stderr)
    return 0


def collect(arguments: argparse.Namespace) -> int:
    from raisin.grading import course, intake, links, receipts

    fetch = None if arguments.no_links else links.fetch
    about = {"roster_file": arguments.roster, "fetch": fetch, "times": arguments.times, "only": arguments.notebook}
    return receipts.show(intake.collect(course.open_course(), *arguments.path, **about))


def grade(arguments: argparse.Namespace) -> int:
    from raisin.grading import course, engines

    here = course.open_course()
    if arguments.no_sandbox:
        here.sandbox = False
    if arguments.dry_run:
        from raisin.grading import plan, progress

        progress.would(plan.make(here, arguments.notebook, arguments.student, force=arguments.force))
        return 0
    engine = engines.opened(arguments.engine, arguments.jobs, shut_in=here.sandbox)
    try:
        if isinstance(engine, engines.Local) and here.sandbox:
            engine.begin()  # while nbgrader is imported
        from raisin.grading import autograde, plan, progress, settle

        settle()
        planned = plan.make(here, arguments.notebook, arguments.student, force=arguments.force)
        if not here.sandbox:
            print(f"raisin: warning: {autograde.NO_SANDBOX}", file=sys.stderr)
        return progress.show(progress.run(here, planned, engine))
    finally:
        engine.close()


def status(arguments: argparse.Namespace) -> int:
    from raisin.grading import course, plan, progress

    here = course.open_course()
    return progress.status(here, plan.make(here, arguments.notebook, arguments.student))


def grades(arguments: argparse.Namespace) -> int:
    from raisin.grading import course, grades, late

    here = course.open_course()
    late.settle_if_free(here)
    rows = grades.read(here, arguments.notebook)
    if arguments.csv is not None:
        grades.write_csv(rows, arguments.csv)
    grades.show(here, rows)
    return 0


def feedback(arguments: argparse.Namespace) -> int:
    from raisin.grading import course, feedback

    here = course.open_course()
    return feedback.show(feedback.write_class(here, arguments.notebook, arguments.student))


def export(arguments: argparse.Namespace) -> int:
    from raisin.grading import course, export

    here, names = course.open_course(), arguments.notebook
    about = {"into": arguments.into, "to": arguments.to, "given": arguments.roster}
    ready = export.export(here, names, missing_as_zero=arguments.missing_as_zero, **about)
    return export.run(here, names, ready, dry_run=arguments.dry_run)


def return_(arguments: argparse.Namespace) -> int:
    from raisin.grading import course, returning

    return returning.show(list(returning.give_back(course.open_course(), arguments.notebook, pdf=arguments.pdf)))


def report(arguments: argparse.Namespace) -> int:
    from raisin.grading import course, report, terminal

    here = course.open_course()
    path = report.write(here, report.read(here, arguments.notebook))
    print(terminal.printable(f"{os.path.relpath(path)}, and the tables behind it beside it"))
    return 0


def print_(arguments: argparse.Namespace) -> int:
    from raisin.grading import course, printouts

    files = [Path(name) for name in arguments.what if name.endswith(".ipynb")]
    names = [name for name in arguments.what if not name.endswith(".ipynb")]
    status = printouts.show(printouts.print_files(files, arguments.to)) if files else 0
    if names or not files:
        here = course.open_course()
        sheets = printouts.print_class(here, names, student=arguments.student, feedback=not arguments.as_handed_in)
        status = max(status, printouts.show(sheets))
    return status


def doctor(arguments: argparse.Namespace) -> int:
    from raisin.grading import doctor

    return doctor.show(doctor.examine(arguments.file, arguments.notebook, arguments.release), arguments.to)


def data(arguments: argparse.Namespace) -> int:
    from raisin import download

    print(download.obtain(arguments.path, Path.cwd()))
    return 0


def demo(arguments: argparse.Namespace) -> int:
    from raisin.grading import course, demo

    return demo.run(course.open_course(), arguments.folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="raisin", description="Release, collect and grade the notebooks of a course.")
    verbs = parser.add_subparsers(metavar="VERB", required=True)

    verb = verbs.add_parser("release", help="make what students get: release/ and dist/")
    verb.add_argument("notebook", nargs="*", help="only these (04 is enough for 04-backward)")
    verb.add_argument("--check", action="store_true", help="only say whether release/ is up to date")
    verb.set_defaults(run=release)

    verb = verbs.add_parser("collect", help="take what was handed in: a zip from Canvas, FOLDER/STUDENT/…, files")
    verb.add_argument("path", type=Path, nargs="+", metavar="PATH", help="zips, folders, notebooks")
    verb.add_argument("--roster", type=Path, metavar="FILE", help="a Canvas gradebook export, or a table of students")
    verb.add_argument(
        "--times",
        default="",
        metavar="files|FILE",
        help="when it was handed in: as these files say, or a table",
    )
    verb.add_argument("--notebook", action="append", default=[], help="only this one; others are listed, not taken")
    verb.add_argument("--no-links", action="store_true", help="do not fetch notebooks that were handed in as links")
    verb.set_defaults(run=collect)

    verb = verbs.add_parser("grade", help="run and grade what was handed in")
    verb.add_argument("notebook", nargs="*", help="only these")
    verb.add_argument("--student", help="only this student")
    verb.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time (default: all cores)")
    verb.add_argument("--force", action="store_true", help="also what has not changed since it was graded")
    verb.add_argument("--no-sandbox", action="store_true", help="let students' code do what you may do yourself")
    verb.add_argument("--dry-run", action="store_true", help="only say what would be graded, and why")
    verb.add_argument("--engine", metavar="tcp://HOST:PORT", help="run notebooks on the workers of this Dask scheduler")
    verb.set_defaults(run=grade)

    verb = verbs.add_parser("status", help="what is graded, what waits, and what a person must look at")
    verb.add_argument("notebook", nargs="*", help="only these")
    verb.add_argument("--student", help="only this student")
    verb.set_defaults(run=status)

    verb = verbs.add_parser("grades", help="points, of how many, and what needs a hand")
    verb.add_argument("notebook", nargs="*", help="only these")
    verb.add_argument("--csv", type=Path, metavar="FILE", help="write one row per student and notebook")
    verb.set_defaults(run=grades)

    verb = verbs.add_parser("feedback", help="make the pages that students get back: feedback/STUDENT/")
    verb.add_argument("notebook", nargs="*", help="only these")
    verb.add_argument("--student", help="only this student")
    verb.set_defaults(run=feedback)

    verb = verbs.add_parser("export", help="points for Canvas's gradebook, and a table of every check")
    verb.add_argument("notebook", nargs="*", help="only these")
    verb.add_argument(
        "--into", type=Path, metavar="GRADEBOOK.csv", help="the gradebook that Canvas exported: fill it in"
    )
    verb.add_argument("--to", type=Path, metavar="FILE", help="write this file (default: beside the gradebook)")
    verb.add_argument("--roster", type=Path, metavar="FILE", help="who is who, instead of the course's own roster")
    verb.add_argument("--dry-run", action="store_true", help="only say what would change")
    verb.add_argument("--missing-as-zero", action="store_true", help="0, not nothing, for what was due and is missing")
    verb.set_defaults(run=export)

    verb = verbs.add_parser("return", help="feedback for Canvas (return/NOTEBOOK.zip) and in folders (return/STUDENT/)")
    verb.add_argument("notebook", nargs="*", help="only these")
    verb.add_argument("--pdf", action="store_true", help="PDFs instead of pages")
    verb.set_defaults(run=return_)

    verb = verbs.add_parser("report", help="make the page on the class: report/index.html, with CSV files beside it")
    verb.add_argument("notebook", nargs="*", help="only these")
    verb.set_defaults(run=report)

    verb = verbs.add_parser("print", help="make PDFs: printouts/STUDENT/NOTEBOOK.pdf, or of single files")
    verb.add_argument("what", nargs="*", metavar="NOTEBOOK", help="only these; a FILE.ipynb is printed beside itself")
    verb.add_argument("--student", help="only this student")
    verb.add_argument("--as-handed-in", action="store_true", help="without points and comments")
    verb.add_argument("--to", type=Path, metavar="FOLDER", help="where the PDFs of single files go")
    verb.set_defaults(run=print_)

    verb = verbs.add_parser("doctor", help="say what is wrong with one notebook, and what grading makes of it")
    verb.add_argument("file", type=Path, metavar="FILE")
    verb.add_argument("--notebook", help="which notebook it is, where the file does not tell")
    verb.add_argument("--to", type=Path, metavar="FILE", help="write the repaired notebook")
    verb.add_argument("--release", type=Path, metavar="FILE", help="compare with this file, outside of a course")
    verb.set_defaults(run=doctor)

    verb = verbs.add_parser("data", help="fetch UCI's Raisin set, check it and keep it as data/raisin.csv")
    verb.add_argument("path", nargs="?", type=Path, metavar="PATH", help="take this file (csv, arff or zip) instead")
    verb.set_defaults(run=data)

    verb = verbs.add_parser("demo", help="release, collect and grade a made-up class in a folder of its own")
    verb.add_argument("folder", nargs="?", type=Path, default=Path("demo"), metavar="FOLDER")
    verb.set_defaults(run=demo)
    return parser
