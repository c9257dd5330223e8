"""The set-up behind `make run` and `make test`."""

import io
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from setup import constraints, install, torch_build
from setup.errors import SetupError
from setup.stages import Stage, Terminal, elapsed, run_stages
from setup.stamp import Stamp, fingerprint, read_stamp, remove_stamp
from setup.toolchain import check_compilers

ROOT = Path(__file__).resolve().parent.parent


class LivingScreen(io.StringIO):
    """Takes text as a terminal does."""

    def isatty(self) -> bool:
        return True


def python(title: str, code: str) -> Stage:
    return Stage(title=title, command=[sys.executable, "-c", code], advice="Do this.")


def write_program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


# Which Python


def fake_python(path: Path, *, is_supported: bool = True, has_venv: bool = True) -> Path:
    return write_program(
        path,
        f'case "$2" in *version_info*) exit {int(not is_supported)};; *ensurepip*) exit {int(not has_venv)};; esac',
    )


def find_python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", ROOT / "setup/python.sh", *arguments],
        cwd=folder,
        env={"PATH": str(folder / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_newest_supported_python_is_taken(tmp_path: Path) -> None:
    fake_python(tmp_path / "bin/python3.13", is_supported=False)  # as a version manager's stand-in for an absent one
    fake_python(tmp_path / "bin/python3.12")
    fake_python(tmp_path / "bin/python3")
    assert find_python(tmp_path).stdout == "python3.12\n"


def test_python_of_the_environment_comes_before_a_newer_one(tmp_path: Path) -> None:
    fake_python(tmp_path / "bin/python3.13")
    fake_python(tmp_path / ".venv/bin/python")
    assert find_python(tmp_path).stdout == ".venv/bin/python\n"


def test_python_that_was_named_comes_first(tmp_path: Path) -> None:
    fake_python(tmp_path / ".venv/bin/python")
    fake_python(tmp_path / "bin/mine")
    assert find_python(tmp_path, "mine").stdout == "mine\n"


@pytest.mark.parametrize(
    ("candidates", "arguments", "advice"),
    [
        ({}, [], "No Python 3.11, 3.12 or 3.13 was found"),
        ({"python3": {"is_supported": False}}, [], "No Python 3.11, 3.12 or 3.13 was found"),
        ({"python3": {"has_venv": False}}, [], "apt install python3-venv"),
        ({"mine": {"is_supported": False}}, ["mine"], "PYTHON=mine is not a Python 3.11, 3.12 or 3.13"),
    ],
)
def test_python_that_cannot_do_is_refused_in_one_sentence(
    tmp_path: Path, candidates: dict[str, dict[str, bool]], arguments: list[str], advice: str
) -> None:
    for name, traits in candidates.items():
        fake_python(tmp_path / "bin" / name, **traits)
    found = find_python(tmp_path, *arguments)
    assert (found.returncode, found.stdout) == (1, "")
    assert advice in found.stderr
    assert found.stderr.count("\n") == 1


# Compilers


def test_missing_compiler_is_told_before_anything_is_downloaded(tmp_path: Path) -> None:
    write_program(tmp_path / "cc", "exit 0")
    with pytest.raises(SetupError, match="apt install build-essential"):
        check_compilers({"PATH": str(tmp_path)})


def test_compiler_that_only_pretends_is_refused(tmp_path: Path) -> None:
    write_program(tmp_path / "cc", "exit 0")
    write_program(tmp_path / "c++", "exit 1")
    with pytest.raises(SetupError):
        check_compilers({"PATH": str(tmp_path)})


def test_compilers_named_by_the_environment_are_used(tmp_path: Path) -> None:
    write_program(tmp_path / "wrap", '[ "$1" = mycc ]')
    check_compilers({"PATH": str(tmp_path), "CC": "wrap mycc", "CXX": "wrap mycc"})


# Which torch


@pytest.fixture
def linux_without_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(torch_build, "_has_nvidia_gpu", lambda: False)


@pytest.mark.usefixtures("linux_without_gpu")
def test_build_that_was_named_is_taken_without_a_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert [torch_build.choose_build(build, tmp_path) for build in ("cpu", "default")] == ["cpu", "default"]
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("linux_without_gpu")
def test_nobody_to_ask_gets_pips_choice_and_the_hint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert torch_build.choose_build("ask", tmp_path) == "default"
    assert "make install TORCH=cpu" in capsys.readouterr().out


@pytest.mark.usefixtures("linux_without_gpu")
def test_installed_torch_leaves_nothing_to_choose(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lib/python3.12/site-packages/torch-2.13.0.dist-info").mkdir(parents=True)
    assert torch_build.choose_build("ask", tmp_path) == "default"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("answer", "build"), [("f\n", "default"), ("c\n", "cpu"), ("\n", "cpu"), (None, "cpu")])
def test_cpu_build_is_taken_unless_the_full_one_is_asked_for(
    answer: str | None, build: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = os.pipe()
    monkeypatch.setattr(torch_build, "ANSWER_S", 0.05)
    with os.fdopen(reader) as keyboard, os.fdopen(writer, "w") as hand:
        monkeypatch.setattr(sys, "stdin", keyboard)
        if answer is not None:
            hand.write(answer)
            hand.flush()
        assert torch_build.ask() == build


# Stages


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0:00"), (65, "1:05"), (3599.9, "59:59"), (3723, "1:02:03")])
def test_elapsed_time_reads_as_a_clock(seconds: float, text: str) -> None:
    assert elapsed(seconds) == text


def test_failed_stage_shows_the_end_of_its_own_output_and_what_to_do(tmp_path: Path) -> None:
    stages = [
        python("first", "print('from the first')"),
        python("second", "print(*range(100), sep='\\n'); raise SystemExit(3)"),
        python("third", f"open({str(tmp_path / 'third')!r}, 'w')"),
    ]
    with pytest.raises(SetupError) as failure:
        run_stages(stages, log=tmp_path / "log", terminal=Terminal(out=io.StringIO()))
    lines = str(failure.value).splitlines()
    assert lines[:20] == [str(number) for number in range(80, 100)]
    assert "2/3 second" in lines[21]
    assert "Do this." in lines[21]
    assert lines[22].endswith(str(tmp_path / "log"))
    assert not (tmp_path / "third").exists()


def test_stages_are_plain_lines_with_signs_of_life_in_a_build_log(tmp_path: Path) -> None:
    out = io.StringIO()
    slow = python("slow", "import time; print('compiling', flush=True); time.sleep(0.6)")
    run_stages([slow], log=tmp_path / "log", terminal=Terminal(out=out, heartbeat_s=0.2))
    lines = out.getvalue().splitlines()
    assert lines[0] == "1/1 slow"
    assert "    0:00  compiling" in lines[1:-1]
    assert re.fullmatch(r"1/1 slow: done, \d:\d\d", lines[-1])


def test_stage_is_one_living_line_in_a_terminal(tmp_path: Path) -> None:
    out = LivingScreen()
    slow = python("slow", "import time; time.sleep(0.3)")
    run_stages([slow], log=tmp_path / "log", terminal=Terminal(out=out, living_s=0.1))
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().count("\r") >= 3


# Stamp


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install, "ENVIRONMENT", tmp_path / ".venv")
    return tmp_path


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Record what is installed instead of installing it."""
    calls: list[dict[str, object]] = []

    def record(*, extras: tuple[str, ...], torch: str, latest: bool) -> str:
        calls.append({"extras": extras, "torch": torch, "latest": latest})
        return "default" if torch == "ask" else torch

    monkeypatch.setattr(install, "install", record)
    return calls


@pytest.mark.usefixtures("project")
def test_second_start_has_nothing_to_do(installed: list[dict[str, object]], capsys: pytest.CaptureFixture[str]) -> None:
    assert [install.main(["--extra", "dev"]) for _ in range(2)] == [0, 0]
    assert install.main([]) == 0  # what serves the tests serves the desk
    assert len(installed) == 1
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("project")
def test_tests_add_what_the_desk_does_not_need(installed: list[dict[str, object]]) -> None:
    install.main([])
    install.main(["--extra", "dev"])
    assert [call["extras"] for call in installed] == [(), ("dev",)]


@pytest.mark.parametrize("name", ["constraints.txt", "pyproject.toml"])
def test_changed_versions_are_installed(name: str, project: Path, installed: list[dict[str, object]]) -> None:
    install.main([])
    with (project / name).open("a") as file:
        file.write("# changed\n")
    install.main([])
    assert len(installed) == 2


def test_cpu_only_torch_is_kept_when_versions_change(project: Path, installed: list[dict[str, object]]) -> None:
    install.main(["--torch", "cpu"])
    (project / "constraints.txt").write_text("")
    install.main([])
    assert [call["torch"] for call in installed] == ["cpu", "cpu"]


@pytest.mark.usefixtures("project")
def test_other_torch_is_installed_when_it_is_asked_for(installed: list[dict[str, object]]) -> None:
    install.main([])
    install.main(["--torch", "cpu"])
    assert [call["torch"] for call in installed] == ["ask", "cpu"]


@pytest.mark.usefixtures("project")
def test_newest_versions_do_not_pass_for_the_pinned_ones(installed: list[dict[str, object]]) -> None:
    install.main(["--latest"])
    install.main([])
    assert [call["latest"] for call in installed] == [True, False]


def test_moved_folder_is_set_up_anew(project: Path) -> None:
    before = fingerprint(project)
    assert fingerprint(project.rename(project.with_name("moved"))) != before


@pytest.mark.parametrize("content", ["", "[]", '{"inputs": "x"}', "\x00"])
def test_damaged_stamp_counts_as_none(content: str, tmp_path: Path) -> None:
    Stamp(inputs="x", extras=(), torch="cpu").write(tmp_path)
    next(tmp_path.iterdir()).write_text(content)
    assert read_stamp(tmp_path) is None


def test_removed_stamp_is_no_stamp(tmp_path: Path) -> None:
    stamp = Stamp(inputs="x", extras=("dev",), torch="cpu")
    stamp.write(tmp_path)
    assert read_stamp(tmp_path) == stamp
    remove_stamp(tmp_path)
    assert read_stamp(tmp_path) is None


def test_set_up_without_a_registry_says_so_and_is_not_trusted_later(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "setup", tmp_path / "setup")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    outcome = subprocess.run(
        [sys.executable, "-m", "setup.install", "--torch", "default"],
        cwd=tmp_path,
        env=environment | {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 1
    assert "1/5 virtual environment: done" in outcome.stdout
    assert "2/5 torch: failed" in outcome.stdout
    assert "ERROR: " in outcome.stderr
    assert "run the same command again" in outcome.stderr
    assert (tmp_path / ".venv/install.log").exists()
    assert read_stamp(tmp_path / ".venv") is None


# What pip is told


def pip_commands(build: str, *, latest: bool = False) -> list[list[str]]:
    return [list(stage.command) for stage in install.plan(extras=["dev"], torch=build, latest=latest)[1:]]


def test_only_the_cpu_only_torch_names_an_index() -> None:
    assert not any("index" in word for command in pip_commands("default") for word in command)
    torch, *others = pip_commands("cpu")
    assert torch_build.CPU_INDEX in torch
    assert not any("index" in word for command in others for word in command)


def test_everything_is_installed_at_the_pinned_versions_unless_new_ones_are_asked_for() -> None:
    def pinned(*, latest: bool) -> list[bool]:
        return ["--constraint" in command for command in pip_commands("default", latest=latest)]

    assert pinned(latest=False) == [True, True, True, False]
    assert pinned(latest=True) == [False] * 4


# Pins


def test_pins_leave_out_what_only_this_machine_has() -> None:
    frozen = "torch==2.13.0+cpu\nAlpha==1.0\nmine @ file:///src/mine\n-e git+https://example.org/x#egg=x\n# note\n"
    assert constraints.read_pins(frozen) == {"torch": "2.13.0", "Alpha": "1.0"}


def test_pins_are_written_in_one_order() -> None:
    assert constraints.write_pins({"b": "2", "A": "1", "a-c": "3"}) == "A==1\na-c==3\nb==2\n"


def test_every_declared_dependency_is_pinned_within_its_bounds() -> None:
    pins = {
        canonicalize_name(name): Version(version)
        for name, version in constraints.read_pins((ROOT / "constraints.txt").read_text()).items()
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [
        *project["dependencies"],
        *(item for extra in project["optional-dependencies"].values() for item in extra),
    ]
    outside = [
        str(requirement)
        for requirement in map(Requirement, declared)
        if (pin := pins.get(canonicalize_name(requirement.name))) is None or pin not in requirement.specifier
    ]
    assert outside == []
    assert not any(version.local for version in pins.values())


def test_make_alone_says_what_there_is() -> None:
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^make (\w+)", shown, re.MULTILINE) == [
        "run",
        "test",
        "install",
        "bench",
        "constraints",
        "clean",
    ]
