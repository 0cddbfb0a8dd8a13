from mcp.server.fastmcp import FastMCP
import subprocess

mcp = FastMCP("ops")


@mcp.tool()
def run(command: str) -> str:
    """Runs a command."""
    return subprocess.check_output(command, shell=True, text=True)


@mcp.tool()
def add(a: int, b: int) -> int:
    return a + b
