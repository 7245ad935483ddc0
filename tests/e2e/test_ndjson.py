"""Pages of Items as lines: what GeoJSON pages hold, one Item a line, with the links to other pages in a header."""

import json
import sys
from pathlib import Path

import pytest
import requests
import rustac
from conftest import ROOT, binary, run

pytestmark = pytest.mark.usefixtures("described")

LINES = {"Accept": "application/x-ndjson"}


def links(response):
    return {link["rel"]: link for link in requests.utils.parse_header_links(response.headers.get("Link", ""))}


def items(response):
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/x-ndjson"), response.text[:500]
    assert "Accept" in response.headers["Vary"]
    assert response.text == "" or response.text.endswith("\n")
    return [json.loads(line) for line in response.content.decode().split("\n")[:-1]]


@pytest.mark.parametrize("path", ["/search?limit=40", "/collections/landsat-c2-l2/items?limit=7", "/search?fields=id&limit=3"])
def test_lines_hold_the_items_of_the_page(api, path):
    page = requests.get(api.url + path, timeout=60).json()
    by_accept = requests.get(api.url + path, headers=LINES, timeout=60)
    by_f = requests.get(api.url + path + "&f=ndjson", timeout=60)
    assert items(by_accept) == items(by_f) == page["features"] != []
    for accept in ("application/ndjson", "application/jsonl", "application/json;q=0.1, application/x-ndjson"):
        assert items(requests.get(api.url + path, headers={"Accept": accept}, timeout=60)) == page["features"]
    to_lines = [link["href"] for link in page["links"] if link.get("type") == "application/x-ndjson"]
    assert [items(requests.get(href, timeout=60)) for href in to_lines] == [page["features"]]


def test_no_items_are_no_lines(api):
    response = requests.get(api.url + "/search?ids=none&f=ndjson", timeout=30)
    assert items(response) == [] and "next" not in links(response)


def test_a_walk_by_get_gives_every_item_once(api):
    expected = requests.get(api.url + "/search?limit=10000", timeout=60).json()
    seen, url = [], api.url + "/search?limit=50&f=ndjson"
    while url:
        response = requests.get(url, timeout=60)
        seen += items(response)
        assert ("prev" in links(response)) == (len(seen) > 50)
        url = links(response).get("next", {}).get("url")
    assert [item["id"] for item in seen] == [item["id"] for item in expected["features"]]


def test_a_walk_by_post_adds_the_token_to_the_body(api):
    body, seen = {"limit": 50, "sortby": [{"field": "id", "direction": "asc"}]}, []
    while body:
        response = requests.post(api.url + "/search", json=body, headers=LINES, timeout=60)
        seen += [item["id"] for item in items(response)]
        ahead = links(response).get("next")
        assert not ahead or (ahead["url"], ahead["method"]) == (api.url + "/search", "POST")
        body = ahead and body | {"token": ahead["token"]}
    expected = requests.get(api.url + "/search?limit=10000&sortby=id", timeout=60).json()["features"]
    assert seen == [item["id"] for item in expected]


def test_lines_have_an_entity_tag_of_their_own_and_mistakes_are_json(api):
    url = api.url + "/search?limit=3"
    plain, lines = requests.get(url, timeout=30), requests.get(url, headers=LINES, timeout=30)
    assert plain.headers["ETag"] != lines.headers["ETag"]
    for headers, response, status in ((LINES, lines, 304), (LINES, plain, 200), ({}, plain, 304), ({}, lines, 200)):
        asked = {"If-None-Match": response.headers["ETag"]} | headers
        assert requests.get(url, headers=asked, timeout=30).status_code == status
    wrong = requests.get(api.url + "/search?limit=0", headers=LINES, timeout=30)
    assert (wrong.status_code, wrong.headers["Content-Type"]) == (400, "application/json")
    refused = requests.post(api.url + "/search?f=html", json={}, timeout=30)
    assert refused.status_code == 400 and refused.json()["description"] == "f: must be json or ndjson"


def test_lines_are_compressed_and_long_pages_streamed(api):
    response = requests.get(api.url + "/search?limit=10000&f=ndjson", headers={"Accept-Encoding": "gzip"}, timeout=60)
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers.get("Transfer-Encoding") == "chunked"
    assert len(items(response)) > 100


def test_an_item_is_one_line_however_it_was_sent(start_api, fresh_database, api):
    service = start_api(database=fresh_database)
    making = [binary("hayden-admin"), "token", "create", "--role", "agdc_admin", "--database-url", fresh_database.url]
    headers = {"Authorization": f"Bearer {run(*making).strip()}", "Content-Type": "application/geo+json"}
    collection = {
        "type": "Collection", "stac_version": "1.0.0", "id": "c", "description": "d", "license": "x", "links": [],
        "extent": {"spatial": {"bbox": [[0, 0, 1, 1]]}, "temporal": {"interval": [[None, None]]}},
    }  # fmt: skip
    assert requests.post(service.url + "/collections", json=collection, headers=headers, timeout=30).status_code == 201
    item = {
        "type": "Feature", "stac_version": "1.0.0", "id": "a", "geometry": None, "links": [], "assets": {},
        "properties": {"datetime": "2020-01-01T00:00:00Z", "text": "two\nlines\u2028and\x85more"},
    }  # fmt: skip
    for indent in (None, 2):
        data = json.dumps(item | {"id": f"i{indent}"}, indent=indent, ensure_ascii=False).encode()
        made = requests.post(service.url + "/collections/c/items", data=data, headers=headers, timeout=30)
        assert made.status_code == 201, made.text
    response = requests.get(service.url + "/search?f=ndjson", timeout=30)
    lines = response.content.decode().split("\n")
    assert lines.pop() == "" and len(lines) == 2
    assert {json.loads(line)["properties"]["text"] for line in lines} == {item["properties"]["text"]}


def test_the_commands_of_the_documentation_make_geoparquet(api, tmp_path):
    """As docs/api.md has it."""
    assert "rustac translate scenes.ndjson scenes.parquet" in (ROOT / "docs/api.md").read_text()
    lines = tmp_path / "scenes.ndjson"
    lines.write_bytes(requests.get(api.url + "/search?collections=landsat-c2-l2&limit=10000&f=ndjson", timeout=60).content)
    table = tmp_path / "scenes.parquet"
    run(Path(sys.executable).with_name("rustac"), "translate", lines, table)
    assert table.read_bytes()[:4] == b"PAR1"
    written = {item["id"] for item in rustac.read_sync(str(table))["features"]}
    assert written == {json.loads(line)["id"] for line in lines.read_text().splitlines()} != set()
