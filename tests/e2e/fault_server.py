"""An S3 server that misbehaves as no real one can be made to. It holds objects in memory, under any bucket's name."""

import bisect
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape


class FaultServer(ThreadingHTTPServer):
    """Each request may be spoilt first: `spoil(handler, kind)` answers it and returns True, or leaves it to the server;
    what takes a while it returns as a function of the handler. `kind` is list, folders (a listing with a delimiter) or get. `arrange(keys)` says in which order keys are listed."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, objects, page_size=1000, spoil=lambda handler, kind: False, version_1=False, arrange=None):
        super().__init__(("127.0.0.1", 0), FaultHandler)
        self.objects, self.page_size, self.spoil, self.version_1 = objects, page_size, spoil, version_1
        self.arrange = arrange
        self.sorted_keys = None
        self.requests = []
        self.lock = threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def handle_error(self, request, client_address):
        """Clients that are killed leave their connections broken."""

    def stop(self):
        self.shutdown()
        self.thread.join()
        self.server_close()

    def of_kind(self, kind):
        return [(query, headers) for made, query, headers in self.requests if made == kind]

    def keys(self, prefix, after):
        """Those with a prefix and behind a key, as they are listed."""
        if self.sorted_keys is None or len(self.sorted_keys) != len(self.objects):
            self.sorted_keys = sorted(self.objects, key=str.encode)
        if self.arrange:
            return [key for key in self.arrange(self.sorted_keys) if key.startswith(prefix) and key > after]
        first = max(bisect.bisect_left(self.sorted_keys, prefix), bisect.bisect_right(self.sorted_keys, after))
        last = bisect.bisect_right(self.sorted_keys, prefix + "\U0010ffff")
        return self.sorted_keys[first:last]


class FaultHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", cut=0, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) - cut])
        if cut:
            self.close_connection = True

    def error(self, status, code, more="", **headers):
        self.answer(status, f"<Error><Code>{code}</Code><Message>m</Message>{more}</Error>".encode(), **headers)

    def do_GET(self):
        target = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(target.query, keep_blank_values=True).items()}
        kind = "get" if "list-type" not in query else "folders" if "delimiter" in query else "list"
        key = unquote(target.path).lstrip("/").partition("/")[2]
        with self.server.lock:
            self.server.requests.append((kind, query | {"key": key}, dict(self.headers)))
            self.question = kind, key, query
            spoilt = self.server.spoil(self, kind)
        if callable(spoilt):
            spoilt(self)
        if spoilt:
            return
        self.serve(kind, key, query)

    def serve(self, kind, key, query):
        if kind == "get":
            self.give(key)
        else:
            self.answer(200, self.listing(query))

    def give(self, key):
        body = self.server.objects.get(key)
        if body is None:
            return self.error(404, "NoSuchKey")
        etag = f'"{hashlib.md5(body).hexdigest()}"'
        if "Range" not in self.headers:
            return self.answer(200, body, ETag=etag)
        first, last = self.headers["Range"].removeprefix("bytes=").split("-")
        part = body[int(first) : int(last) + 1]
        if not part:
            return self.error(416, "InvalidRange")
        self.answer(206, part, ETag=etag, Content_Range=f"bytes {first}-{int(first) + len(part) - 1}/{len(body)}")

    def listing(self, query):
        prefix, after, first = query.get("prefix", ""), query.get("start-after", ""), 0
        if "continuation-token" in query:
            place, after = query["continuation-token"].removeprefix("opaque/+=").split("|", 1)
            first = int(place)
        keys = self.server.keys(prefix, after)
        parts = ["<ListBucketResult><EncodingType>url</EncodingType>"]
        if "delimiter" in query:
            folders = {prefix + key[len(prefix) :].split("/")[0] + "/" for key in keys if "/" in key[len(prefix) :]}
            loose = [key for key in keys if "/" not in key[len(prefix) :]]
            parts += [f"<Contents><Key>{quote(key)}</Key><ETag>&quot;e&quot;</ETag><Size>0</Size></Contents>" for key in loose]
            parts += [f"<CommonPrefixes><Prefix>{quote(folder)}</Prefix></CommonPrefixes>" for folder in sorted(folders)]
            return ("".join(parts) + "<IsTruncated>false</IsTruncated></ListBucketResult>").encode()
        last = first + self.server.page_size
        for key in keys[first:last]:
            body = self.server.objects[key]
            parts.append(
                f"<Contents><Key>{quote(key)}</Key><ETag>&quot;{hashlib.md5(body).hexdigest()}&quot;</ETag>"
                f"<Size>{len(body)}</Size></Contents>"
            )
        parts.append(f"<IsTruncated>{str(last < len(keys)).lower()}</IsTruncated>")
        if last < len(keys) and not self.server.version_1:
            parts.append(f"<NextContinuationToken>{escape(f'opaque/+={last}|{after}')}</NextContinuationToken>")
        return ("".join(parts) + "</ListBucketResult>").encode()


def hang_up(handler):
    handler.close_connection = True


def once_each(*answers):
    """Spoils the first requests to list and to get, one after another."""
    left = {"list": list(answers), "get": list(answers), "folders": []}

    def spoil(handler, kind):
        if not left[kind]:
            return False
        left[kind].pop(0)(handler)
        return True

    return spoil
