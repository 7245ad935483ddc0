"""The OpenAPI document says what the service does: each answer is one of those it describes, and no route is missing."""

import re
from pathlib import Path

import jsonschema
import pytest
import requests
import yaml

ROOT = Path(__file__).resolve().parents[2]
LANDSAT = "landsat-c2-l2"


@pytest.fixture(scope="module")
def document(api):
    return requests.get(api.url + "/api", timeout=30).json()


def resolve(document, node):
    while "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def as_json_schema(node):
    """OpenAPI 3.0 says `nullable` where JSON Schema has a type of null."""
    if isinstance(node, list):
        return [as_json_schema(part) for part in node]
    if not isinstance(node, dict):
        return node
    schema = {name: as_json_schema(part) for name, part in node.items() if name != "nullable"}
    if node.get("nullable") is True:
        return {"anyOf": [{"type": "null"}, schema]}
    return schema


def validator(document, schema):
    root = {"components": as_json_schema(document["components"]), "allOf": [as_json_schema(schema)]}
    return jsonschema.Draft7Validator(root)


def operation_of(document, path, method):
    """The operation and its path's pattern, or nothing; a literal segment goes before a parameter."""
    for pattern in sorted(document["paths"], key=lambda pattern: pattern.count("{")):
        expression = "".join(
            "[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]*\})", pattern)
        )
        if re.fullmatch(expression, path):
            return document["paths"][pattern].get(method)
    return None


def complaints(document, response):
    """What an answer has that the document does not describe."""
    path = response.request.path_url.split("?")[0]
    method = response.request.method.lower()
    operation = operation_of(document, path, "get" if method == "head" else method)
    if operation is None:
        operation = operation_of(document, path, "get") or document["paths"]["/search"]["get"]
    described = operation["responses"].get(str(response.status_code))
    if described is None:
        return [f"status {response.status_code}"]
    described = resolve(document, described)
    found = []
    for name, header in described.get("headers", {}).items():
        header = resolve(document, header)
        value = response.headers.get(name)
        if value is None:
            found += [f"no header {name}"] if header.get("required") else []
        else:
            found += [f"{name}: {error.message}" for error in validator(document, header["schema"]).iter_errors(value)]
    content = described.get("content", {})
    if not content:
        return found + ([f"a body: {response.content[:80]}"] if response.content else [])
    kind = response.headers.get("Content-Type")
    if kind not in content:
        return found + [f"Content-Type {kind}"]
    if method != "head" and "json" in kind:
        errors = validator(document, content[kind]["schema"]).iter_errors(response.json())
        found += [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in errors]
    return found


def test_served_document_is_the_one_in_the_repository(api, document):
    source = (ROOT / "openapi/openapi.yaml").read_text()
    assert document == yaml.safe_load(source)
    assert requests.get(api.url + "/api.yaml", timeout=30).text == source


def test_document_is_consistent(document):
    operations = [
        operation for path in document["paths"].values() for name, operation in path.items() if name != "parameters"
    ]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    references = set(re.findall(r"'\$ref': '([^']+)'", str(document)))
    assert references
    for reference in references:
        resolve(document, {"$ref": reference})
    used = {reference.split("/", 2)[2] for reference in references}
    for kind in ("parameters", "headers", "responses", "schemas"):
        unused = {f"{kind}/{name}" for name in document["components"][kind]} - used
        assert not unused
    for pattern, path in document["paths"].items():
        named = {resolve(document, one)["name"] for one in path.get("parameters", []) if resolve(document, one)["in"] == "path"}
        assert named == set(re.findall(r"\{([^}]*)\}", pattern))


def test_every_route_of_the_service_is_described_and_no_other(document):
    source = (ROOT / "api/app.cpp").read_text()
    routes = set(re.findall(r'Operation\{"(\w+)", "([^"]+)"', source))
    assert len(routes) >= 16
    described = {
        (method.upper(), pattern)
        for pattern, path in document["paths"].items()
        for method in path
        if method != "parameters"
    }
    assert routes == described


def test_methods_of_every_path_are_those_described(api, document):
    for pattern, path in document["paths"].items():
        described = {name.upper() for name in path if name != "parameters"} | {"OPTIONS"}
        described |= {"HEAD"} if "GET" in described else set()
        url = api.url + re.sub(r"\{[^}]*\}", "x", pattern)
        other = next(method for method in ("DELETE", "PUT", "PATCH", "POST") if method not in described)
        for method in ("OPTIONS", other):
            response = requests.request(method, url, timeout=30)
            assert set(response.headers["Allow"].split(", ")) == described, pattern


def traffic(api):
    """Requests to every path, good and bad."""
    first = requests.get(api.url + "/search?limit=3", timeout=30).json()
    item = first["features"][0]
    collection = f"/collections/{item['collection']}"
    own = f"{collection}/items/{item['id']}"
    west, south, east, north = item["bbox"]
    good = ["/", "/conformance", "/api", "/api.yaml", "/api.html", "/queryables", "/collections", collection]
    good += [f"{collection}/queryables", f"{collection}/items", own, "/search"]
    good += ["/health/live", "/health/ready", "/metrics", "/collections?limit=1"]
    queries = [f"bbox={west},{south},{east},{north}", f"datetime={item['properties']['datetime']}", f"ids={item['id']}"]
    queries += ["limit=10000", "sortby=-id,datetime", "collections=none", "bbox=170,-10,-170,10", "limit=1&unknown=x"]
    bad = ["limit=0", "bbox=1,2", "datetime=now", "intersects=%7B", "sortby=x", "token=x", "limit=%f", "filter=a"]
    for path in good:
        yield "GET", path, {}
        yield "HEAD", path, {}
        yield "DELETE", path, {}
        yield "BREW", path, {}
        yield "GET", path, {"headers": {"Host": "no host"}}
        yield "GET", path, {"headers": {"X-Large": "x" * 20_000}}
        yield "GET", path + "?x=" + "y" * 9_000, {}
        etag = requests.get(api.url + path, timeout=30).headers.get("ETag")
        if etag:
            yield "GET", path, {"headers": {"If-None-Match": etag}}
    for door in ("/search", f"{collection}/items"):
        for query in queries + bad:
            yield "GET", f"{door}?{query}", {}
    for path in ("", "/items", "/items/none", "/queryables"):
        yield "GET", f"/collections/none{path}", {}
    yield "GET", f"{collection}/items/none", {}
    yield "GET", "/collections?limit=0", {}
    yield "GET", "/collections?token=x", {}
    for body in (
        {},
        {"limit": 2},
        {"bbox": item["bbox"]},
        {"intersects": item["geometry"], "collections": [item["collection"]]},
        {"collections": item["collection"], "sortby": [{"field": "id", "direction": "desc"}]},
        {"limit": 0, "bbox": 7, "datetime": 7, "intersects": 7, "ids": 7, "sortby": 7, "token": 7},
        [],
    ):
        yield "POST", "/search", {"json": body}
    yield "POST", "/search", {"data": "{", "headers": {"Content-Type": "application/json"}}
    yield "POST", "/search", {"data": "x", "headers": {"Content-Type": "text/plain"}}
    yield "POST", "/search", {"data": b"x" * 3_000_000, "headers": {"Content-Type": "application/json"}}


def test_every_answer_is_one_that_the_document_describes(api, document):
    found, statuses = [], set()
    for method, path, options in traffic(api):
        response = requests.request(method, api.url + path, timeout=60, **options)
        statuses.add(response.status_code)
        found += [f"{method} {path[:80]} {response.status_code}: {one}" for one in complaints(document, response)]
    assert not found, "\n".join(found)
    assert {200, 304, 400, 404, 405, 413, 414, 415, 431, 501} <= statuses


def test_a_wrong_answer_would_be_noticed(api, document):
    response = requests.get(api.url + "/search?limit=1", timeout=30)
    assert complaints(document, response) == []
    body = response.json()
    body["features"][0]["assets"] = []
    response.json = lambda: body
    assert any("assets" in one for one in complaints(document, response))
    response.headers["Content-Type"] = "application/json"
    assert complaints(document, response) == ["Content-Type application/json"]


def test_page_for_people_names_every_operation(api, document):
    page = requests.get(api.url + "/api.html", timeout=30).text
    for path in document["paths"].values():
        for name, operation in path.items():
            if name != "parameters":
                assert f'id="{operation["operationId"]}"' in page
