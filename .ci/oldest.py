"""Print the oldest releases that requirements.txt allows and that have a wheel for this Python, as pip requirements."""

import re
import subprocess
import sys
from pathlib import Path

PACKAGES = "numpy", "matplotlib", "pytest"


def numbers(version):
    return tuple(int(part) for part in version.split("."))


def releases(package):
    """Final releases with a wheel, oldest first: pip lists them where it is asked for one that does not exist."""
    asked = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-deps", "--only-binary=:all:", f"{package}==0"]
    answer = subprocess.run(asked, capture_output=True, text=True).stderr
    found = re.search(r"from versions: ([^)]*)\)", answer)
    if not found or found[1] == "none":
        sys.exit(f"pip lists no releases of {package}:\n{answer}")
    return sorted((v for v in found[1].split(", ") if re.fullmatch(r"[\d.]+", v)), key=numbers)


requirements = (Path(__file__).parents[1] / "requirements.txt").read_text()
for package in PACKAGES:
    bound = re.search(rf"^{package}>=([\d.]+)$", requirements, re.MULTILINE)[1]
    print(f"{package}=={next(v for v in releases(package) if numbers(v) >= numbers(bound))}")
