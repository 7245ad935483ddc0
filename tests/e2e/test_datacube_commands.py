"""The commands of the real Open Data Cube clients, each by a login that has just the role it takes, on a database that
only our migrations made."""

import csv
import io
import json
import uuid

import pytest
import yaml

import eo3_documents
from conftest import run

PRODUCT = "ls_commands"

LIST_AND_FIND = """
import json, sys
from datacube import Datacube
datacube = Datacube()
print(json.dumps({
    "products": list(datacube.list_products().name),
    "measurements": list(datacube.list_measurements().loc["ls_commands"].index),
    "found": [str(d.id) for d in datacube.find_datasets(**json.load(sys.stdin))],
}))
"""

# What Hayden has beside the tables that clients know.
OURS = """
select 'trigger ' || tgrelid::regclass || '.' || tgname || ' ' || pg_get_triggerdef(oid) from pg_trigger
where not tgisinternal
union all
select 'function ' || p.oid::regprocedure || ' ' || proowner::regrole || ' ' || coalesce(proacl::text, '') || ' ' || prosrc
from pg_proc p where pronamespace in ('agdc'::regnamespace, 'stac'::regnamespace, 'hayden'::regnamespace)
union all
select 'relation ' || oid::regclass || ' ' || relowner::regrole || ' ' || coalesce(relacl::text, '')
from pg_class where relnamespace in ('agdc'::regnamespace, 'stac'::regnamespace, 'hayden'::regnamespace)
  and relname not like 'dv\\_%%'
union all
select 'index ' || indexdef from pg_indexes where schemaname = 'agdc'
"""


class Index:
    """One version of the client on a database, with a login for each role."""

    def __init__(self, datacube, database, folder):
        self.datacube = datacube
        self.database = database
        self.folder = folder

    def file(self, *documents):
        path = self.folder / f"{uuid.uuid4().hex}.yaml"
        path.write_text(yaml.safe_dump_all(documents, sort_keys=False))
        return path

    def run(self, role, *arguments):
        return self.datacube.run(*arguments, login=self.database.login(f"agdc_{role}"))

    def call(self, role, *arguments):
        return self.datacube.call(*arguments, login=self.database.login(f"agdc_{role}"))

    def add_type(self, command, document):
        """metadata add or product add, as agdc_manage; 1.9 itself asks for more (test_datacube.py), so as agdc_admin."""
        role = "manage" if self.datacube.version == "1.8" else "admin"
        return self.run(role, command, "add", self.file(document))

    def add(self, *datasets, options=()):
        """Adds documents as agdc_ingest; their folder is where the client takes them to lie."""
        path = self.file(*datasets)
        self.run("ingest", "dataset", "add", *options, path)
        return path

    def search(self, *expressions):
        """The ids that `dataset search` finds."""
        printed = self.run("user", "dataset", "search", "-f", "csv", f"product={PRODUCT}", *expressions)
        return {row["id"] for row in csv.DictReader(io.StringIO(printed))}

    def info(self, *arguments):
        return list(yaml.safe_load_all(self.run("user", "dataset", "info", *arguments)))


@pytest.fixture(scope="module")
def index(datacube, cluster, bin, tmp_path_factory):
    database = cluster.create_database()
    run(bin("hayden-admin"), "migrate", "--database-url", database.url)
    index = Index(datacube, database, tmp_path_factory.mktemp("documents"))
    index.add_type("metadata", eo3_documents.metadata_type())
    index.add_type("product", eo3_documents.product(PRODUCT))
    return index


def test_the_program_itself_finds_a_valid_connection(index):
    said = index.datacube.program_output("system", "check", login=index.database.login("agdc_user"))
    assert "Valid connection:\tYES" in said and f"Version:       {index.datacube.version}." in said


def test_metadata_types_are_listed_and_shown_as_they_were_added(index):
    names = {line.split()[0] for line in index.run("user", "metadata", "list").splitlines()}
    assert names == {"eo", "eo3", "eo3_landsat", "telemetry"}
    shown = yaml.safe_load(index.run("user", "metadata", "show", "eo3_landsat"))
    assert shown == eo3_documents.metadata_type()


def test_products_are_listed_and_shown_as_they_were_added(index):
    assert PRODUCT in index.run("user", "product", "list")
    shown = yaml.safe_load(index.run("user", "product", "show", PRODUCT))
    assert shown == eo3_documents.product(PRODUCT)


def test_a_product_and_a_metadata_type_are_updated(index):
    wordier = eo3_documents.product("ls_updated")
    index.add_type("product", wordier)
    wordier["description"] = "In other words"
    index.run("admin", "product", "update", index.file(wordier))
    assert "In other words" in index.run("user", "product", "show", "ls_updated")

    richer = eo3_documents.metadata_type("eo3_updated")
    index.add_type("metadata", richer)
    richer["dataset"]["search_fields"]["gsd"] = {"type": "double", "offset": ["properties", "eo:gsd"]}
    index.run("admin", "metadata", "update", index.file(richer))
    assert "eo:gsd" in index.run("user", "metadata", "show", "eo3_updated")


def test_datasets_of_one_file_are_added_and_searched_by_field_place_and_time(index):
    clear = eo3_documents.dataset(PRODUCT, "2023-05-01", cloud_cover=5.0)
    cloudy = eo3_documents.dataset(PRODUCT, "2023-05-17", column=1000, cloud_cover=80.0)
    index.add(clear, cloudy)
    both = {clear["id"], cloudy["id"]}
    assert index.search("time in [2023-05-01, 2023-05-31]") == both
    assert index.search("time in 2023-05") == both
    assert index.search("time in [2023-05-10, 2023-05-20]") == {cloudy["id"]}
    assert index.search("time in 2023-05", "cloud_cover in [0, 50]") == {clear["id"]}
    assert index.search("time in 2023-05", 'region_code="046028"') == both
    assert index.search("time in 2023-05", 'region_code="046029"') == set()
    assert index.search("time in 2023-05", "lat in [45, 46]", "lon in [-123.5, -122.5]") == {clear["id"]}
    assert index.search("time in 2023-05", "lat in [-46, -45]") == set()

    found = json.loads(
        index.datacube.python(
            LIST_AND_FIND,
            {"product": PRODUCT, "time": ["2023-05-01", "2023-05-31"], "lat": [45, 46], "lon": [-123.5, -122.5]},
            login=index.database.reader_url,
        )
    )
    assert PRODUCT in found["products"]
    assert found["measurements"] == ["red", "qa_pixel"]
    assert found["found"] == [clear["id"]]


def test_lineage_is_checked_shown_from_both_ends_and_left_out_on_request(index):
    source = eo3_documents.dataset(PRODUCT, "2023-06-01")
    index.add(source)
    child = eo3_documents.dataset(PRODUCT, "2023-06-02", sources={"level1": [source["id"]]})
    index.add(child)
    (shown,) = index.info("--show-sources", child["id"])
    assert shown["sources"]["level1"]["id"] == source["id"]
    (shown,) = index.info("--show-derived", source["id"])
    assert [each["id"] for each in shown["derived"]] == [child["id"]]

    orphan = eo3_documents.dataset(PRODUCT, "2023-06-03", sources={"level1": [str(uuid.uuid4())]})
    index.call("ingest", "dataset", "add", index.file(orphan))
    assert index.search("time in 2023-06-03") == set()
    index.add(orphan, options=index.datacube.ignore_lineage)
    assert index.search("time in 2023-06-03") == {orphan["id"]}
    (shown,) = index.info("--show-sources", orphan["id"])
    assert not shown.get("sources")


def test_datasets_are_found_by_where_they_lie(index):
    document = eo3_documents.dataset(PRODUCT, "2023-07-01")
    path = index.add(document)
    (shown,) = index.info(document["id"])
    location = shown["locations"][0] if "locations" in shown else shown["location"]
    assert location.startswith(path.as_uri())
    for where in (location, path.parent.as_uri()):
        assert document["id"] in index.run("user", "dataset", "uri-search", "--search-mode", "prefix", where)
    assert document["id"] in index.run("user", "dataset", "uri-search", "--search-mode", "exact", location)
    assert document["id"] not in index.run("user", "dataset", "uri-search", "file:///elsewhere")


def test_a_dataset_is_updated(index):
    document = eo3_documents.dataset(PRODUCT, "2023-08-01", cloud_cover=20.0)
    path = index.add(document)
    document["properties"]["eo:cloud_cover"] = 30.0
    path.write_text(yaml.safe_dump(document))
    assert "Unsafe change" in index.call("admin", "dataset", "update", path).text
    assert index.search("time in 2023-08-01", "cloud_cover in [25, 35]") == set()
    index.run("admin", "dataset", "update", "--allow-any", "properties", path)
    assert index.search("time in 2023-08-01", "cloud_cover in [25, 35]") == {document["id"]}


def test_a_dataset_is_archived_restored_and_purged(index):
    document = eo3_documents.dataset(PRODUCT, "2023-09-01")
    index.add(document)
    there = {document["id"]}
    index.run("admin", "dataset", "archive", document["id"])
    assert index.search("time in 2023-09-01") == set()
    (shown,) = index.info(document["id"])
    assert shown["status"] == "archived"
    index.run("admin", "dataset", "restore", document["id"])
    assert index.search("time in 2023-09-01") == there
    index.run("admin", "dataset", "archive", document["id"])
    index.run("admin", "dataset", "purge", document["id"])
    assert "missing" in index.call("user", "dataset", "info", document["id"]).text.lower()
    rows = "select count(*) from agdc.{} where {} = %s"
    for table, column in (("dataset", "id"), ("dataset_location", "dataset_ref")):
        assert index.database.query(rows.format(table, column), document["id"]) == [(0,)]


def test_a_repeated_system_init_leaves_what_is_ours_and_all_data(datacube, fresh_database, tmp_path):
    # Not on the database of the other tests: 1.8 makes views anew for the login that updates a product or metadata type,
    # and `system init` of another login that is no superuser then ends with "permission denied for table dv_…".
    index = Index(datacube, fresh_database, tmp_path)
    index.add_type("metadata", eo3_documents.metadata_type())
    index.add_type("product", eo3_documents.product(PRODUCT))
    kept = eo3_documents.dataset(PRODUCT, "2023-10-01")
    index.add(kept)
    before = fresh_database.query(OURS)
    for login in (fresh_database.url, fresh_database.url, fresh_database.superuser_url):
        datacube.run("system", "init", login=login)
    assert set(fresh_database.query(OURS)) == set(before)
    added = eo3_documents.dataset(PRODUCT, "2023-10-02")
    index.add(added)
    assert index.search("time in 2023-10") == {kept["id"], added["id"]}
