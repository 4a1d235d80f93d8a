"""The README is true: its example runs, its files exist, its commands are the ones that CI runs; and links of all pages."""

import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [page for folder in ("", "stn_numpy/data", "stn_numpy/experiments", "tests/benchmarks", "tutorials",
                             "tutorials/instructor") for page in sorted((ROOT / folder).glob("*.md"))]


def test_the_example_runs_and_differentiates(capsys):
    [code] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names = {}
    exec(compile(code, "README.md", "exec"), names)
    assert "True" in capsys.readouterr().out
    assert names["dtheta"].shape == (2, 2, 3)
    assert all(np.isfinite(gradient).all() for gradient in names["network"].grads.values())
    assert np.abs(names["network"].grads["transformer.localisation.layer2.W"]).max() > 0


def headings(path):
    """The anchors of a page's headings, as links name them: "How it is made" is how-it-is-made."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere_and_every_picture_has_a_description(page):
    for is_picture, text, target in re.findall(r"(!?)\[([^\]]*)\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            file, _, anchor = target.partition("#")
            place = page.parent / file if file else page
            assert place.exists(), target
            assert not anchor or anchor in headings(place), target
        assert not is_picture or len(text) > 40, target


def test_every_file_that_is_named_exists():
    for name in re.findall(r"`((?:stn_numpy|tests|tutorials)/[\w/.]+)`", README):
        assert (ROOT / name).exists(), name


def test_the_map_of_the_architecture_names_every_module():
    block = README[README.index("## Architecture"):README.index("## Where to go next")]
    for path in (ROOT / "stn_numpy").iterdir():
        if path.suffix == ".py" and path.name != "__init__.py" or (path / "__init__.py").exists():
            assert re.search(rf"(?<!\w){re.escape(path.name)}", block), path.name


def floors():
    """The map as a dict, room or file -> its floor: lines stand the lower the more is built on them."""
    block = README[README.index("## Architecture"):README.index("## Where to go next")]
    names = re.findall(r"^ {6}(\w+)(?:\.py|/) ", block, re.MULTILINE)
    return {name: -line for line, name in enumerate(names)}


def test_each_module_imports_only_from_floors_below_its_own():
    floor_of, seen = floors(), 0
    for path in (ROOT / "stn_numpy").rglob("*.py"):
        parts = path.relative_to(ROOT / "stn_numpy").parts
        name = parts[0].removesuffix(".py")
        code = path.read_text(encoding="utf-8")
        for dots, module, names in re.findall(r"^\s*from (\.+)(\w*)[\w.]* import (.+)", code, re.MULTILINE):
            if name == "__init__" or len(dots) != len(parts):               # within a folder, its own affair
                continue
            for other in {module} if module else set(re.findall(r"\w+", names)) & set(floor_of):
                assert other == name or floor_of[other] < floor_of[name], f"{path.name} imports {other}"
                seen += 1
    assert seen > 30


def test_the_two_commands_are_each_one_line_and_complete():
    commands = re.findall(r"^ {4}(python3 -m venv .*)$", README, re.MULTILINE)
    assert [command.split()[-1] for command in commands] == ["stn_numpy", "pytest"]
    assert [command.split("&& ")[1] for command in commands] == [
        ".venv/bin/pip install -q -e . ", ".venv/bin/pip install -q -r requirements.txt "]
    assert "'-m pytest$' README.md" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
