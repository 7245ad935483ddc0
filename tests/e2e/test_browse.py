"""Every Item is reached from the landing page by links alone (STAC API Browseable 1.0.0-rc.3)."""

import base64
import json
from collections import Counter
from datetime import datetime

import pystac
import pytest
import requests

from test_collection_search import Index
from test_transactions import Stac, item

pytestmark = pytest.mark.usefixtures("described")

MOST_ITEMS = 1000
MOST_COLLECTIONS = 250


def catalog(url):
    answer = requests.get(url, timeout=30)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["type"] == "Catalog" and document["links"][0] == {"rel": "self", "type": "application/json", "href": url}
    return document


def hrefs(document, rel):
    return [link["href"] for link in document["links"] if link["rel"] == rel]


def titles(url):
    return [link["title"] for link in catalog(url)["links"] if link["rel"] in ("child", "item")]


def walk(url, parent):
    """How often each Item is linked to below a Catalog."""
    document = catalog(url)
    assert hrefs(document, "parent") == [parent]
    assert len(hrefs(document, "item")) <= MOST_ITEMS
    found = Counter(hrefs(document, "item"))
    for child in hrefs(document, "child"):
        # More of the Items of a day is below the same month as the day.
        found += walk(child, url if child.split("?")[0] != url.split("?")[0] else parent)
    return found


@pytest.fixture
def stac(start_api, fresh_database):
    return Stac(start_api(database=fresh_database).url, fresh_database)


def test_a_walk_from_the_root_meets_every_item_once(api):
    landing = requests.get(api.url, timeout=30).json()
    assert "https://api.stacspec.org/v1.0.0-rc.3/browseable" in landing["conformsTo"]
    walked = Counter((one.collection_id, one.id) for one in pystac.Catalog.from_file(api.url).get_items(recursive=True))
    page = requests.get(api.url + "/search?limit=1000", timeout=30).json()
    assert walked == Counter((one["collection"], one["id"]) for one in page["features"])
    assert page["numberMatched"] == len(page["features"]) > 5


def test_items_stand_under_the_day_they_are_sorted_by(stac):
    path = stac.add_collection()
    times = {
        "first": "0000-01-01T00:00:00Z",
        "antique": "0044-03-15T12:00:00Z",
        "before": "1969-12-31T23:59:59.999999Z",
        "after": "1970-01-01T00:00:00Z",
        "leap": "2020-02-29T23:30:00Z",
        "elsewhere": "2020-03-01T01:30:00+02:00",
        "march": "2020-03-01T00:00:00Z",
        "last": "9999-12-31T23:59:59.999999Z",
    }
    made = [item(id=name, properties={"datetime": at}) for name, at in times.items()]
    span = {"datetime": None, "start_datetime": "2020-02-28T00:00:00Z", "end_datetime": "2021-01-01T00:00:00Z"}
    made.append(item(id="year", properties=span))
    stac.expect(201, "POST", path + "/items", "ingest", json={"type": "FeatureCollection", "features": made})
    browse = stac.url + path + "/browse"
    assert browse in hrefs(stac.get(path).json(), "child")
    assert titles(browse) == ["0000", "0044", "1969", "1970", "2020", "9999"]
    assert titles(browse + "/2020") == ["2020-02", "2020-03"]
    assert titles(browse + "/2020/02") == ["2020-02-28", "2020-02-29"]
    assert titles(browse + "/2020/02/28") == ["year"]
    assert titles(browse + "/2020/02/29") == ["elsewhere", "leap"]
    assert titles(browse + "/2021") == titles(browse + "/2021/01/01") == []
    items = Counter(f"{stac.url}{path}/items/{one['id']}" for one in made)
    assert walk(browse, stac.url + path) == items
    stac.expect(204, "DELETE", path + "/items/leap")
    assert titles(browse + "/2020/02/29") == ["elsewhere"]


def test_archived_items_are_not_linked_to(start_api, fresh_database):
    index = Index(fresh_database)
    index.insert("a", "there", [0, 0, 1, 1], "2020-01-01T00:00:00Z")
    index.insert("a", "archived", [0, 0, 1, 1], "2021-01-01T00:00:00Z")
    fresh_database.query("update stac.item set archived = now() where id = 'archived'")
    assert titles(start_api(database=fresh_database).url + "/collections/a/browse") == ["2020"]


def test_many_items_of_one_moment_are_all_reached(stac):
    path = stac.add_collection()
    names = [f"tile {number}" for number in range(2 * MOST_ITEMS + 300)]
    for start in range(0, len(names), 500):
        features = [item(id=name) for name in names[start : start + 500]]
        stac.expect(201, "POST", path + "/bulk_items", "ingest", json=features)
    found = walk(stac.url + path + "/browse", stac.url + path)
    assert found == Counter(f"{stac.url}{path}/items/{name.replace(' ', '%20')}" for name in names)


def test_collections_without_a_place_on_the_landing_page_are_below_it(stac):
    text = "insert into stac.collection (id, content, etag) select 'c' || n, '{\"title\": \"C\"}', n from generate_series(1, %s) n"
    stac.database.query(text, 2 * MOST_COLLECTIONS + 20)
    found, url = [], stac.url + "/"
    while url:
        page = requests.get(url, timeout=30).json()
        children = hrefs(page, "child")
        found += [href for href in children if "/collections/" in href]
        assert len(children) <= MOST_COLLECTIONS + 1
        url = next((href for href in children if "/browse?" in href), None)
    assert sorted(found) == sorted(f"{stac.url}/collections/c{n}" for n in range(1, 2 * MOST_COLLECTIONS + 21))
    assert "token" in stac.told(400, "GET", "/browse?token=x")


@pytest.mark.parametrize("period", ["20", "2020/13", "2020/02/30", "2020/2", "2020/02/1", "+202", "2020/00", "x", "2020/02/03/04"])
def test_what_is_no_period_is_not_found(api, period):
    collection = requests.get(api.url + "/collections", timeout=30).json()["collections"][0]["id"]
    assert requests.get(f"{api.url}/collections/{collection}/browse/{period}", timeout=30).status_code == 404


def test_bad_requests_are_told_why(stac):
    path = stac.add_collection()
    assert "'none'" in stac.told(404, "GET", "/collections/none/browse")
    assert "'none'" in stac.told(404, "GET", "/collections/none/browse/2020/01/01")
    assert "token" in stac.told(400, "GET", path + "/browse/2020?token=x")
    assert "token" in stac.told(400, "GET", path + "/browse/2020/01/01?token=x")
    for values in (["no time", "x"], ["2020-01-01", "x", "y"], []):
        forged = base64.urlsafe_b64encode(json.dumps([False, "browse", values]).encode()).decode().rstrip("=")
        stac.expect(400, "GET", f"{path}/browse/2020/01/01?token={forged}")
    assert "limit" in stac.told(400, "GET", path + "/browse?limit=7")


def test_a_collection_that_is_written_back_as_it_was_read_has_one_such_link(stac):
    path = stac.add_collection()
    own = {"rel": "child", "href": "https://example.org/browse"}
    stac.expect(204, "PATCH", path, "manage", json={"links": [own]})
    read = stac.get(path).json()
    stac.expect(204, "PUT", path, "manage", json=read)
    assert stac.get(path).json() == read
    assert hrefs(read, "child") == [stac.url + path + "/browse", own["href"]]


def test_a_reader_is_led_from_the_years_to_an_item(api):
    url, seen = next(iter(hrefs(requests.get(api.url + "/collections", timeout=30).json()["collections"][0], "child"))), []
    for _ in range(4):
        document = catalog(url)
        page = requests.get(url, headers={"Accept": "text/html"}, timeout=30)
        assert page.headers["Content-Type"].startswith("text/html")
        below = hrefs(document, "child") + hrefs(document, "item")
        assert below and all(f'<a href="{href}"' in page.text for href in below + hrefs(document, "parent"))
        seen.append(document["title"])
        url = below[0]
    assert datetime.strptime(seen[-1], "%Y-%m-%d") and "/items/" in url
