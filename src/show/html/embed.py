"""Turns page.css and page.js into C strings: embed.py CSS JS OUT. Comments and indentation are left out."""
import re
import sys


def squeeze(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def array(name, text):
    """Numbers, since ISO C promises only 4,095 characters for a string literal."""
    data = [b if b < 128 else b - 256 for b in squeeze(text).encode()] + [0]
    lines = [f"const char {name}[] = {{"]
    for i in range(0, len(data), 32):
        lines.append("\t" + ", ".join(str(b) for b in data[i : i + 32]) + ",")
    return "\n".join(lines) + "\n};\n"


css, js, out = sys.argv[1:4]
with open(out, "w", encoding="utf-8") as f:
    f.write('/* Made by embed.py. */\n#include "show/html/html_int.h"\n\n')
    f.write(array("aisp_html_css", open(css, encoding="utf-8").read()))
    f.write(array("aisp_html_js", open(js, encoding="utf-8").read()))
