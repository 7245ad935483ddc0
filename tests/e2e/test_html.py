"""Pages for people at the addresses of the JSON answers: chosen by Accept or f, made of the same documents, inert."""

import base64
import hashlib
import html.parser
import json
import re

import pytest
import requests
from conftest import binary, run

pytestmark = pytest.mark.usefixtures("described")

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
HOSTILE = "<script>alert('x')</script>\"'&"
COLLECTION = "landsat-c2-l2"


class Page(html.parser.HTMLParser):
    """What a browser makes of a page: its elements with their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.text = [], [], ""
        self.feed(text)
        self.close()
        assert self.open == [], "elements that are not closed"

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in ("meta", "img", "path"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def links(self):
        return [element["href"] for element in self.all("a")]


def get(url, accept=BROWSER, **headers):
    return requests.get(url, headers={"Accept": accept} | headers, timeout=60)


def page(url, accept=BROWSER):
    response = get(url, accept)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html"), response.text[:500]
    return Page(response.text)


@pytest.fixture(scope="module")
def item(api):
    url = f"{api.url}/collections/{COLLECTION}/items?limit=1"
    return requests.get(url, timeout=30).json()["features"][0]


@pytest.fixture(scope="module")
def addresses(api, item):
    collection = f"{api.url}/collections/{COLLECTION}"
    return [api.url + "/", api.url + "/collections", api.url + "/children", api.url + "/browse", f"{collection}/browse", collection, f"{collection}/items", f"{collection}/items/{item['id']}",
            f"{api.url}/search?limit=3"]  # fmt: skip


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (BROWSER, "html"),
        ("text/html", "html"),
        ("text/html, application/json;q=0.9", "html"),
        ("text/html, */*", "html"),
        ("TEXT/HTML;q=0.4, application/json;q=0.3", "html"),
        ("*/*", "json"),
        ("", "json"),
        ("application/json, text/plain, */*", "json"),
        ("application/geo+json, text/html;q=0.9", "json"),
        ("text/html, application/json", "json"),
        ("text/html;q=0", "json"),
        ("image/png", "json"),
    ],
)
def test_form_is_the_one_that_accept_likes_best(addresses, accept, form):
    for url in addresses:
        response = get(url, accept)
        kind = response.headers["Content-Type"]
        assert kind == "text/html" if form == "html" else kind in ("application/json", "application/geo+json"), url
        assert "Accept" in re.split(", *", response.headers["Vary"])


def test_f_goes_before_accept_and_is_one_of_those_offered(api, addresses):
    for url in addresses:
        joined = url + ("&" if "?" in url else "?")
        assert get(joined + "f=html", "application/json").headers["Content-Type"] == "text/html"
        assert "json" in get(joined + "f=json").headers["Content-Type"]
        wrong = get(joined + "f=xml")
        assert wrong.status_code == 400 and wrong.json()["description"].startswith("f: must be json")
    assert requests.get(api.url + "/conformance?f=xml", timeout=30).status_code == 200


def test_forms_lead_to_each_other(api, addresses):
    for url in addresses:
        plain = requests.get(url, timeout=30)
        other = requests.utils.parse_header_links(plain.headers["Link"])
        to_html = next(link["url"] for link in other if (link["rel"], link["type"]) == ("alternate", "text/html"))
        assert get(to_html, "application/json").headers["Content-Type"] == "text/html"
        back = page(to_html).links()[-2]
        assert back.startswith("?") and back.endswith("f=json")
        if "/items/" not in url and not url.endswith(COLLECTION):
            assert to_html in [link["href"] for link in plain.json()["links"] if link["rel"] == "alternate"]


def test_each_form_has_an_entity_tag_of_its_own(addresses):
    for url in addresses:
        one, other = get(url), get(url, "application/json")
        assert one.headers["ETag"] != other.headers["ETag"], url
        for accept, tag, status in (
            (BROWSER, one.headers["ETag"], 304),
            ("application/json", other.headers["ETag"], 304),
            (BROWSER, other.headers["ETag"], 200),
            ("application/json", one.headers["ETag"], 200),
        ):
            again = get(url, accept, **{"If-None-Match": tag})
            assert again.status_code == status, (url, accept)
            assert "Accept" in re.split(", *", again.headers["Vary"])


def test_pages_may_load_nothing_but_pictures_and_run_nothing(addresses):
    for url in addresses:
        response = get(url)
        rules = dict(rule.strip().split(" ", 1) for rule in response.headers["Content-Security-Policy"].split(";"))
        shown = Page(response.text)
        style = re.search("<style>(.*?)</style>", response.text, re.S)[1]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert rules == {
            "default-src": "'none'", "style-src": f"'sha256-{digest}'", "img-src": "http: https:", "base-uri": "'none'",
            "form-action": "'none'", "frame-ancestors": "'none'",
        }  # fmt: skip
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert {name for name, _ in shown.elements} <= {
            "html", "head", "meta", "title", "style", "body", "nav", "a", "h1", "h2", "p", "ul", "li", "table", "tr", "th",
            "td", "details", "summary", "footer", "code", "img", "svg", "path",
        }  # fmt: skip
        assert {name for _, attributes in shown.elements for name in attributes} <= {
            "lang", "charset", "name", "content", "href", "src", "alt", "loading", "role", "aria-label", "viewbox", "d",
        }  # fmt: skip


def test_a_reader_walks_from_the_landing_page_to_an_asset(api, item):
    collections = next(url for url in page(api.url + "/").links() if url.endswith("/collections"))
    collection = next(url for url in page(collections).links() if url.endswith("/" + COLLECTION))
    shown = page(collection)
    document = requests.get(collection, timeout=30).json()
    assert document["license"] in shown.text and document["providers"][0]["name"] in shown.text
    assert json.dumps(document["extent"]["spatial"]["bbox"], separators=(",", ":")) in shown.text
    items = next(url for url in shown.links() if url.endswith("/items"))
    rows = page(items + "?limit=1")
    assert item["id"] in rows.text and item["properties"]["datetime"] in rows.text
    one = next(url for url in rows.links() if url.endswith(item["id"]))
    shown = page(one)
    for name, value in item["properties"].items():
        assert name in shown.text
        assert not isinstance(value, str) or value in shown.text
    thumbnail = item["assets"]["thumbnail"]["href"]
    assert [image["src"] for image in shown.all("img")] == [thumbnail] * thumbnail.startswith("http")
    assert len(shown.all("svg")) == 1 and shown.all("path")[0]["d"].startswith("M")
    for asset in item["assets"].values():
        assert asset["href"] in shown.links() or asset["href"] in shown.text


def test_pages_of_items_are_turned_both_ways(api):
    seen, url = [], f"{api.url}/collections/{COLLECTION}/items?limit=7&sortby=id"
    while url:
        shown = page(url)
        seen += [one.rsplit("/", 1)[1] for one in shown.links() if re.search(r"/items/[^/?]+$", one)]
        turns = {text: one for one, text in re.findall('<a href="([^"]*)">(Previous|Next)</a>', get(url).text)}
        assert ("Previous" in turns) == (len(seen) > 7)
        url = html.unescape(turns.get("Next", ""))
    ids = requests.get(f"{api.url}/collections/{COLLECTION}/items?limit=1000&sortby=id", timeout=60).json()["features"]
    assert seen == [one["id"] for one in ids]


def test_a_large_page_is_streamed(api):
    response = requests.get(f"{api.url}/search?limit=1000&f=html", timeout=60)
    assert response.text.count("<tr><td>") == requests.get(f"{api.url}/search?limit=1000", timeout=60).json()["numberReturned"]
    assert Page(response.text).text.count("This page as JSON") == 1


def test_what_hostile_documents_say_is_shown_and_does_nothing(start_api, fresh_database):
    api = start_api(database=fresh_database)
    making = [binary("hayden-admin"), "token", "create", "--role", "agdc_admin", "--database-url", fresh_database.url]
    token = {"Authorization": f"Bearer {run(*making).strip()}"}
    script = "JavaScript:alert('x')"
    collection = {
        "type": "Collection", "stac_version": "1.0.0", "id": HOSTILE, "title": HOSTILE, "description": HOSTILE,
        "license": HOSTILE, "keywords": [HOSTILE], "providers": [{"name": HOSTILE, "url": script, "roles": [HOSTILE]}],
        "extent": {"spatial": {"bbox": [[0, 0, 1, 1]]}, "temporal": {"interval": [[None, None]]}},
        "summaries": {HOSTILE: [HOSTILE]}, "links": [{"rel": HOSTILE, "href": script, "title": HOSTILE}],
        "assets": {HOSTILE: {"href": "data:text/html,<script>", "title": HOSTILE}},
    }  # fmt: skip
    item = {
        "type": "Feature", "stac_version": "1.0.0", "id": HOSTILE, "bbox": [0, 0, 1, 1],
        "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
        "properties": {"datetime": "2020-01-01T00:00:00Z", "title": HOSTILE, HOSTILE: {HOSTILE: HOSTILE}},
        "assets": {
            "thumbnail": {"href": script, "roles": ["thumbnail"], "type": HOSTILE},
            HOSTILE: {"href": "https://example.org/\" onerror=\"alert(1)", "roles": ["thumbnail", HOSTILE]},
        },
        "links": [{"rel": "via", "href": " javascript:alert(1)", "title": HOSTILE}],
    }  # fmt: skip
    made = requests.post(api.url + "/collections", json=collection, headers=token, timeout=30)
    assert made.status_code == 201, made.text
    where = made.headers["Location"]
    made = requests.post(where + "/items", json=item, headers=token, timeout=30)
    assert made.status_code == 201, made.text
    for url in (api.url + "/", api.url + "/collections", where, where + "/items", made.headers["Location"],
                api.url + "/search?f=html&x=\"><script>alert(1)</script>"):  # fmt: skip
        shown = page(url)
        assert shown.all("script") == []
        assert all("on" != name[:2] for _, attributes in shown.elements for name in attributes)
        assert all(link.startswith(("http://", "https://", "?")) for link in shown.links())
        assert [image["src"] for image in shown.all("img")] == [
            item["assets"][HOSTILE]["href"] for _ in range(url == made.headers["Location"])
        ]
        assert "/search" in url or HOSTILE in shown.text


def test_signed_pages_are_not_kept(api):
    response = get(f"{api.url}/search?sign=true")
    assert response.status_code == 400 and "sign" in response.json()["description"]


def test_conformance_names_html(api):
    document = requests.get(api.url + "/conformance", timeout=30).json()
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html" in document["conformsTo"]
