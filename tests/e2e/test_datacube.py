"""The real Open Data Cube client, datacube 1.8, on a database that hayden-admin made."""

import json
import os
import subprocess
import uuid

import psycopg2
import pytest

from conftest import run

# Everything that a client, its planner or its operators can see of schema agdc, one row (kind, name, definition) each.
CATALOG = """
with relation as (
  select oid, relname, relkind::text as kind, relowner::regrole::text as owner, relacl
  from pg_class where relnamespace = 'agdc'::regnamespace
)
select 'column' as kind, relname || '.' || attname as name,
       concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)) as definition
from relation join pg_attribute on attrelid = relation.oid and attnum > 0 and not attisdropped
     left join pg_attrdef on adrelid = attrelid and adnum = attnum
where kind in ('r', 'v')
union all
select 'constraint', conname, conrelid::regclass || ' ' || pg_get_constraintdef(oid)
from pg_constraint where connamespace = 'agdc'::regnamespace
union all
select 'index', indexname, indexdef from pg_indexes where schemaname = 'agdc'
union all
select 'view', viewname, definition from pg_views where schemaname = 'agdc'
union all
select 'sequence', relname, concat_ws(' ', format_type(seqtypid, null), seqstart, seqincrement, seqmax, seqcycle)
from relation join pg_sequence on seqrelid = relation.oid
union all
select 'function', oid::regprocedure::text, proowner::regrole || ' ' || pg_get_functiondef(oid)
from pg_proc where pronamespace = 'agdc'::regnamespace and prokind = 'f'
union all
select 'range', rngtypid::regtype::text, concat_ws(' ', rngsubtype::regtype, rngsubdiff, rngmultitypid::regtype)
from pg_range join pg_type on pg_type.oid = rngtypid where typnamespace = 'agdc'::regnamespace
union all
select 'trigger', tgname, pg_get_triggerdef(t.oid)
from pg_trigger t join relation on relation.oid = tgrelid where not tgisinternal
union all
select 'owner', relname, owner from relation where kind in ('r', 'S')
union all
select 'owner', nspname, nspowner::regrole::text from pg_namespace where nspname = 'agdc'
union all
select 'grant', relname, grantee::regrole || ' ' || privilege_type
from relation cross join aclexplode(relacl) where grantee::regrole::text <> owner
union all
select 'grant', nspname, grantee::regrole || ' ' || privilege_type
from pg_namespace cross join aclexplode(nspacl) where nspname = 'agdc'
union all
select 'grant', p.oid::regprocedure::text, case grantee when 0 then 'public' else grantee::regrole::text end || ' ' || privilege_type
from pg_proc p cross join aclexplode(proacl) where pronamespace = 'agdc'::regnamespace
union all
select 'grant', 'database', grantee::regrole || ' ' || privilege_type
from pg_database cross join aclexplode(datacl) where datname = current_database() and grantee = 'agdc_admin'::regrole
union all
select 'metadata type', name, id || definition::text from agdc.metadata_type
"""

# What we have beyond datacube 1.8, by (kind, name), and why.
EXTRAS = {
    ("index", "ix_dataset_added"): "datacube 1.9 makes it",
    ("index", "ix_dataset_updated"): "datacube 1.9 makes it",
    ("index", "ix_dataset_type_changed"): "datacube-explorer asks for it",
    ("index", "ix_dataset_location_uri_prefix"): "a search by URI prefix scans without it",
    ("grant", "dv_eo3_dataset"): "readers see the views; `system init` grants them when it runs a second time",
    ("grant", "dv_eo_dataset"): "likewise",
    ("grant", "dv_telemetry_dataset"): "likewise",
}

FIND = """
import json, sys
from datacube import Datacube
datacube = Datacube()
print(json.dumps([
    {str(d.id): {"uris": d.uris, "document": d.metadata_doc} for d in datacube.find_datasets(**query)}
    for query in json.load(sys.stdin)
]))
"""


class Client:
    """The real client under one login."""

    def __init__(self, program, url, folder):
        self.program = program
        self.environment = dict(os.environ, DATACUBE_DB_URL=url, HOME=str(folder))

    def call(self, *arguments):
        return subprocess.run(
            [str(self.program), *map(str, arguments)], env=self.environment, capture_output=True, text=True
        )

    def __call__(self, *arguments):
        return run(self.program, *arguments, env=self.environment)

    def find(self, queries):
        """What find_datasets finds for each query, by dataset id. One process for all: the client is slow to start."""
        python = self.program.parent / "python"
        return json.loads(run(python, "-c", FIND, env=self.environment, input=json.dumps(queries)))


def superuser_query(database, sql):
    connection = psycopg2.connect(database.superuser_url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@pytest.fixture
def client(datacube_bin, folder):
    return lambda url: Client(datacube_bin, url, folder)


@pytest.fixture
def login(fresh_database):
    """Makes a login in one role and tells its URL: login("agdc_user"). Logins are gone with the test."""
    made = []

    def make(role):
        name = f"{role}_{uuid.uuid4().hex[:8]}"
        superuser_query(fresh_database, f"create role {name} login password 'secret' in role {role}")
        made.append(name)
        return f"postgresql://{name}:secret@{fresh_database.url.split('@')[1]}"

    yield make
    for name in made:
        superuser_query(fresh_database, f"drop owned by {name}")
        superuser_query(fresh_database, f"drop role {name}")


@pytest.fixture(scope="session")
def products(bin):
    """All our product definitions, by name."""
    names = json.loads(run(bin("hayden-print-dataset")))
    return {name: json.loads(run(bin("hayden-print-dataset"), name)) for name in names}


def write_json(path, document):
    path.write_text(json.dumps(document))
    return path


def product_files(products, tmp_path):
    return [write_json(tmp_path / f"{name}.json", product) for name, product in products.items()]


@pytest.fixture(scope="session")
def scenes(bin, sample_tree):
    """Our EO3 documents of the sample tree, one per product, by product name."""
    documents = {}
    for mtl in sorted(sample_tree.rglob("*_MTL.*")):
        document = json.loads(run(bin("hayden-print-dataset"), mtl, mtl.as_uri()))
        documents.setdefault(document["product"]["name"], document)
    return documents


def as_added(document):
    """The document as a user has it before the client adds the derived parts."""
    return {key: value for key, value in document.items() if key not in ("extent", "grid_spatial", "lineage")}


def middle(document):
    """A search that finds the scene: its time to the second and the middle of its extent."""
    extent = document["extent"]
    day = document["properties"]["datetime"][:10]
    lat = (extent["lat"]["begin"] + extent["lat"]["end"]) / 2
    lon = (extent["lon"]["begin"] + extent["lon"]["end"]) / 2
    return {
        "product": document["product"]["name"],
        "time": [f"{day}T00:00:00", f"{day}T23:59:59"],
        "lat": [lat - 0.01, lat + 0.01],
        "lon": [lon - 0.01, lon + 0.01],
    }


def test_the_client_accepts_the_database(client, fresh_database):
    for url in (fresh_database.url, fresh_database.reader_url):
        assert "Valid connection:\tYES" in client(url)("system", "check")
        names = client(url)("metadata", "list")
        assert all(name in names for name in ("eo3", "eo", "telemetry"))


def test_the_schema_is_what_system_init_makes(client, cluster, fresh_database):
    reference = cluster.create_database()
    client(reference.superuser_url)("system", "init")
    theirs = set(superuser_query(reference, CATALOG))
    ours = set(superuser_query(fresh_database, CATALOG))
    assert theirs - ours == set()
    assert {row[:2] for row in ours - theirs} == set(EXTRAS)


def test_a_repeated_system_init_changes_nothing_but_the_owner_of_views(client, fresh_database):
    before = set(superuser_query(fresh_database, CATALOG))
    client(fresh_database.url)("system", "init")
    after = set(superuser_query(fresh_database, CATALOG))
    assert {row for row in after ^ before if row[:2] not in EXTRAS} == set()


def test_every_product_is_accepted_and_adding_it_again_changes_nothing(client, fresh_database, products, tmp_path):
    datacube = client(fresh_database.url)
    files = product_files(products, tmp_path)
    datacube("product", "add", *files)
    assert {row[0] for row in fresh_database.query("select name from agdc.dataset_type")} == set(products)
    again = datacube.call("product", "add", *files)
    assert again.returncode == 0 and "is already in the database" in again.stdout + again.stderr


def test_a_dataset_added_by_the_client_is_found_and_equals_what_we_store(
    client, fresh_database, products, scenes, tmp_path
):
    datacube = client(fresh_database.url)
    datacube("product", "add", *product_files(products, tmp_path))
    assert len(scenes) >= 3
    files = [write_json(tmp_path / f"{each['id']}.json", as_added(each)) for each in scenes.values()]
    datacube("dataset", "add", "--confirm-ignore-lineage", *files)
    for document, found in zip(scenes.values(), datacube.find([middle(each) for each in scenes.values()]), strict=True):
        assert list(found) == [document["id"]]
        stored = found[document["id"]]["document"]
        for axis in ("lat", "lon"):
            for end in ("begin", "end"):
                assert stored["extent"][axis][end] == pytest.approx(document["extent"][axis][end], abs=1e-5)
        for derived in ("grid_spatial", "lineage"):
            assert stored[derived] == document[derived]
        assert as_added(stored) == as_added(document)


def test_scenes_that_the_crawler_wrote_are_found_by_the_client(client, bin, fresh_database, sample_tree, scenes):
    run(bin("hayden-crawler"), sample_tree, "--database-url", fresh_database.url)
    datacube = client(fresh_database.reader_url)
    listed = datacube("product", "list")
    assert all(name in listed for name in scenes)
    for document, found in zip(scenes.values(), datacube.find([middle(each) for each in scenes.values()]), strict=True):
        assert found[document["id"]]["uris"][0].startswith("file://")
    ids = [document["id"] for document in scenes.values()]
    assert datacube("dataset", "info", *ids).count("status: active") == len(ids)


def test_each_role_may_do_what_it_should(client, fresh_database, login, products, scenes, tmp_path):
    name, document = next(iter(scenes.items()))
    owner = client(fresh_database.url)
    owner("product", "add", write_json(tmp_path / "product.json", products[name]))
    metadata_type = json.loads(json.dumps(fresh_database.query("select definition from agdc.metadata_type")[0][0]))
    metadata_type["name"] = "eo3_more"
    metadata_file = write_json(tmp_path / "metadata.json", metadata_type)
    dataset_file = write_json(tmp_path / "dataset.json", as_added(document))

    user, ingest, manage, admin = (client(login(f"agdc_{role}")) for role in ("user", "ingest", "manage", "admin"))
    add = ("dataset", "add", "--confirm-ignore-lineage", dataset_file)

    def count():
        return fresh_database.query("select count(*) from agdc.dataset where archived is null")[0][0]

    user.call(*add)
    assert count() == 0
    ingest(*add)
    assert count() == 1
    assert document["id"] in user("dataset", "search", f"product={name}")

    ingest.call("metadata", "add", metadata_file)
    assert "eo3_more" not in user("metadata", "list")
    manage("metadata", "add", metadata_file)
    assert "eo3_more" in user("metadata", "list")

    manage.call("dataset", "archive", document["id"])
    assert count() == 1
    admin("dataset", "archive", document["id"])
    assert count() == 0
    admin("dataset", "restore", document["id"])
    assert count() == 1
    admin("dataset", "archive", document["id"])
    admin("dataset", "purge", document["id"])
    assert fresh_database.query("select count(*) from agdc.dataset")[0][0] == 0
