from langchain_core.tools import BaseTool
import subprocess


class Shell(BaseTool):
    name: str = "shell"
    description: str = "Runs a command"

    def _run(self, command: str) -> str:
        return subprocess.run(command, shell=True, capture_output=True).stdout
