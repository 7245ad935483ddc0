"""The OpenAPI document says what the service does: each answer is one of those it describes, and no route is missing."""

import json
import re

import pytest
import requests
import yaml
from conftest import ROOT
from openapi_contract import Contract, resolve
from openapi_spec_validator import OpenAPIV30SpecValidator

SOURCE = (ROOT / "openapi/openapi.yaml").read_text()


@pytest.fixture(scope="module")
def document(api):
    return requests.get(api.url + "/api", timeout=30).json()


def test_served_document_is_the_one_in_the_repository(api, document):
    assert document == yaml.safe_load(SOURCE)
    assert requests.get(api.url + "/api.yaml", timeout=30).text == SOURCE


@pytest.fixture(scope="module")
def contract(document):
    return Contract(document)


def nodes(node, place=()):
    """All objects of the document with their places."""
    if isinstance(node, dict):
        yield place, node
    for name, part in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from nodes(part, (*place, str(name)))


def faults_of_operation(document, place, operation, shared):
    summary = operation.get("summary", "")
    if not summary or summary.endswith("."):
        yield "no summary, or one with a full stop"
    if not operation.get("description", "").strip().endswith((".", "`")):
        yield "no description, or one without a full stop"
    if not re.fullmatch("[a-z][a-z_]*", operation.get("operationId", "")):
        yield "no operationId in lower case"
    if len(operation.get("tags", [])) != 1:
        yield "not one tag"
    if not any(status[0] in "23" for status in operation["responses"]):
        yield "no status of success"
    for status, response in operation["responses"].items():
        content = resolve(document, response).get("content", {})
        if status[0] in "45" and "application/json" not in content:
            yield f"status {status} has no problem as its body"
    parameters = [resolve(document, one) for one in shared + operation.get("parameters", [])]
    if len({(one["in"], one["name"]) for one in parameters}) < len(parameters):
        yield "a parameter twice"
    named = {one["name"] for one in parameters if one["in"] == "path"}
    if named != set(re.findall(r"\{([^}]*)\}", place[1])):
        yield "path parameters are not those of the path"


def faults_of_schema(document, schema):
    if "properties" in schema and isinstance(schema.get("required"), list):
        missing = set(schema["required"]) - set(schema["properties"])
        if missing:
            yield f"required and not defined: {missing}"
    if schema.get("nullable") and "type" not in schema:
        yield "nullable without a type"
    if schema.get("type") == "array" and "items" not in schema:
        yield "an array without items"
    for given in ("example", "default"):
        if given in schema and not isinstance(schema[given], dict | list) or given == "example" and given in schema:
            yield from (
                f"{given}: {error.message}" for error in Contract(document).validator(schema).iter_errors(schema[given])
            )


def faults(document):
    """What a linter of OpenAPI documents complains about."""
    ids, tags = [], []
    for place, node in nodes(document):
        found = []
        if place[:1] == ("paths",) and len(place) == 3 and place[2] != "parameters":
            ids.append(node.get("operationId"))
            tags += node.get("tags", [])
            found += faults_of_operation(document, place, node, document["paths"][place[1]].get("parameters", []))
        if {"name", "in"} <= node.keys() and place[-2:-1] in (("parameters",),):
            if not node.get("description"):
                found.append("no description")
            if ("schema" in node) == ("content" in node):
                found.append("neither schema nor content, or both")
        if place[-1:] not in (("properties",), ("headers",), ("content",)) and place[-2:-1] != ("allOf",):
            found += faults_of_schema(document, node)
        yield from (f"{'/'.join(place)}: {one}" for one in found)
    yield from (f"operationId {one} is given twice" for one in set(ids) if ids.count(one) > 1)
    if {tag["name"] for tag in document["tags"]} != set(tags):
        yield "tags are not those of the operations"
    for name in ("description", "contact", "license", "version"):
        if not document["info"].get(name):
            yield f"info has no {name}"
    if any(server["url"].endswith("/") for server in document["servers"]):
        yield "the URL of a server ends with a slash"
    references = {node["$ref"] for _, node in nodes(document) if isinstance(node.get("$ref"), str)}
    references |= {f"#/components/securitySchemes/{name}" for one in document["security"] for name in one}
    for kind, components in document["components"].items():
        for name in components:
            if f"#/components/{kind}/{name}" not in references:
                yield f"{kind}/{name} is not used"


def test_document_is_valid_and_without_faults():
    document = yaml.safe_load(SOURCE)
    assert not [error.message[:500] for error in OpenAPIV30SpecValidator(document).iter_errors()]
    assert not list(faults(document))


def test_faults_would_be_noticed():
    document = yaml.safe_load(SOURCE)

    def found(change):
        copy = json.loads(json.dumps(document))
        change(copy["paths"]["/search"]["get"], copy["components"]["schemas"], copy)
        return "\n".join(faults(copy))

    assert "twice" in found(lambda operation, schemas, whole: operation.update(operationId="landing"))
    assert "no description" in found(lambda operation, schemas, whole: operation.pop("description"))
    assert "no status" in found(lambda operation, schemas, whole: [operation["responses"].pop(s) for s in ("200", "304")])
    assert "no problem" in found(lambda operation, schemas, whole: operation["responses"]["400"].clear())
    assert "not used" in found(lambda operation, schemas, whole: schemas.update(more={"type": "object"}))
    assert "example: " in found(lambda operation, schemas, whole: schemas["datetime"].update(example=5))
    assert "not defined" in found(lambda operation, schemas, whole: schemas["link"]["required"].append("more"))
    assert "nullable" in found(lambda operation, schemas, whole: schemas["names"].update(nullable=True))
    assert "slash" in found(lambda operation, schemas, whole: whole["servers"][0].update(url="/"))


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
    good += ["/aggregations", f"{collection}/aggregations", f"{collection}/queryables", f"{collection}/items", own, "/search"]
    good += ["/health/live", "/health/ready", "/metrics", "/collections?limit=1", "/children", "/children?limit=1"]
    years = f"{collection}/browse"
    months = f"{years}/{item['properties']['datetime'][:4]}"
    days = f"{months}/{item['properties']['datetime'][5:7]}"
    good += ["/browse", years, months, days, f"{days}/{item['properties']['datetime'][8:10]}"]
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
    for door in ("/aggregate", f"{collection}/aggregate"):
        wanted = "aggregations=total_count,datetime_max,cloud_cover_frequency,platform_frequency,grid_geotile_frequency"
        for query in ("", wanted, f"{wanted}&ids=none", "aggregations=x", "grid_geotile_frequency_precision=30"):
            yield "GET", f"{door}?{query}", {}
        yield "POST", door, {"json": {"aggregations": ["datetime_frequency", "centroid_geohash_grid_frequency"]}}
        yield "POST", door, {"json": {"aggregations": 7}}
        yield "POST", door, {"data": "x", "headers": {"Content-Type": "text/plain"}}
    yield "POST", "/collections/none/aggregate", {"json": {}}
    for path in ("", "/items", "/items/none", "/queryables", "/aggregate", "/aggregations"):
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


def test_every_answer_is_one_that_the_document_describes(api, contract):
    found, statuses = [], set()
    for method, path, options in traffic(api):
        response = requests.request(method, api.url + path, timeout=60, **options)
        statuses.add(response.status_code)
        found += [f"{method} {path[:80]} {response.status_code}: {one}" for one in contract.complaints(response)]
    assert not found, "\n".join(found)
    assert {200, 304, 400, 404, 405, 413, 414, 415, 431, 501} <= statuses


def test_a_wrong_answer_would_be_noticed(api, contract):
    response = requests.get(api.url + "/search?limit=1", timeout=30)
    assert contract.complaints(response) == []
    body = response.json()
    body["features"][0]["assets"] = []
    body["context"] = {}
    response.json = lambda: body
    assert any("assets" in one for one in contract.complaints(response))
    assert any("'context' was unexpected" in one for one in contract.complaints(response))
    response.headers["Content-Type"] = "application/json"
    assert contract.complaints(response) == ["Content-Type application/json"]


def test_media_type_is_that_of_the_version_and_of_the_links(api, document):
    kind = "application/vnd.oai.openapi+json;version=" + ".".join(document["openapi"].split(".")[:2])
    assert requests.get(api.url + "/api", timeout=30).headers["Content-Type"] == kind
    links = requests.get(api.url + "/", timeout=30).json()["links"]
    for rel, path, type_ in (("service-desc", "/api", kind), ("service-doc", "/api.html", "text/html")):
        assert [link["type"] for link in links if link["rel"] == rel and link["href"] == api.url + path] == [type_]


def test_page_for_people_loads_nothing_from_elsewhere(api):
    response = requests.get(api.url + "/api.html", timeout=30)
    assert response.headers["Content-Type"] == "text/html"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"
    assert not re.search("<(script|link|img|iframe|object|embed)|url\\(|@import", response.text)
    assert set(re.findall(r'(?:href|src)="([^"]*)"', response.text)) == {"api", "api.yaml"}


def test_page_for_people_names_every_operation(api, document):
    page = requests.get(api.url + "/api.html", timeout=30).text
    for path in document["paths"].values():
        for name, operation in path.items():
            if name != "parameters":
                assert f'id="{operation["operationId"]}"' in page
