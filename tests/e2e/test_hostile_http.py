"""What a hostile or broken client sends over a raw socket: no hang, no crash, no 5xx, and others are served on."""

import contextlib
import json
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest

# A neighbour's request is answered in milliseconds; this much is a hang, even on a busy machine.
PATIENCE = 20


class Client:
    """A socket that sends exactly the bytes it is told to."""

    def __init__(self, url, receive_buffer=None):
        parts = urlsplit(url)
        self.host = parts.netloc
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(PATIENCE)
        self.socket.connect((parts.hostname, parts.port))
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())
        return self

    def request(self, target, method="GET", headers=(), body=b"", host=True):
        lines = [f"{method} {target} HTTP/1.1"]
        if host:
            lines.append(f"Host: {self.host}")
        lines += headers
        return self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def fill(self):
        piece = self.socket.recv(65536)
        self.buffer += piece
        return bool(piece)

    def take(self, count):
        while len(self.buffer) < count:
            assert self.fill(), "the answer is cut short"
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def line(self):
        while b"\r\n" not in self.buffer:
            assert self.fill(), "the connection closed without an answer"
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def response(self, head=False):
        """Status, headers, body."""
        status = int(self.line().split(b" ")[1])
        headers = {}
        while line := self.line():
            name, value = line.decode().split(": ", 1)
            headers[name.lower()] = value
        if head or status < 200 or status in (204, 304):
            return status, headers, b""
        if "transfer-encoding" not in headers:
            return status, headers, self.take(int(headers["content-length"]))
        body = b""
        while size := int(self.line(), 16):
            body += self.take(size)
            assert self.take(2) == b"\r\n"
        assert self.line() == b""
        return status, headers, body

    def is_closed(self):
        """True when the server closes; anything else it sends is a mistake."""
        try:
            return self.buffer == b"" and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


def get(url, path):
    try:
        with urllib.request.urlopen(url + path, timeout=PATIENCE) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def server_errors(url):
    """The failures counted so far, from the service's own metrics; 501 and 505 are the client's doing."""
    with urllib.request.urlopen(url + "/metrics", timeout=PATIENCE) as answer:
        text = answer.read().decode()
    return sorted(line for line in text.splitlines() if re.search(r'status="50[0234]"', line))


@pytest.fixture(autouse=True)
def others_are_served(api):
    """After each test another client is answered at once, and nothing was answered 5xx."""
    before = server_errors(api.url)
    yield
    assert get(api.url, "/health/live") == 200
    assert get(api.url, "/collections") == 200
    assert server_errors(api.url) == before


@pytest.fixture
def client(api):
    with Client(api.url) as client:
        yield client


def chunked(client, body):
    return client.request(
        "/search", "POST", ["Content-Type: application/json", "Transfer-Encoding: chunked"], body
    )


def test_answers_a_chunked_body_split_between_cr_and_lf(api):
    """Stock Pistache 0.0.5 loses a thread for ever to each of these."""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Client(api.url)) for _ in range(16)]
        for client in clients:
            chunked(client, b'b\r\n{"limit": 1\r')
        assert get(api.url, "/health/live") == 200
        for client in clients:
            client.send(b"\n1\r\n}\r\n0\r\n\r")
        for client in clients:
            client.send(b"\n")
            status, _, body = client.response()
            assert status == 200
            assert json.loads(body)["type"] == "FeatureCollection"


def test_answers_a_body_sent_byte_by_byte(client):
    body = b"9;name=value\r\n" + b'{"limit":' + b"\r\n2\r\n1}\r\n0\r\nTrailer: x\r\n\r\n"
    chunked(client, b"")
    for byte in body:
        client.send(bytes([byte]))
    assert client.response()[0] == 200


@pytest.mark.parametrize("count", [3, 7000, 20_000])
def test_survives_many_slashes(client, count):
    """Stock Pistache 0.0.5 crashes at about 15,000."""
    client.request("/" * count)
    assert client.response()[0] in (404, 414)


def test_survives_many_slashes_behind_a_route(client):
    client.request("/collections" + "/a" * 3500)
    assert client.response()[0] == 404


def test_slow_readers_hold_nobody_up(api):
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(Client(api.url, receive_buffer=65536)) for _ in range(40)]
        for client in slow:
            for _ in range(20):
                client.request("/search?limit=1000")
        started = time.monotonic()
        for _ in range(20):
            assert get(api.url, "/health/live") == 200
        assert time.monotonic() - started < PATIENCE
        status, _, body = slow[0].response()
        assert status == 200
        assert json.loads(body)["type"] == "FeatureCollection"


def test_slow_writers_hold_nobody_up(api):
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(Client(api.url)) for _ in range(100)]
        for number, client in enumerate(slow):
            client.send(b"POST /search HTTP/1.1\r\nHo" if number % 2 else b"G")
        for _ in range(20):
            assert get(api.url, "/health/live") == 200


def test_answers_pipelined_requests_in_order(client):
    targets = ["/", "/conformance", "/nothing", "/collections", "/search?limit=0&limit=x", "/health/live"] * 20
    client.send("".join(f"GET {target} HTTP/1.1\r\nHost: {client.host}\r\n\r\n" for target in targets))
    seen = [client.response()[0] for _ in targets]
    assert seen == [200, 200, 404, 200, 400, 200] * 20


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (["Content-Length: 4", "Transfer-Encoding: chunked"], 400),
        (["Transfer-Encoding: chunked", "Content-Length: 4"], 400),
        (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], 400),
        (["Content-Length: 4", "Content-Length: 5"], 400),
        (["Content-Length: 4, 5"], 400),
        (["Content-Length: +4"], 400),
        (["Content-Length: -4"], 400),
        (["Content-Length: 0x4"], 400),
        (["Content-Length : 4"], 400),
        (["X: y\r\n Content-Length: 4"], 400),
        (["X: y\rContent-Length: 4"], 400),
        (["X: y\nContent-Length: 4"], 400),
        (["Host: other"], 400),
        (["Expect: a-miracle", "Content-Length: 4"], 417),
    ],
)
def test_refuses_smuggling_and_closes(client, headers, expected):
    client.request("/search", "POST", headers, b"GET /conformance HTTP/1.1\r\nHost: smuggled\r\n\r\n")
    status, answer, body = client.response()
    assert status == expected
    assert answer["connection"] == "close"
    assert set(json.loads(body)) >= {"code", "description"}
    assert client.is_closed()


@pytest.mark.parametrize("size", ["x", "-1", "0x1", "1 1", "", "1" * 5000, "1;" + "x" * 5000])
def test_refuses_bad_chunk_sizes(client, size):
    chunked(client, size.encode() + b"\r\n{\r\n0\r\n\r\n")
    assert client.response()[0] in (400, 413)
    assert client.is_closed()


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET /\r\n", 400),
        (b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", 505),
        (b"get me a beer\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n", 400),
        (b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n", 400),
        (b"GET /" + b"u" * 20_000, 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 100_000, 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 1000, 431),
    ],
)
def test_refuses_what_is_no_request(client, start, expected):
    with contextlib.suppress(ConnectionError):
        client.send(start)
    assert client.response()[0] == expected
    assert client.is_closed()


def test_tells_http_2_clients_that_it_speaks_http_1(client, api):
    """By 505, which is the client's doing; it is not one of the service's failures."""
    client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    assert client.response()[0] == 505


@pytest.mark.parametrize(
    "target",
    [
        "/collections/a%00b",
        "/collections/%",
        "/collections/%zz",
        "/collections/%ff",
        "/collections/%c0%af",
        "/search?collections=a%00b",
        "/search?collections=%",
        "/search?datetime=%00",
        "/search?ids=%ff",
        "/search?bbox=%00",
        "/search?token=%00",
        "/search?limit=%00",
    ],
)
def test_refuses_escapes_that_stand_for_no_text(client, target):
    client.request(target)
    status, _, body = client.response()
    assert status == 400
    assert set(json.loads(body)) >= {"code", "description"}


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000,
        b'{"intersects":' * 50_000 + b"1" + b"}" * 50_000,
        b'{"ids":["\\u0000"]}',
        b'{"limit":1e999}',
        b'{"ids":["\xff"]}',
        b"\x00",
        b"",
    ],
    ids=["open", "nested", "objects", "geometry", "nul", "infinity", "not-utf8", "zero", "nothing"],
)
def test_refuses_hostile_json(client, body):
    client.request(
        "/search", "POST", ["Content-Type: application/json", f"Content-Length: {len(body)}"], body
    )
    status, _, answer = client.response()
    assert status == 400
    assert set(json.loads(answer)) >= {"code", "description"}


def test_refuses_too_large_a_body_before_it_is_sent(client):
    client.request("/search", "POST", ["Expect: 100-continue", "Content-Length: 100000000"])
    assert client.response()[0] == 413
    assert client.is_closed()


def test_says_continue(client):
    body = b'{"limit":1}'
    client.request(
        "/search",
        "POST",
        ["Content-Type: application/json", "Expect: 100-continue", f"Content-Length: {len(body)}"],
    )
    assert client.response()[0] == 100
    client.send(body)
    assert client.response()[0] == 200


def test_does_not_read_an_endless_body(client):
    chunked(client, b"")
    block = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with contextlib.suppress(ConnectionError):
        for _ in range(400):
            client.send(block)
    with contextlib.suppress(ConnectionError):
        assert client.response()[0] == 413


def test_closes_on_a_client_that_pipelines_and_never_reads(api):
    with Client(api.url, receive_buffer=4096) as flood:
        block = f"GET /collections HTTP/1.1\r\nHost: {flood.host}\r\n\r\n".encode() * 1000
        with pytest.raises(ConnectionError):
            for _ in range(10_000):
                flood.send(block)


def test_serves_while_many_connections_are_idle(api):
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(Client(api.url)) for _ in range(500)]
        assert get(api.url, "/health/live") == 200
        idle[250].request("/health/live")
        assert idle[250].response()[0] == 200


def test_forgets_clients_that_leave_in_the_middle(api):
    for start in (b"G", b"GET /search", b"POST /search HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{"):
        for _ in range(50):
            with Client(api.url) as client:
                client.send(start)
    for _ in range(50):
        with Client(api.url) as client:
            client.request("/search?limit=100")


def test_serves_many_clients_at_once(api):
    problems = []

    def converse():
        try:
            with Client(api.url) as client:
                for _ in range(20):
                    client.request("/health/live")
                    if client.response()[0] != 200:
                        problems.append("status")
        except Exception as error:
            problems.append(repr(error))

    threads = [threading.Thread(target=converse) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
