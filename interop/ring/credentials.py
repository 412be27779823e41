"""AWS credentials as a container of ECS gets them: an endpoint of ours gives a new key each time that the last one is half over."""

import json
import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATH = "/credentials"


class Endpoint:
    """Serves keys that live so many seconds, and lets `know` hear which count. Use as a context manager."""

    def __init__(self, know, principal, seconds):
        self.know, self.principal, self.seconds = know, principal, seconds
        self.keys, self.born, self.lock = [], 0.0, threading.Lock()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            """One answer."""

            def do_GET(self):
                """The credentials, to whoever asks for their path."""
                found = self.path == PATH
                body = json.dumps(endpoint.current() if found else {}).encode()
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}{PATH}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def current(self):
        """The newest key, as the container's agent words it. The one before counts until its end."""
        with self.lock:
            now = time.time()
            if not self.keys or now - self.born > self.seconds / 2:
                number, self.born = len(self.keys) + 1, now
                self.keys.append((f"ASIARING{number:08}", f"secret/{number}+of=the-ring", f"token/+={number}", self.principal))
                self.know(self.keys[-2:])
            access, secret, token, _ = self.keys[-1]
            end = datetime.fromtimestamp(self.born + self.seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            return {"AccessKeyId": access, "SecretAccessKey": secret, "Token": token, "Expiration": end}
