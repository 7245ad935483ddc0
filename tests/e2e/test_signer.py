"""Our presigned URLs against those of botocore: the same, byte for byte."""

import datetime
import json
import random
import subprocess
from urllib.parse import quote

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

COUNT = 10_000
CHARACTERS = "abcXYZ0189-._~/ +%&=?#\"'\\!*()[]{}<>|^`$,:;@éß漢😀"


def text(source, most, characters=CHARACTERS):
    return "".join(source.choices(characters, k=source.randint(1, most)))


def requests_to_sign(seed):
    source = random.Random(seed)
    for _ in range(COUNT):
        time = datetime.datetime(2000, 1, 1) + datetime.timedelta(seconds=source.randrange(1_500_000_000))
        yield {
            "method": source.choice(["GET", "HEAD"]),
            "host": source.choice(["b.s3.us-west-2.amazonaws.com", "s3.amazonaws.com", "localhost:9000", "a-b.example.org"]),
            "path": "/" + text(source, 120),
            "region": text(source, 14, "abc-12"),
            "request_payer": source.random() < 0.3,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "lifetime": source.randint(1, 604_800),
            "access_key_id": text(source, 20, "ABCDEF234567"),
            "secret_access_key": text(source, 60),
            "session_token": text(source, 700) if source.random() < 0.5 else "",
        }


def query_of_botocore(monkeypatch, asked):
    moment = datetime.datetime.strptime(asked["time"], "%Y-%m-%dT%H:%M:%SZ")
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: moment)
    credentials = botocore.credentials.Credentials(
        asked["access_key_id"], asked["secret_access_key"], asked["session_token"] or None
    )
    parameters = {"x-amz-request-payer": "requester"} if asked["request_payer"] else {}
    url = f"https://{asked['host']}{quote(asked['path'], safe='/-._~')}"
    request = botocore.awsrequest.AWSRequest(asked["method"], url, params=parameters)
    botocore.auth.S3SigV4QueryAuth(credentials, "s3", asked["region"], asked["lifetime"]).add_auth(request)
    return request.url.partition("?")[2]


def test_queries_are_those_of_botocore(bin, monkeypatch):
    asked = list(requests_to_sign(seed=5))
    lines = "".join(json.dumps(one) + "\n" for one in asked)
    done = subprocess.run([bin("hayden-print-presigned")], input=lines, capture_output=True, text=True, check=True)
    ours = done.stdout.splitlines()
    assert len(ours) == COUNT
    for one, query in zip(asked, ours):
        # Ours come in the order of the signed text; botocore puts the request's own parameters first.
        theirs = query_of_botocore(monkeypatch, one)
        assert sorted(query.split("&")) == sorted(theirs.split("&")), one
        *signed, signature = query.split("&")
        assert signed == sorted(signed)
        assert signature.startswith("X-Amz-Signature=")


def test_a_difference_would_be_noticed(bin, monkeypatch):
    one = next(requests_to_sign(seed=6))
    query = query_of_botocore(monkeypatch, one)
    with pytest.raises(AssertionError):
        assert query == query_of_botocore(monkeypatch, one | {"path": one["path"] + "x"})
