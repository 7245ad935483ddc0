"""Reads JSON Schemas from a folder laid out by URL (<host>/<path>) instead of the network.

`install()` must run before the client libraries are used. It answers a URL the folder holds from the folder, lets
loopback addresses through and refuses everything else at once, so that no test depends on the network.
"""

import io
import ipaddress
import os
import urllib.error
import urllib.request
import urllib.response
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests
import requests.adapters
import urllib3

DEFAULT_ROOT = Path(__file__).resolve().parents[4] / "shared" / "schemas"


def schema_root():
    """The folder of schemas: HAYDEN_SCHEMAS, or ../shared/schemas beside the checkout."""
    return Path(os.environ.get("HAYDEN_SCHEMAS", DEFAULT_ROOT))


def is_available():
    return (schema_root() / "schemas.stacspec.org").is_dir()


def find(url):
    """The bytes of the schema at `url`; nothing if the folder does not hold it."""
    parts = urlsplit(url)
    path = (schema_root() / (parts.hostname or "") / unquote(parts.path).lstrip("/")).resolve()
    if path.is_file() and path.is_relative_to(schema_root().resolve()):
        return path.read_bytes()
    return None


def _is_loopback(url):
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refusal(url):
    return f"{url} is neither on this machine nor among the schemas of {schema_root()}"


def _patch_requests():
    send = requests.adapters.HTTPAdapter.send

    def offline_send(self, request, **options):
        body = find(request.url)
        if body is not None:
            response = requests.Response()
            response.status_code = 200
            response.url = request.url
            response.request = request
            response.headers["Content-Type"] = "application/json"
            response.raw = io.BytesIO(body)
            return response
        if not _is_loopback(request.url):
            raise requests.exceptions.ConnectionError(_refusal(request.url), request=request)
        return send(self, request, **options)

    requests.adapters.HTTPAdapter.send = offline_send


def _patch_urllib():
    urlopen = urllib.request.urlopen

    def offline_urlopen(request, *args, **options):
        url = request if isinstance(request, str) else request.full_url
        body = find(url)
        if body is not None:
            return urllib.response.addinfourl(io.BytesIO(body), {}, url, 200)
        if not _is_loopback(url):
            raise urllib.error.URLError(_refusal(url))
        return urlopen(request, *args, **options)

    urllib.request.urlopen = offline_urlopen


def _patch_urllib3():
    request = urllib3.PoolManager.request

    def offline_request(self, method, url, *args, **options):
        body = find(url)
        if body is not None:
            return urllib3.HTTPResponse(io.BytesIO(body), status=200, preload_content=False)
        if not _is_loopback(url):
            raise urllib3.exceptions.HTTPError(_refusal(url))
        return request(self, method, url, *args, **options)

    urllib3.PoolManager.request = offline_request


def install():
    """Patches the three ways Python's STAC libraries read a URL: requests, urllib and urllib3 (pystac)."""
    _patch_requests()
    _patch_urllib()
    _patch_urllib3()
