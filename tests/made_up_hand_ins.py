"""Made-up hand-ins of lesson 04, each of a kind that a grader meets."""

import inspect
import json

from stn_numpy.teach.lessons import lesson_04, shared_sampler

SAMPLE_PIXEL = inspect.getsource(lesson_04.sample_pixel)
WEIGHTS = inspect.getsource(lesson_04.bilinear_weights)
SAMPLER = inspect.getsource(shared_sampler.corners) + "\n\n" + inspect.getsource(lesson_04.bilinear_sampler_forward)
IMPORTS = "import numpy as np\n\nimport stn_numpy as stn\nfrom stn_numpy import teach\n"
IDS = "bilinear_weights", "sample_pixel", "bilinear_sampler_forward"
BLANKS = [f"def {name}({arguments}):\n    return ...\n" for name, arguments in zip(IDS, ("x, y", "U, x, y", "U, grid"))]
WRONG = SAMPLE_PIXEL.replace("U[row, column]", "U[column, row]").replace("column < W", "column < H")


def notebook(*sources, first=IMPORTS, names=()):
    """A notebook of code cells, as JSON; `names` are the exercises that the metadata of the last cells state."""
    marked = [None] * (len(sources) - len(names)) + list(names)
    cells = [{"cell_type": "code", "metadata": {"tags": ["exercise"], "stn": {"exercise": name}} if name else {},
              "source": source, "outputs": [], "execution_count": None, "id": f"cell-{k}"}
             for k, (source, name) in enumerate(zip((first, *sources), (None, *marked)))]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def answers(weights=WEIGHTS, pixel=SAMPLE_PIXEL, sampler=SAMPLER, **options):
    return notebook(weights, pixel, sampler, names=IDS, **options)


def swapped(source, one, other):
    return source.replace(one, other)


HAND_INS = {
    "right": answers(),
    "wrong": answers(weights=WEIGHTS.replace("(1 - a) * (1 - b), a * (1 - b)", "a * (1 - b), (1 - a) * (1 - b)")),
    "row_and_column": answers(pixel=SAMPLE_PIXEL.replace("U[row, column]", "U[column, row]")),
    "blank": notebook(*BLANKS, names=IDS),
    "half": notebook(WEIGHTS, *BLANKS[1:], names=IDS),
    "crashing": answers(pixel="import os\ndef sample_pixel(U, x, y):\n    os._exit(3)\n"),
    "endless": answers(pixel="def sample_pixel(U, x, y):\n    while True:\n        pass\n"),
    "endless_at_the_top": answers(pixel="x = 0\nwhile True:\n    x += 1\ndef sample_pixel(U, y, z):\n    return x\n"),
    "empty": "",
    "no_cells": json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
    "damaged": answers()[:700],
    "foreign": notebook("print('my shopping list')"),
    "package": answers(sampler="def bilinear_sampler_forward(U, grid):\n"
                               "    return stn.bilinear_sampler_forward(U, grid)[0]\n"),
    "solution": answers(sampler="from stn_numpy.teach.lessons import lesson_04\n\ndef bilinear_sampler_forward(U, grid):\n"
                                "    return lesson_04.bilinear_sampler_forward(U, grid)\n"),
    "other_order": notebook(SAMPLER, SAMPLE_PIXEL, WEIGHTS),
    "renamed": answers(weights="def my_weights(x, y):\n    return None\n"),
    "helper_below": notebook("def sample_pixel(U, x, y):\n    return helper(U, x, y)\n",
                             SAMPLE_PIXEL.replace("sample_pixel", "helper"), names=IDS[1:2] + (None,)),
    "patched_teach": answers(first=IMPORTS + "import stn_numpy.teach.checker.check as c\nteach.check = c.check = print\n",
                             weights=BLANKS[0].replace("...", "0, 0, 0, 0")),
    "patched_numpy": answers(first=IMPORTS + "np.abs = lambda x: 0 * np.asarray(x)\nnp.allclose = lambda *a: True\n"
                             "np.floor = np.floor\n", weights="def bilinear_weights(x, y):\n    np.abs\n"
                             "    np.allclose\n    return 0.1, 0.2, 0.3, 0.4\n"),
    "writes": answers(weights="def bilinear_weights(x, y):\n    open('/tmp/forged.csv', 'w').write('passed')\n"
                              "    return 0, 0, 0, 0\n"),
    "network": answers(weights="import socket\ndef bilinear_weights(x, y):\n"
                               "    socket.create_connection(('127.0.0.1', 9))\n    return 0, 0, 0, 0\n"),
    "memory": answers(weights="def bilinear_weights(x, y):\n    return np.ones(10 ** 11)\n"),
    "syntax": answers(pixel="def sample_pixel(U, x, y:\n    return 0\n"),
    "magic": answers(first="%matplotlib inline\n!ls\n" + IMPORTS),
    "not_a_list": json.dumps({"cells": 3, "nbformat": 4}),
}
