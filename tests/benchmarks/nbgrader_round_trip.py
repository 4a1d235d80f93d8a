"""Does nbgrader accept our assignments, and grade them? Run by hand, where nbgrader is installed beside the package:

    pip install nbgrader && python -m tests.benchmarks.nbgrader_round_trip

It makes a course in a temporary folder, writes lesson 04 as an assignment, lets nbgrader make the learners' version, hands
in one right and one blank copy, grades both, and prints the scores.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from stn_numpy import teach
from stn_numpy.teach.notebooks.files import tutorials

STUDENTS = "ada", "bob"


def nbgrader(*arguments, course):
    """Run one of nbgrader's commands in the course."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])        # it calls programs of its own
    done = subprocess.run([sys.executable, "-m", "nbgrader", *arguments], cwd=course, capture_output=True, text=True,
                          env={**os.environ, "PATH": path})
    if done.returncode:
        raise SystemExit(f"nbgrader {arguments[0]} failed:\n{done.stdout}{done.stderr}")


def main():
    """Make, hand in and grade an assignment; returns the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        (course / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "stn"\n'
                                                   'c.ClearSolutions.code_stub = {"python": "..."}\n')
        lesson = tutorials()[4]
        subprocess.run([sys.executable, "-m", "stn_numpy.teach.notebooks", "assignment", str(lesson), "--for",
                        "nbgrader", "--out", str(course / "source" / "start")], check=True)
        nbgrader("generate_assignment", "start", course=course)
        released = (course / "release" / "start" / lesson.name).read_text(encoding="utf-8")
        for student in STUDENTS:
            handed_in = json.loads(released)
            for cell in handed_in["cells"]:
                mark = cell["metadata"].get("nbgrader", {})
                if student == "ada" and mark.get("solution"):
                    cell["source"] = teach.solution(mark["grade_id"].removeprefix("solution-")).source
            target = course / "submitted" / student / "start"
            target.mkdir(parents=True)
            (target / lesson.name).write_text(json.dumps(handed_in), encoding="utf-8")
        nbgrader("autograde", "start", "--create", course=course)
        nbgrader("export", course=course)
        print((course / "grades.csv").read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
