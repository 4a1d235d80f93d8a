"""What is made of grades: a table to compute with, a table to read, and pages for the class and for each student.

Everything that comes from a hand-in is escaped, in the pages and in the CSV file: a spreadsheet would take a cell that
begins with = for a formula.
"""

import collections
import csv
import html
import io
import re

from ...data.files import write_whole
from .grading import FIELDS

MARKS = {"passed": "passed", "not attempted": "-", "answered": "answered", "not answered": "-"}
COLOURS = {"passed": "#00654b", "answered": "#00654b", "not attempted": "#555555", "not answered": "#555555"}
OTHERWISE = "#a33f00"
STYLE = """:root{color-scheme:light}body{font:16px/1.5 system-ui,sans-serif;margin:2em auto;max-width:64em;padding:0 1em;
background:#fff;color:#222}table{border-collapse:collapse;margin:1em 0;display:block;overflow-x:auto}
th,td{border:1px solid #ccc;padding:.3em .6em;text-align:left;vertical-align:top;background:#fff;color:#222}
th{background:#f2f2f2}pre{background:#f6f6f6;color:#222;padding:.6em;white-space:pre-wrap;overflow-wrap:anywhere}
a{color:#004f86}"""


def as_csv(rows):
    """The rows as CSV with a header, ready for a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(FIELDS)
    for row in rows:
        writer.writerow([_harmless(getattr(row, name)) for name in FIELDS])
    return text.getvalue()


def _harmless(cell):
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def as_table(rows):
    """The rows as a table in plain text: a line a student, a column an exercise."""
    columns = list(dict.fromkeys(row.exercise for row in rows if row.exercise and not _is_prediction(row)))
    lines = [["student", *columns, "predictions", "remarks"]]
    for student, own in by_student(rows).items():
        of = {row.exercise: row for row in own}
        guesses = [row for row in own if _is_prediction(row)]
        said = [row.remarks for row in own if row.status == "unreadable"]
        lines.append([student, *(_short(of.get(name)) for name in columns),
                      f"{sum(row.status == 'answered' for row in guesses)} of {len(guesses)}" if guesses else "",
                      "; ".join(said)])
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def _short(row):
    if row is None:
        return ""
    remark = "*" if row.status == "passed" and row.remarks else ""
    return MARKS.get(row.status, row.mistakes.replace(" ", "+") or row.status) + remark


def by_student(rows):
    """The rows of each student, in order."""
    found = {}
    for row in rows:
        found.setdefault(row.student, []).append(row)
    return found


def _is_prediction(row):
    return row.exercise.startswith("prediction ")


def summary(rows):
    """What the class did: [(exercise, {status: count}, [(mistake, count), ..])], the most frequent mistake first."""
    exercises = list(dict.fromkeys(row.exercise for row in rows if row.exercise))
    found = []
    for name in exercises:
        own = [row for row in rows if row.exercise == name]
        mistakes = collections.Counter(mistake for row in own for mistake in row.mistakes.split())
        found.append((name, dict(collections.Counter(row.status for row in own)), mistakes.most_common()))
    return found


def write_pages(rows, folder, words_of):
    """Write index.html, for the class, and a page for each student.

    Parameters
    ----------
    rows : list of Row
    folder : Path                    made if it is not there
    words_of : function              from (exercise, id of a mistake) to what it says, "" if it is not known
    """
    folder.mkdir(parents=True, exist_ok=True)
    students = by_student(rows)
    files = _file_names(students)
    for student, own in students.items():
        body = "".join(map(_verdict, own))
        page = _page(f"Verdicts for {student}", f'<p><a href="index.html">All students</a></p>{body}')
        write_whole(folder / files[student], page.encode())
    write_whole(folder / "index.html", _page("Grades", _class_page(rows, students, files, words_of)).encode())


def _file_names(students):
    """A file name for each student, harmless and each another one."""
    found, used = {}, {"index"}
    for student in students:
        name = base = re.sub(r"[^\w.-]", "_", student).strip(".") or "student"
        number = 1
        while name.lower() in used:
            number += 1
            name = f"{base}-{number}"
        used.add(name.lower())
        found[student] = f"{name}.html"
    return found


def _verdict(row):
    title = html.escape(f"{row.exercise or 'The notebook'}: {row.status}")
    colour = COLOURS.get(row.status, OTHERWISE)
    message = f"<pre>{html.escape(row.message)}</pre>" if row.message else ""
    remarks = f"<p>{html.escape(row.remarks)}</p>" if row.remarks and row.remarks not in row.message else ""
    return f'<h2 style="color:{colour};background:#fff">{title}</h2>{message}{remarks}'


def _class_page(rows, students, files, words_of):
    lines = [f'<tr><td><a href="{html.escape(files[student])}">{html.escape(student)}</a></td>'
             f"<td>{sum(row.status == 'passed' for row in own)}</td>"
             f"<td>{html.escape(', '.join(f'{row.exercise}: {_short(row)}' for row in own if row.exercise))}"
             f"{html.escape('; '.join(row.remarks for row in own if row.status == 'unreadable'))}</td></tr>"
             for student, own in students.items()]
    parts = [f"<p>{len(students)} students.</p><h2>What to discuss</h2>"]
    for exercise, statuses, mistakes in summary(rows):
        counts = ", ".join(f"{count} {status}" for status, count in statuses.items())
        parts.append(f"<h3>{html.escape(exercise)}</h3><p>{html.escape(counts)}</p>")
        if mistakes:
            parts.append("<ol>" + "".join(
                f"<li><b>{html.escape(name)}</b>, {count} times. {html.escape(words_of(exercise, name))}</li>"
                for name, count in mistakes) + "</ol>")
    return "".join(parts) + ("<h2>Students</h2><table><tr><th>student</th><th>passed</th><th>exercises</th></tr>"
                             + "".join(lines) + "</table>")


def _page(title, body):
    return (f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
            f"<body><h1>{html.escape(title)}</h1>{body}</body></html>\n")
