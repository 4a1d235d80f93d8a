"""Does Otter accept our assignments, and grade them? Run by hand, where Otter is installed beside the package:

    pip install otter-grader && python -m tests.benchmarks.otter_round_trip

It writes lesson 04 as an assignment, lets Otter make the learners' copy and its archive for grading, hands in one right and
one blank copy, grades both outside a container, and prints the scores.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from stn_numpy import teach
from stn_numpy.teach.notebooks.files import tutorials


def run(folder, *command):
    """Run a command of this Python in a folder."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])        # Otter calls programs of its own
    done = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True,
                          env={**os.environ, "PATH": path})
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def main():
    """Make, hand in and grade an assignment; returns the exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder, lesson = Path(name), tutorials()[4]
        run(Path.cwd(), "stn_numpy.teach.notebooks", "assignment", str(lesson), "--for", "otter", "--out", name)
        run(folder, "otter", "assign", lesson.name, "dist")
        [archive] = folder.glob("dist/autograder/*.zip")
        copy = json.loads((folder / "dist" / "student" / lesson.name).read_text(encoding="utf-8"))
        for student in ("bob", "ada"):
            if student == "ada":
                for cell in copy["cells"]:
                    if exercise := cell["metadata"].get("stn", {}).get("exercise"):
                        cell["source"] = teach.solution(exercise).source
            (folder / f"{student}.ipynb").write_text(json.dumps(copy), encoding="utf-8")
            run(folder, "otter", "run", "-a", str(archive), "-o", ".", f"{student}.ipynb")
            tests = json.loads((folder / "results.json").read_text(encoding="utf-8"))["tests"]
            print(student, {test["name"]: test["score"] for test in tests if "score" in test})
    return 0


if __name__ == "__main__":
    sys.exit(main())
