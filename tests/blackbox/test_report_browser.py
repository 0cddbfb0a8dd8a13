"""The HTML report in a real browser (headless Chromium): hostile names do nothing, no request leaves, the page fits a phone
and a desk, drawings do not overlap, the script filters, and all can be read without it.

Runs show-render (AISP_SHOW_RENDER, else that of build-check or build) on its samples.
"""
import html
import html.parser
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = [ROOT / build / "tests/unit/show/show-render" for build in ("build-check", "build")]
RENDER = os.environ.get("AISP_SHOW_RENDER") or next((str(path) for path in BUILT if path.exists()), None)
if not RENDER:
    pytest.skip("show-render is not built: meson setup build-check -Dtests=true", allow_module_level=True)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--virtual-time-budget=4000"]
needs_browser = pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed")


def page(sample):
    return subprocess.run([RENDER, "html", "scan", sample], capture_output=True, check=True).stdout.decode()


class Proxy:
    """Takes every connection that the browser wants to make, and keeps what it asked for."""

    def __enter__(self):
        self.asked = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def serve(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(2)
                try:
                    self.asked.append(peer.recv(4096).split(b"\r\n")[0].decode("latin-1"))
                except OSError:
                    pass

    def __exit__(self, *_):
        self.socket.close()

    def of_the_page(self):
        """Without what Chromium asks its vendor by itself, with an empty page too."""
        own = re.compile(r"^\S+ (?:https?://)?[a-z0-9.-]+\.(?:google|googleapis|gstatic)\.com[:/]")
        return [line for line in self.asked if not own.match(line)]


def browse(tmp_path, text, *flags, width=1400, height=1000):
    """The DOM after the page has run, its console, and what it asked of the network."""
    file = tmp_path / "page.html"
    file.write_text(text)
    with Proxy() as proxy:
        done = subprocess.run([CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", f"--proxy-server=127.0.0.1:{proxy.port}",
                               "--enable-logging=stderr", f"--window-size={width},{height}", *flags, "--dump-dom", file.as_uri()],
                              capture_output=True, timeout=120)
        console = [line for line in done.stderr.decode(errors="replace").splitlines() if "CONSOLE" in line]
        return done.stdout.decode(), console, proxy.of_the_page()


def measured(text, script):
    """The page without its policy and with a script of ours at the end, which leaves JSON in <pre id=measured>."""
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    return text.replace("</body>", "<script>addEventListener('load',()=>{const r=(()=>{" + script + "})();const p=document.createElement('pre');"
                        "p.id='measured';p.textContent=JSON.stringify(r);document.body.append(p)})</script></body>")


def measure(tmp_path, text, script, width):
    """Runs the script in a frame of this width: Chromium's own windows are not narrower than 500."""
    frame = measured(text, script)
    outer = (f'<!doctype html><body style="margin:0"><iframe id="f" style="border:0;width:{width}px;height:900px" srcdoc="{html.escape(frame)}"></iframe>'
             "<script>addEventListener('load',()=>setTimeout(()=>{const p=document.createElement('pre');p.id='out';"
             "p.textContent=document.getElementById('f').contentDocument.getElementById('measured').textContent;document.body.append(p)},500))</script>")
    dom, _, _ = browse(tmp_path, outer)
    found = re.search(r'<pre id="out">(.*?)</pre>', dom, re.S)
    assert found, dom[-2000:]
    return json.loads(html.unescape(found.group(1)))


@needs_browser
@pytest.mark.parametrize("sample", ["hostile", "bot"])
def test_nothing_runs_and_nothing_leaves(tmp_path, sample):
    text = page(sample)
    dom, console, asked = browse(tmp_path, text)
    title = re.search(r"<title>(.*?)</title>", dom, re.S).group(1)
    assert title != "pwned" and "aisp scan" in title
    assert asked == []
    assert console == [], "the page's own style and script must fit its policy"
    assert 'class="js"' in dom, "the page's own script ran"
    assert "<img" not in dom and len(re.findall(r"<script", dom)) == 1


def test_the_policy_forbids_what_slips_through():
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page("bot")).group(1)
    rules = dict((part.strip().split(" ", 1) + [""])[:2] for part in policy.split(";"))
    assert rules["default-src"] == "'none'" and rules["base-uri"] == "'none'" and rules["form-action"] == "'none'"
    assert all(re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", rules[k]) for k in ("style-src", "script-src"))


@needs_browser
def test_an_injected_script_would_be_stopped(tmp_path):
    """The policy is the second wall: it holds even where escaping would have failed."""
    text = page("bot").replace("</main>", "<img src='http://evil.invalid/x.png' onerror=\"document.title='pwned'\"><script>document.title='pwned'</script></main>")
    dom, console, asked = browse(tmp_path, text)
    assert "<title>pwned" not in dom and asked == [] and len(console) >= 2


class Outline(html.parser.HTMLParser):
    VOID = {"meta", "input", "br", "path", "circle", "rect", "use"}

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.attributes, self.bad = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, k, v or "") for k, v in attrs]
        self.ids += [v for k, v in attrs if k == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += [(tag, k, v or "") for k, v in attrs]

    def handle_endtag(self, tag):
        if tag in self.VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.bad.append((tag, self.getpos()))


@pytest.mark.parametrize("sample", ["bot", "empty", "hostile", "big"])
def test_markup_is_balanced_and_refers_to_nothing_outside(sample):
    outline = Outline()
    outline.feed(page(sample))
    assert outline.bad == [] and outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    for tag, key, value in outline.attributes:
        assert not key.startswith("on") and key != "style", (tag, key)
        if key in ("href", "src", "action", "data", "xlink:href"):
            assert value.startswith("#"), (tag, key, value)
            assert value[1:] in outline.ids


@needs_browser
def test_all_can_be_read_without_the_script(tmp_path):
    blocked = re.sub(r"script-src 'sha256-[^']*'", "script-src 'none'", page("bot"))
    dom, _, _ = browse(tmp_path, blocked)
    assert 'class="js"' not in dom
    for words in ("Every step with its evidence", "GRANT SELECT ON public.customers TO bot_rw", "bot/tools.py:47", "networkpolicies"):
        assert words in dom
    assert dom.count("<details") == page("bot").count("<details")


WIDE = """
const bad = [];
const limit = document.documentElement.clientWidth;
for (const e of document.querySelectorAll('body *')) {
  if (e.closest('.scroll, .table, nav, pre, .sprites, .skip, details:not([open]) > :not(summary)') || e.closest('svg') && e.tagName !== 'svg') continue;
  const r = e.getBoundingClientRect();
  if (r.width && r.right > limit + 1) bad.push([e.tagName, e.className && e.className.baseVal === undefined ? e.className : '', Math.round(r.right)]);
}
return {width: document.documentElement.scrollWidth, limit, bad: bad.slice(0, 5)};
"""


@needs_browser
@pytest.mark.parametrize("sample", ["bot", "hostile", "empty"])
@pytest.mark.parametrize("width", [360, 800, 1400])
def test_nothing_is_wider_than_the_window(tmp_path, sample, width):
    text = page(sample).replace('<details class="card', '<details open class="card')
    got = measure(tmp_path, text, WIDE, width)
    assert got["bad"] == [] and got["width"] <= width


OVERLAP = """
const bad = [];
const flows = [...document.querySelectorAll('svg.flow')];
for (const svg of flows) {
  const texts = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBBox()]);
  const discs = [...svg.querySelectorAll('circle.disc')].map(c => ['(disc)', c.getBBox()]);
  const box = svg.viewBox.baseVal;
  for (const [text, b] of texts) {
    if (b.x < -2 || b.x + b.width > box.width + 2 || b.y + b.height > box.height + 2) bad.push(['outside', text]);
    for (const [other, o] of texts.concat(discs)) {
      if (b === o) continue;
      const w = Math.min(b.x + b.width, o.x + o.width) - Math.max(b.x, o.x);
      const h = Math.min(b.y + b.height, o.y + o.height) - Math.max(b.y, o.y);
      if (other === '(disc)' ? w > 6 && h > 6 : w > 1 && h > 3.5) bad.push([text, other, w, h]);
    }
  }
}
return {flows: flows.length, bad};
"""


@needs_browser
@pytest.mark.parametrize("sample,least", [("bot", 10), ("hostile", 2)])
def test_texts_of_drawings_do_not_overlap(tmp_path, sample, least):
    text = page(sample).replace('<details class="card', '<details open class="card')
    got = measure(tmp_path, text, OVERLAP, 1400)
    assert got["flows"] >= least and got["bad"] == []


FILTER = """
const form = document.querySelector('[data-filter=findings]');
const count = () => document.querySelectorAll('.finding:not([hidden])').length;
const all = count();
form.querySelector('[value=critical]').click();
const without = count();
form.querySelector('[value=critical]').click();
form.elements.text.value = 'NOTEBOOK api';
form.elements.text.dispatchEvent(new Event('input', {bubbles: true}));
const text = count(), said = form.querySelector('.hits').textContent;
const rows = document.querySelector('[data-filter=inventory]');
rows.elements.text.value = 'refund_invoice';
rows.elements.text.dispatchEvent(new Event('input', {bubbles: true}));
const found = document.querySelectorAll('#inventory tbody tr:not([hidden])').length;
const open = document.querySelectorAll('#inventory details[open]:not([hidden])').length;
return {all, without, text, said, found, open};
"""


@needs_browser
def test_filters(tmp_path):
    got = measure(tmp_path, page("bot"), FILTER, 1400)
    assert got == {"all": 12, "without": 10, "text": 1, "said": "1 of 12", "found": 1, "open": 1}


def luminance(colour):
    channels = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    return sum(w * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for w, c in zip((0.2126, 0.7152, 0.0722), channels))


def contrast(a, b):
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT_ON = [("ink", "bg"), ("ink", "card"), ("ink", "sunk"), ("soft", "bg"), ("soft", "card"), ("soft", "sunk"), ("link", "card"), ("link", "bg"),
           ("accent", "accent-bg"), ("accent", "card"), ("accent", "sunk"), ("crit", "crit-bg"), ("high", "high-bg"), ("med", "med-bg"),
           ("low", "low-bg"), ("info", "info-bg"), ("good", "good-bg"), ("maybe", "maybe-bg"), ("maybe", "sunk"), ("card", "crit"), ("card", "accent"),
           ("card", "ink"), ("crit", "card"), ("high", "card"), ("med", "card"), ("low", "card"), ("info", "card"), ("ink", "good-bg"), ("ink", "maybe-bg")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_aa(scheme):
    """WCAG 2.2, 1.4.3: 4.5 to 1 for text; 1.4.11: 3 to 1 for edges of drawings and icons."""
    css = (ROOT / "src/show/html/page.css").read_text()
    blocks = re.findall(r":root \{(.*?)\}", css, re.S)
    colours = {k: (v if len(v) == 7 else "#" + "".join(c * 2 for c in v[1:])) for k, v in re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", blocks[0])}
    if scheme == "dark":
        colours.update({k: (v if len(v) == 7 else "#" + "".join(c * 2 for c in v[1:])) for k, v in re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", blocks[1])})
    for text, ground in TEXT_ON:
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    assert contrast(colours["edge"], colours["card"]) >= 3 and contrast(colours["maybe"], colours["card"]) >= 3


def test_icons_stand_out_from_their_kinds_colour():
    style = re.search(r"<style>(.*?)</style>", page("bot"), re.S).group(1)
    kinds = re.findall(r"\.k\d+\{--k:(#[0-9a-f]{6})(?:;--ki:(#[0-9a-f]{6}))?\}", style)
    assert len(kinds) > 40
    for ground, icon in kinds:
        assert contrast(ground, icon or "#ffffff") >= 3, ground
