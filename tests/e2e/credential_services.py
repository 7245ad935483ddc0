"""Services that give AWS keys away, as containers and instances have them. What they give can change and end."""

import datetime
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROLE = "a-role"
SESSION = "a-session-token-of-the-metadata-service"


class CredentialService(ThreadingHTTPServer):
    """Answers as a container's service at /keys and as the instance metadata service (version 2). The keys are taken
    in turn from `pairs` and live for `seconds`. `given` is how often some were."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, pairs, seconds, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.pairs, self.seconds, self.given = pairs, seconds, 0
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def keys(self):
        access_key, secret_key = self.pairs[self.given % len(self.pairs)]
        self.given += 1
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.seconds)
        return {
            "Code": "Success",
            "AccessKeyId": access_key,
            "SecretAccessKey": secret_key,
            "Token": "",
            "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def stop(self):
        self.shutdown()
        self.thread.join()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")  # so that nobody is served when it has stopped
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        wants_session = self.path == "/latest/api/token" and "X-aws-ec2-metadata-token-ttl-seconds" in self.headers
        self.answer(200 if wants_session else 404, SESSION if wants_session else "")

    def do_GET(self):
        folder = "/latest/meta-data/iam/security-credentials/"
        if self.path == "/keys":
            return self.answer(200, json.dumps(self.server.keys()))
        if self.headers.get("X-aws-ec2-metadata-token") != SESSION:
            return self.answer(401, "")
        if self.path == folder:
            return self.answer(200, ROLE)
        if self.path == folder + ROLE:
            return self.answer(200, json.dumps(self.server.keys()))
        self.answer(404, "")
