"""The wheel, as a user installs it: it carries the worked example and plays the demo from anywhere."""

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

from tests.support.fake_github.git import clean_env

ROOT = Path(__file__).parents[2]


def test_the_installed_wheel_plays_the_demo(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)], check=True)
    [wheel] = tmp_path.glob("promobot-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "promobot/example/config/promobot.toml" in names
    assert not [name for name in names if name.startswith(("tests/", "promobot/example/tests"))]

    place = tmp_path / "venv"
    venv.create(place, with_pip=False, symlinks=True)
    python = place / "bin/python"
    subprocess.run([*pip, "--python", str(python), "install", "--no-deps", str(wheel)], check=True)
    subprocess.run([*pip, "--python", str(python), "install", "-r", str(ROOT / "requirements.lock")], check=True)
    done = subprocess.run(
        [str(place / "bin/promobot"), "demo", "--format", "json"],
        cwd=tmp_path, env=clean_env(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["live_changes"]["macro.regime_weight"] == {"before": 0.25, "after": 0.35}
