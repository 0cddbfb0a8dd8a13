import re
from pathlib import Path

flags = re.I | re.M
union = {1} | {2}
x: int | None = None
Path("a") | Path("b") if False else None
