"""A proxy in front of a mock AWS that is as unkind as the real one can be: refusals, throttling, cut answers, a clock of its own."""
import calendar
import email.utils
import http.server
import re
import threading
import time
import urllib.error
import urllib.request


class Proxy:
    """rule(service, action, n) → None (pass on), ("deny",), ("throttle",), ("cut",) or ("skew", seconds). n counts requests of that service and action.
    action: the query's Action, the JSON target's last part, or method and path."""

    def __init__(self, upstream, rule=None, tls=None, after=None):
        """after(key id, service, action, status) is told of every request that was passed on."""
        self.upstream, self.rule, self.after, self.seen, self.lock = upstream, rule, after, [], threading.Lock()
        self.counts = {}
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def send(self, status, body, kind, date=None):
                self.send_response_only(status)
                self.send_header("Date", email.utils.formatdate(date or time.time(), usegmt=True))
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def refuse(self, status, code, date=None):
                if "x-amz-json" in (self.headers.get("Content-Type") or ""):
                    self.send(status, b'{"__type":"%s","message":"by the test"}' % code.encode(), "application/x-amz-json-1.1", date)
                else:
                    self.send(status, b"<ErrorResponse><Error><Code>%s</Code><Message>by the test</Message></Error></ErrorResponse>" % code.encode(), "text/xml", date)

            def handle_all(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                key = re.search(r"Credential=([^/]+)/", self.headers.get("Authorization") or "")
                scope = re.search(r"Credential=[^/]+/(\d+)/([^/]+)/([^/]+)/", self.headers.get("Authorization") or "")
                service = scope[3] if scope else ""
                target, query = self.headers.get("X-Amz-Target"), re.match(rb"Action=(\w+)", body)
                action = target.rsplit(".", 1)[-1] if target else query[1].decode() if query else f"{self.command} {self.path}"
                with proxy.lock:
                    n = proxy.counts[service, action] = proxy.counts.get((service, action), 0) + 1
                    proxy.seen.append((service, action, self.headers.get("X-Amz-Date")))
                what = proxy.rule(service, action, n) if proxy.rule else None
                if what and what[0] == "deny":
                    return self.refuse(403, "AccessDenied")
                if what and what[0] == "throttle":
                    return self.refuse(400, "ThrottlingException")
                if what and what[0] == "skew":
                    then = time.time() + what[1]
                    stamp = calendar.timegm(time.strptime(self.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ"))
                    if abs(stamp - then) > 300:
                        return self.refuse(403, "RequestTimeTooSkewed", then)
                q = urllib.request.Request(proxy.upstream + self.path, data=body or None, method=self.command,
                                           headers={k: v for k, v in self.headers.items() if k.lower() not in ("content-length", "connection")})
                try:
                    with urllib.request.urlopen(q) as r:
                        status, answer, kind = r.status, r.read(), r.headers.get("Content-Type", "")
                except urllib.error.HTTPError as e:
                    status, answer, kind = e.code, e.read(), e.headers.get("Content-Type", "")
                if proxy.after:
                    proxy.after(key[1] if key else "", service, action, status)
                if what and what[0] == "cut":
                    answer = answer[:len(answer) // 2]
                self.send(status, answer, kind)

            do_GET = do_POST = do_PUT = handle_all

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.server.shutdown()
        self.server.server_close()
