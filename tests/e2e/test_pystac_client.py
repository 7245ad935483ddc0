"""pystac-client, used as its users do, finds and reads what the crawler harvested."""

import json
import urllib.request
import warnings

import pystac
import pystac_client.warnings
import pytest
from pystac_client import Client

LANDSAT = "landsat-c2-l2"
MOUNT_HOOD = [-122.8, 45.0, -121.2, 46.2]


@pytest.fixture
def client(api):
    with pystac_client.warnings.strict(), warnings.catch_warnings():
        yield Client.open(api.url)


def test_opens_without_a_warning(client, api):
    assert client.title
    assert client.conforms_to("ITEM_SEARCH") and client.conforms_to("COLLECTIONS") and client.conforms_to("SORT")
    assert client.get_search_link().href == api.url + "/search"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_finds_items_by_box_time_and_collection(client, method):
    search = client.search(
        method=method, collections=[LANDSAT], bbox=MOUNT_HOOD, datetime="2020/2021", max_items=15, limit=4
    )
    items = list(search.items())
    assert items and len(items) == min(15, search.matched())
    for item in items:
        assert item.collection_id == LANDSAT
        assert 2020 <= item.datetime.year <= 2021
        west, south, east, north = item.bbox
        assert west <= MOUNT_HOOD[2] and east >= MOUNT_HOOD[0] and south <= MOUNT_HOOD[3] and north >= MOUNT_HOOD[1]
    assert len({item.id for item in items}) == len(items)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pages_hold_every_item_once(client, method):
    search = client.search(method=method, collections=[LANDSAT], limit=7)
    pages = list(search.pages())
    ids = [item.id for page in pages for item in page.items]
    assert len(pages) > 1 and all(len(page.items) == 7 for page in pages[:-1])
    assert len(ids) == len(set(ids)) == search.matched()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_item_collection_is_sorted_as_asked(client, method):
    found = client.search(method=method, collections=[LANDSAT], sortby="+properties.datetime", max_items=30)
    times = [item.datetime for item in found.item_collection()]
    assert times == sorted(times) and len(times) > 1
    found = client.search(method=method, collections=[LANDSAT], sortby=["-datetime", "id"], max_items=30)
    times = [item.datetime for item in found.item_collection()]
    assert times == sorted(times, reverse=True)


def test_finds_by_ids_and_by_shape(client):
    item = next(client.search(collections=[LANDSAT], max_items=1).items())
    for method in ("GET", "POST"):
        by_id = client.search(method=method, ids=[item.id, "no-such-item"]).item_collection()
        assert {found.id for found in by_id} == {item.id}
        by_shape = client.search(method=method, intersects=item.geometry, ids=[item.id]).item_collection()
        assert [found.id for found in by_shape] == [item.id]


def test_reads_collections_and_their_items(client):
    ids = [collection.id for collection in client.get_collections()]
    assert LANDSAT in ids
    collection = client.get_collection(LANDSAT)
    assert collection.summaries.to_dict()["platform"]
    items = list(collection.get_items())
    assert len(items) == client.search(collections=[LANDSAT]).matched()
    item = collection.get_item(items[0].id)
    assert item.to_dict()["assets"] == items[0].to_dict()["assets"]
    assert collection.get_item("no-such-item") is None
    assert {item.id for item in client.get_items(items[0].id)} == {items[0].id}


def test_keeps_parameters_of_its_own_on_every_page(api):
    with pystac_client.warnings.strict():
        client = Client.open(api.url, parameters={"flavour": "mine"})
        for method in ("GET", "POST"):
            found = client.search(method=method, collections=[LANDSAT], limit=9, max_items=30).item_collection()
            assert len({item.id for item in found}) == 30


def test_items_are_read_by_their_own_links(client):
    item = next(client.search(collections=[LANDSAT], max_items=1).items())
    again = pystac.read_file(item.get_self_href())
    assert again.id == item.id
    assert again.get_collection().id == LANDSAT
    assert again.get_root().id == client.id


def test_landing_page_and_children_are_valid_catalogs(client):
    assert [link.get_href() for link in client.get_child_links()]
    for child in client.get_children():
        assert child.id in {collection.id for collection in client.get_collections()}


def test_answer_is_plain_json_for_those_without_a_client(api):
    query = "collections=landsat-c2-l2&bbox=-122.8,45.0,-121.2,46.2&limit=2"
    with urllib.request.urlopen(f"{api.url}/search?{query}", timeout=30) as answer:
        assert json.load(answer)["numberReturned"] == 2
