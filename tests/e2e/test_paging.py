"""Paging gives every item exactly once: any sort, direction, filter and fields, ties, absent values, equal ids, changes
meanwhile, both ways."""

import itertools
import json
import random
import threading
from datetime import datetime, timedelta, timezone

import psycopg2
import psycopg2.extras
import pytest
import requests

COLLECTIONS = ["alpha", "beta"]
SORTS = [
    None,
    [("datetime", "asc")],
    [("datetime", "desc")],
    [("id", "asc")],
    [("id", "desc")],
    [("datetime", "asc"), ("id", "desc")],
    [("id", "desc"), ("datetime", "asc")],
    [("properties.datetime", "desc"), ("id", "asc")],
    [("collection", "asc")],
    [("collection", "desc"), ("datetime", "desc")],
    [("eo:cloud_cover", "asc")],
    [("properties.eo:cloud_cover", "desc")],
    [("eo:cloud_cover", "desc"), ("datetime", "desc")],
    [("eo:cloud_cover", "asc"), ("datetime", "desc"), ("id", "asc")],
    [("platform", "asc")],
    [("platform", "desc"), ("eo:cloud_cover", "asc")],
    [("created", "desc")],
    [("created", "asc"), ("platform", "desc"), ("test:mixed", "asc")],
    [("test:mixed", "desc")],
    [("test:mixed", "asc"), ("collection", "desc")],
]
FIELDS = [None, [], ["+id"], ["-assets", "-geometry"], ["+properties.datetime", "-properties"]]
FILTERS = [
    {},
    {"bbox": [-1, -1, 1, 1]},
    {"datetime": "1970-01-01T00:00:00Z/2010-01-01T00:00:00Z"},
    {"collections": ["beta"]},
    {"ids": [f"item-{number}" for number in range(0, 60, 2)]},
    {"filter": "eo:cloud_cover <= 12.5 OR platform IS NULL"},
    {"query": {"platform": {"startsWith": "l"}}},
]
LIMIT = 7


def name_of(sort):
    return "default" if sort is None else ",".join(f"{'-' * (way == 'desc')}{field}" for field, way in sort)


# --- the data --------------------------------------------------------------------------------------------------


def uncompressed_zstd_frame(data):
    """RFC 8878 §3.1.1: a frame of a single segment with one raw block."""
    assert len(data) < 2**16
    block_header = (len(data) << 3 | 1).to_bytes(3, "little")
    return b"\x28\xb5\x2f\xfd\xa0" + len(data).to_bytes(4, "little") + block_header + data


def item_row(key, collection, item_id, longitude, properties):
    item = {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": item_id,
        "collection": collection,
        "geometry": {"type": "Point", "coordinates": [longitude, 0]},
        "bbox": [longitude, 0, longitude, 0],
        "properties": properties,
        "assets": {},
        "links": [],
    }
    text = json.dumps(item, separators=(",", ":")).encode()
    links_at = text.index(b'"links":[') + len(b'"links":[')
    etag = f"{random.getrandbits(64):016x}"
    at = properties["datetime"]
    return (key, item_id, longitude, at, at, json.dumps(properties), uncompressed_zstd_frame(text), links_at, etag)


class Index:
    """A database with two collections that hold a few times and many equal ids."""

    def __init__(self, database, seed):
        self.random = random.Random(seed)
        self.connection = psycopg2.connect(database.url)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.keys = {}
        for collection in COLLECTIONS:
            content = json.dumps({"type": "Collection", "stac_version": "1.0.0", "id": collection, "links": []})
            self.cursor.execute("select stac.ensure_collection(%s, %s, %s)", (collection, content, collection))
            self.keys[collection] = self.cursor.fetchone()[0]
        self.present = {}
        self.names = {(collection, f"item-{number}") for collection in COLLECTIONS for number in range(60)}
        self.insert(sorted(self.names))

    def some_time(self):
        """Few enough times for many ties; some a microsecond apart, some before 1970."""
        start = datetime(1965 + 10 * self.random.randrange(6), 1, 1, tzinfo=timezone.utc)
        return start + timedelta(microseconds=self.random.choice([0, 0, 1, 999_999]))

    def some_properties(self):
        """Few values, so that there are ties; some absent, null or of a type that a property does not have elsewhere."""
        choices = {
            "eo:cloud_cover": [0, 0.0, 1e-9, 12.5, 12.50000000001, 100, None, "cloudy"],
            "platform": ["landsat-8", "landsat-9", "Landsat-9", "émile", "", None, 7],
            "created": ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00.5Z", "2020-01-01T01:00:00+01:00", "2020-02-30T00:00:00Z"],
            "test:mixed": ["a", "b", 'quote " and \\', 5, 5.0, -1e30, True, False, None, [1], {"a": 1}, "x" * 600],
        }
        some = {name: self.random.choice(values) for name, values in choices.items() if self.random.random() < 0.8}
        return {"datetime": self.some_time().isoformat()} | some

    def some_content(self):
        return self.random.choice([0, 50]), self.some_properties()

    def write(self, names, contents, statement):
        rows = [
            item_row(self.keys[collection], collection, item_id, *content)
            for (collection, item_id), content in zip(names, contents)
        ]
        psycopg2.extras.execute_values(
            self.cursor,
            statement,
            rows,
            template="(%s, %s, st_setsrid(st_point(%s, 0), 4326), %s::timestamptz, %s::timestamptz, %s::jsonb, %s::bytea, %s, %s)",
        )
        self.present |= dict(zip(names, contents))

    def insert(self, names):
        names = list(names)
        self.write(
            names,
            [self.some_content() for _ in names],
            "insert into stac.item (collection, id, geometry, datetime, end_datetime, properties, content, links_at, etag, "
            "origin) select new.*, 'stac' from (values %s) new",
        )

    def update(self, names, contents):
        self.write(
            names,
            contents,
            "update stac.item i set geometry = n.geometry, datetime = n.datetime, end_datetime = n.end_datetime, "
            "properties = n.properties, content = n.content, links_at = n.links_at, etag = n.etag from (values %s) "
            "n(collection, id, geometry, datetime, end_datetime, properties, content, links_at, etag) "
            "where i.collection = n.collection and i.id = n.id",
        )

    def delete(self, names):
        for collection, item_id in names:
            self.cursor.execute("delete from stac.item where collection = %s and id = %s", (self.keys[collection], item_id))
            del self.present[collection, item_id]

    def restore(self):
        """To the names that it began with, whatever values they have now."""
        self.delete(sorted(self.present.keys() - self.names))
        self.insert(sorted(self.names - self.present.keys()))

    def half(self):
        """Half of the items, which are to stay what they are."""
        return set(self.random.sample(sorted(self.present), len(self.present) // 2))

    def change(self, stay, edge=()):
        """Deletes the edge of a page and some others, adds as many, gives some other values, and writes some of those that
        stay anew as they are."""
        loose = self.present.keys() - stay
        gone = set(self.random.sample(sorted(loose), 2)) | (set(edge) & loose)
        self.delete(gone)
        names = self.random.choices(COLLECTIONS, k=len(gone))
        self.insert((collection, f"item-{self.random.random():.9f}") for collection in names)
        others = self.random.sample(sorted(self.present.keys() - stay), 2)
        self.update(others, [self.some_content() for _ in others])
        same = self.random.sample(sorted(stay), 2)
        self.update(same, [self.present[name] for name in same])


@pytest.fixture
def index(fresh_database):
    index = Index(fresh_database, seed=46028)
    yield index
    index.connection.close()


@pytest.fixture
def server(index, start_api, fresh_database):
    return start_api(database=fresh_database)


# --- the doors -------------------------------------------------------------------------------------------------


def link_of(page, rel):
    return next((link for link in page["links"] if link["rel"] == rel), None)


def names_in(page):
    assert page["numberReturned"] == len(page["features"])
    return [(feature["collection"], feature["id"]) for feature in page["features"]]


class Door:
    """One way to ask: `first()` gives the first page, `turn(page, rel)` the one behind its link, or None."""

    def __init__(self, server, sort, limit=LIMIT, fields=None, where=None):
        self.server, self.sort, self.limit = server, sort, limit
        self.fields, self.where = fields, where or {}

    def read(self, response):
        assert response.status_code == 200, response.text
        return response.json()


class QueryDoor(Door):
    path = "/search"
    collections = COLLECTIONS

    def first(self):
        where = {
            name: ",".join(map(str, value)) if isinstance(value, list) else json.dumps(value) if isinstance(value, dict) else value
            for name, value in self.where.items()
        }
        parameters = {"limit": self.limit} | ({"sortby": name_of(self.sort)} if self.sort else {}) | where
        if self.fields is not None:
            parameters["fields"] = ",".join(self.fields)
        return self.read(requests.get(self.server.url + self.path, params=parameters, timeout=30))

    def turn(self, page, rel):
        link = link_of(page, rel)
        return link and self.read(requests.get(link["href"], timeout=30))


class CollectionDoor(QueryDoor):
    path = "/collections/beta/items"
    collections = ["beta"]


class BodyDoor(Door):
    collections = COLLECTIONS

    def body(self):
        sort = [{"field": field, "direction": way} for field, way in self.sort or []]
        body = {"limit": self.limit, "collections": COLLECTIONS} | ({"sortby": sort} if sort else {}) | self.where
        if self.fields is not None:
            parted = {"include": [one[1:] for one in self.fields if one[0] == "+"]}
            parted["exclude"] = [one[1:] for one in self.fields if one[0] == "-"]
            body["fields"] = {name: names for name, names in parted.items() if names}
        return body

    def first(self):
        return self.read(requests.post(self.server.url + "/search", json=self.body(), timeout=30))

    def turn(self, page, rel):
        link = link_of(page, rel)
        if link is None:
            return None
        assert link["method"] == "POST" and link["merge"] is True
        return self.read(requests.post(link["href"], json=self.body() | link["body"], timeout=30))


DOORS = [QueryDoor, CollectionDoor, BodyDoor]


def walk(door, between=None):
    page = door.first()
    pages = [page]
    while True:
        if between is not None:
            between(page)
        page = door.turn(page, "next")
        if page is None:
            return pages
        # All that was to follow may have been deleted meanwhile; then the walk ends here.
        assert page["features"] or (between is not None and link_of(page, "next") is None), "an empty page"
        pages.append(page)
        assert len(pages) < 200, "the walk does not end"


# --- the properties --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_a_walk_forwards_and_back_gives_every_item_once_in_order(server, index, door):
    for sort in SORTS:
        expected = {name for name in index.present if name[0] in door.collections}
        whole = names_in(door(server, sort, limit=10_000).first())
        assert set(whole) == expected and len(whole) == len(expected)

        asked = door(server, sort)
        pages = walk(asked)
        assert [name for page in pages for name in names_in(page)] == whole, name_of(sort)
        assert {page["numberMatched"] for page in pages} == {len(expected)}
        assert link_of(pages[0], "prev") is None

        page, back = pages[-1], names_in(pages[-1])
        while (page := asked.turn(page, "prev")) is not None:
            back = names_in(page) + back
        assert back == whole, name_of(sort)


JSON_ORDER = {str: 0, int: 1, float: 1, bool: 2}


def timestamp(text):
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except (ValueError, AttributeError):
        return None


def sort_key(feature, field):
    """What a feature is compared by; None comes last in either direction."""
    field = field.removeprefix("properties.")
    if field in ("id", "collection"):
        return feature[field]
    value = feature["properties"].get(field)
    if field in ("datetime", "created"):
        return timestamp(value)
    if field == "eo:cloud_cover":
        return value if isinstance(value, (int, float)) else None
    if field == "platform":
        return value if isinstance(value, str) else None
    # No one says what this is: values of JSON, the texts by their beginning.
    kind = JSON_ORDER.get(type(value))
    return None if kind is None else (kind, value[:256] if kind == 0 else value)


def comes_before(one, two, way):
    if one is None or two is None:
        return two is None
    return (one < two) == (way == "asc")


def test_order_is_the_one_asked_for(server):
    for sort in SORTS[1:]:
        features = [feature for page in walk(BodyDoor(server, sort)) for feature in page["features"]]
        for before, after in zip(features, features[1:]):
            for field, way in sort:
                one, two = sort_key(before, field), sort_key(after, field)
                if one != two:
                    assert comes_before(one, two, way), (name_of(sort), one, two)
                    break


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_filters_and_fields_change_no_order(server, index, door):
    """Every sort with some filter and some fields: what is left of the whole order, page by page and back."""
    for sort in SORTS:
        for where in FILTERS:
            fields = FIELDS[index.random.randrange(len(FIELDS))]
            wanted = set(names_in(door(server, None, 10_000, None, where).first()))
            whole = [name for name in names_in(door(server, sort, 10_000).first()) if name in wanted]
            asked = door(server, sort, 11, fields, where)
            pages = walk(asked)
            assert [name for page in pages for name in names_in(page)] == whole, (name_of(sort), where, fields)
            page, back = pages[-1], names_in(pages[-1])
            while (page := asked.turn(page, "prev")) is not None:
                back = names_in(page) + back
            assert back == whole, (name_of(sort), where, fields)
            if fields == ["+properties.datetime", "-properties"]:
                assert all(set(one["properties"]) == {"datetime"} for page in pages for one in page["features"])


def test_pages_end_where_the_items_end(server, index):
    for limit in (1, 2, 59, 60, 61, 119, 120, 121):
        pages = walk(QueryDoor(server, None, limit))
        assert [len(page["features"]) for page in pages[:-1]] == [limit] * (len(pages) - 1)
        assert sum(len(page["features"]) for page in pages) == len(index.present)


def walk_both_ways(door, between):
    """The names on the way to the end, and those on the way back; `between` is called with a page and the names at the edge
    where the next one begins."""
    pages = walk(door, lambda page: between(names_in(page)[-1:]))
    page = pages[-1] if pages[-1]["features"] else pages[-2]
    back = names_in(page)
    for _ in range(200):
        between(names_in(page)[:1])
        page = door.turn(page, "prev")
        if page is None:
            return [name for page in pages for name in names_in(page)], back
        back = names_in(page) + back
    raise AssertionError("the way back does not end")


@pytest.mark.parametrize("where", FILTERS, ids=json.dumps)
def test_items_that_stay_come_once_in_order_whatever_becomes_of_others(server, index, where):
    """Every sort with every filter and all fields, both ways; the doors take turns."""
    index.random.seed(json.dumps(where))
    for number, (sort, fields) in enumerate(itertools.product(SORTS, FIELDS)):
        door = DOORS[number % len(DOORS)]
        index.restore()
        stay = index.half()
        whole = [name for name in names_in(door(server, sort, 10_000, None, where).first()) if name in stay]
        assert whole
        asked = door(server, sort, 17, fields, where)
        for way in walk_both_ways(asked, lambda edge: index.change(stay, edge)):
            assert [name for name in way if name in stay] == whole, (door.__name__, name_of(sort), fields)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_items_that_stay_come_once_while_a_writer_is_at_work(server, index, door):
    stay, done, failures = index.half(), threading.Event(), []
    whole = {
        number: [name for name in names_in(door(server, sort, 10_000).first()) if name in stay] for number, sort in enumerate(SORTS)
    }

    def write():
        try:
            while not done.is_set():
                index.change(stay)
        except Exception as failure:
            failures.append(failure)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number, sort in enumerate(SORTS):
            for way in walk_both_ways(door(server, sort), lambda edge: None):
                assert [name for name in way if name in stay] == whole[number], name_of(sort)
    finally:
        done.set()
        writer.join()
    assert failures == []


def test_page_whose_items_all_went_is_the_last(server, index):
    door = QueryDoor(server, None)
    page = door.first()
    index.delete(set(index.present) - set(names_in(page)))
    following = door.turn(page, "next")
    assert following["features"] == []
    assert link_of(following, "next") is None and link_of(following, "prev") is None


def test_items_with_the_same_id_are_told_apart_by_their_collection(server, index):
    page = requests.get(server.url + "/search?ids=item-7", timeout=30).json()
    assert sorted(names_in(page)) == [("alpha", "item-7"), ("beta", "item-7")]
    for feature in page["features"]:
        (own,) = [link["href"] for link in feature["links"] if link["rel"] == "self"]
        assert requests.get(own, timeout=30).json() == feature


def test_counts_beyond_ten_thousand_are_marked_as_estimates(server, index):
    index.cursor.execute(
        "insert into stac.item (collection, id, origin, geometry, datetime, end_datetime, properties, content, links_at, "
        "etag) select collection, id || '-' || n, origin, geometry, datetime, end_datetime, properties, content, "
        "links_at, etag from stac.item, generate_series(1, 100) as n"
    )
    index.cursor.execute("analyze stac.item")
    door = QueryDoor(server, None)
    page = door.first()
    assert page["numberMatchedEstimated"] is True and 10_000 < page["numberMatched"] < 20_000
    following = door.turn(page, "next")
    assert following["numberMatchedEstimated"] is True
    assert following["numberMatched"] == page["numberMatched"]
    exact = requests.get(server.url + "/search?limit=7&count=exact", timeout=30).json()
    assert exact["numberMatched"] == 12_120 and "numberMatchedEstimated" not in exact
    second = requests.get(link_of(exact, "next")["href"], timeout=30).json()
    assert second["numberMatched"] == 12_120 and "numberMatchedEstimated" not in second
    posted = requests.post(server.url + "/search", json={"limit": 7, "count": "exact"}, timeout=30).json()
    assert posted["numberMatched"] == 12_120
    assert requests.get(server.url + "/search?count=some", timeout=30).status_code == 400
    few = requests.get(server.url + "/search?ids=item-7&limit=1", timeout=30).json()
    assert few["numberMatched"] == 2 and "numberMatchedEstimated" not in few


def test_page_that_breaks_off_does_not_look_whole(server, index):
    """The stored text of one item is damaged: before the first byte that is a 500, after it the connection is cut."""
    index.insert(("alpha", f"more-{number:03}") for number in range(400))
    damage = "update stac.item set content = '\\xdeadbeef' where id = %s"
    index.cursor.execute(damage, ("more-399",))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(server.url + "/search?limit=1000&sortby=id", timeout=30)
    index.cursor.execute(damage, ("item-0",))
    response = requests.get(server.url + "/search?limit=1000&sortby=id", timeout=30)
    assert response.status_code == 500 and response.json()["code"] == "InternalError"
    assert '"cut":true' in server.log and "the answer is cut off" in server.log
    assert requests.get(server.url + "/search?limit=1&sortby=-id&ids=item-7", timeout=30).status_code == 200
