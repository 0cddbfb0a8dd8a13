"""The contract of the command line: exit codes, help, completion, man page, messages."""
import os
import shutil
import stat
import subprocess

import pytest
from conftest import AISP, ROOT

COMMANDS = "scan capture assets identities findings gaps access path what-if diff inspect sql rules export report version".split()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(aisp, command):
    done = aisp.run(command, "--help")
    assert done.returncode == 0 and f"aisp {command}" in done.stdout and "Options:" in done.stdout


@pytest.mark.parametrize("args,word", [
    (["nonsense"], "nonsense"),
    (["scan", "--nonsense"], "--nonsense"),
    (["scan", "--fail-on", "sometimes"], "sometimes"),
    (["scan", "/does/not/exist"], "/does/not/exist"),
    (["access"], "--to"),
    (["assets", "--kind", "unicorn"], "unicorn"),
    (["scan"], "aisp.yaml"),
    (["capture", "."], "--out"),
    (["sql"], "QUERY"),
    (["assets", "--limit", "many"], "many"),
])
def test_wrong_usage_is_2_and_names_the_word(aisp, args, word):
    done = aisp.run(*args)
    assert done.returncode == 2, done.stderr
    assert word in done.stderr and done.stdout == ""


def test_no_store_says_what_to_do(aisp):
    done = aisp.run("assets")
    assert done.returncode == 2 and "scan first" in done.stderr


def test_unknown_key_in_configuration_names_file_and_line(aisp, tmp_path):
    (tmp_path / "aisp.yaml").write_text("targets:\n  - path: .\n    clutser: x\n")
    done = aisp.run("scan", cwd=tmp_path)
    assert done.returncode == 2 and "aisp.yaml:3" in done.stderr and "clutser" in done.stderr


@pytest.mark.parametrize("shell,check", [("bash", ["bash", "-n"]), ("zsh", ["zsh", "-n"]), ("fish", ["fish", "--no-execute"])])
def test_completion_is_valid(aisp, shell, check, tmp_path):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / f"aisp.{shell}"
    script.write_text(aisp.run("completion", shell).stdout)
    done = subprocess.run([*check, script], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == ""


def test_bash_completion_proposes(aisp, tmp_path):
    script = tmp_path / "c.bash"
    script.write_text(aisp.run("completion", "bash").stdout)
    ask = f"source {script}; COMP_WORDS=(aisp find); COMP_CWORD=1; _aisp; echo ${{COMPREPLY[@]}}; " \
          "COMP_WORDS=(aisp scan --fo); COMP_CWORD=2; _aisp; echo ${COMPREPLY[@]}; " \
          "COMP_WORDS=(aisp findings --severity cr); COMP_CWORD=3; _aisp; echo ${COMPREPLY[@]}"
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True)
    assert done.stdout.split() == ["findings", "--format", "critical"]


def test_man_page_is_clean(aisp, tmp_path):
    page = tmp_path / "aisp.1"
    page.write_text(aisp.run("man").stdout)
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if "missing date" not in line]
    assert lines == []


def test_version(aisp):
    assert aisp.run("--version").stdout.startswith("aisp ")


def test_closed_pipe_is_no_crash():
    done = subprocess.run(f"{AISP} help | true", shell=True, capture_output=True, text=True)
    assert done.returncode == 0 and "Segmentation" not in done.stderr


def test_fail_on(example):
    assert example.run("findings", "--fail-on", "critical").returncode in (0, 1)
    assert example.run("findings", "--fail-on", "info").returncode == 1
    assert example.run("findings", "--fail-on", "never").returncode == 0


def test_readme_names_every_command(aisp):
    text = (ROOT / "README.md").read_text()
    assert all(f"aisp {c}" in text for c in ("scan", "access", "path", "findings", "what-if", "report"))


def test_output_to_a_pipe_or_device_leaves_it_one(aisp):
    pipe = aisp.folder / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
    assert aisp.run("rules", "list", "--output", pipe).returncode == 0
    assert b"AISP-PATH-001" in reader.communicate(timeout=20)[0] and stat.S_ISFIFO(pipe.stat().st_mode)
    assert aisp.run("rules", "list", "--output", "/dev/null").returncode == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
