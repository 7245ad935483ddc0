"""The real Open Data Cube clients, datacube 1.8 and 1.9, on a database that hayden-admin made."""

import json
import re
import uuid

import psycopg2
import pytest
from psycopg2.extensions import QuotedString

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
    ("grant", "dataset_type"): "agdc_manage may update products",
    ("grant", "metadata_type"): "agdc_manage may update metadata types",
} | {
    ("trigger", name): why
    for why, names in {
        "makes and drops the indexes and views of products, which agdc_manage may not": (
            "odc_product_added",
            "odc_product_updated",
            "odc_product_deleted",
            "odc_metadata_type_added",
            "odc_metadata_type_updated",
            "odc_metadata_type_deleted",
        ),
        "enqueues what the STAC face has to show": (
            "projection_insert",
            "projection_update",
            "projection_delete",
            "projection_truncate",
        ),
    }.items()
    for name in names
}

# Indexes and views of products, with the columns of the views.
DYNAMIC = f"select * from ({CATALOG}) c where kind in ('column', 'index', 'view') and name ~ '^(dix|dv)_'"

# Every type of field, one offset and several, and names that have to be quoted.
CUSTOM_METADATA_TYPE = {
    "name": "custom",
    "description": "Every type of field",
    "dataset": {
        "id": ["id"],
        "creation_dt": ["made", "at"],
        "label": ["label"],
        "sources": ["lineage", "source_datasets"],
        "search_fields": {
            "text": {"offset": ["a", "text"]},
            "first_text": {"type": "string", "offset": [["a", "text"], ["b", "text"], ["c"]]},
            "not_indexed": {"indexed": False, "offset": ["a", "not_indexed"]},
            "count": {"type": "integer", "offset": ["a", "count"]},
            "first_count": {"type": "integer", "offset": [["a", "count"], ["b", "count"]]},
            "share": {"type": "double", "offset": ["a", "share"]},
            "first_share": {"type": "double", "offset": [["a", "share"], ["b", "share"]]},
            "moment": {"type": "datetime", "offset": ["a", "moment"]},
            "first_moment": {"type": "datetime", "offset": [["a", "moment"], ["b", "moment"]]},
            "counts": {
                "type": "integer-range",
                "min_offset": [["a", "low"], ["b", "low"]],
                "max_offset": [["a", "high"]],
            },
            "numbers": {
                "type": "numeric-range",
                "min_offset": [["a", "low"]],
                "max_offset": [["a", "high"], ["b", "high"]],
            },
            "floats": {"type": "float-range", "min_offset": [["a", "low"]], "max_offset": [["a", "high"]]},
            "doubles": {"type": "double-range", "min_offset": [["a", "low"]], "max_offset": [["a", "high"]]},
            "moments": {
                "type": "datetime-range",
                "min_offset": [["a", "from"]],
                "max_offset": [["a", "to"], ["a", "from"]],
            },
            "not_indexed_range": {
                "type": "double-range",
                "indexed": False,
                "min_offset": [["a", "low"]],
                "max_offset": [["a", "high"]],
            },
            "format": {"offset": ["a", "format"]},
            "time": {"type": "datetime-range", "min_offset": [["t", "from"]], "max_offset": [["t", "to"]]},
            "sat_path": {"type": "integer-range", "min_offset": [["path"]], "max_offset": [["path"]]},
            "sat_row": {"type": "integer-range", "min_offset": [["row"]], "max_offset": [["row"]]},
            "MixedCase": {"offset": ["Mixed", "Case"]},
            "order": {"offset": ["it's", "two words", "a,b", '"c,d"', "back\\slash", "eo:x-y"]},
        },
    },
}


def product_of(metadata_type, name, **metadata):
    return {"name": name, "description": name, "metadata_type": metadata_type, "metadata": metadata}


# Products whose own metadata fixes some fields, all of a composite index or none.
CUSTOM_PRODUCTS = [
    product_of("eo", "eo_free", product_type="free"),
    product_of("eo", "eo_fixed", platform={"code": "LANDSAT_8"}, instrument={"name": "OLI_TIRS"}, product_type="nbar"),
    product_of("eo3", "Eo3_Mixed_Case", product={"name": "Eo3_Mixed_Case"}, properties={"odc:region_code": "090084"}),
    product_of("telemetry", "telemetry_free", product_type="satellite_telemetry_data"),
    product_of("custom", "custom_free", product={"name": "custom_free"}),
    product_of(
        "custom",
        "custom_fixed",
        a={"text": None, "count": 0, "share": "0.5", "moment": "not a time", "low": 0, "high": 0, "from": "2020-01-01"},
        b={"text": "b", "moment": "2020-01-01T00:00:00Z"},
        t={"to": "2020-01-01"},
        path=90,
        row=84,
    ),
]

SEARCH_SQL = """
import json, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from datacube import Datacube

datacube = Datacube()

@event.listens_for(Engine, "before_cursor_execute")
def show(connection, cursor, statement, parameters, context, executemany):
    if "metadata #>" in statement:
        print(cursor.mogrify(statement, parameters).decode())

list(datacube.find_datasets(**json.load(sys.stdin)))
"""


class Client:
    """The real client under one login."""

    def __init__(self, datacube, url):
        self.datacube = datacube
        self.url = url

    def __call__(self, *arguments):
        return self.datacube.run(*arguments, login=self.url)

    def call(self, *arguments):
        return self.datacube.call(*arguments, login=self.url)

    def find(self, queries):
        return self.datacube.find(queries, login=self.url)

    def search_sql(self, query):
        """The statement that find_datasets sends."""
        return self.datacube.python(SEARCH_SQL, query, login=self.url)


def as_1_8(rows):
    """Rows of CATALOG without what 1.9 merely words in another way: a column of the views for people, the address of
    a project, white space."""
    changes = (("product_id", "dataset_type_id"), ("opendatacube/eo-datasets", "GeoscienceAustralia/eo-datasets"))

    def word(text):
        for new, old in changes:
            text = re.sub(rf"\b{new}\b", old, text)
        return re.sub(r"\s+", " ", text)

    return {tuple(map(word, row)) for row in rows}


def catalog_of(database, sql=CATALOG):
    return as_1_8(superuser_query(database, sql))


def superuser_query(database, sql):
    connection = psycopg2.connect(database.superuser_url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@pytest.fixture
def client(datacube):
    return lambda url: Client(datacube, url)


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
    theirs, ours = catalog_of(reference), catalog_of(fresh_database)
    assert theirs - ours == set()
    indexes = {row[:2] for row in theirs if row[0] == "index"}
    assert {row[:2] for row in ours - theirs} == set(EXTRAS) - indexes


def test_a_repeated_system_init_changes_nothing_but_the_owner_of_views(client, fresh_database):
    before = catalog_of(fresh_database)
    client(fresh_database.url)("system", "init")
    after = catalog_of(fresh_database)
    assert {row for row in after ^ before if row[:2] not in EXTRAS} == set()


def test_every_product_is_accepted_and_adding_it_again_changes_nothing(client, fresh_database, products, tmp_path):
    datacube = client(fresh_database.url)
    files = product_files(products, tmp_path)
    datacube("product", "add", *files)
    assert {row[0] for row in fresh_database.query("select name from agdc.dataset_type")} == set(products)
    again = datacube.call("product", "add", *files)
    assert again.status == 0 and "is already in the database" in again.text


def insert(database, table, **values):
    superuser_query(
        database,
        f"set role agdc_manage; insert into agdc.{table} ({', '.join(values)}) values ({', '.join(values.values())})",
    )


def literal(document):
    return QuotedString(json.dumps(document)).getquoted().decode()


def add_custom_metadata_type(database):
    insert(database, "metadata_type", name="'custom'", definition=literal(CUSTOM_METADATA_TYPE))


@pytest.fixture
def made_by_the_client(client, cluster, products, tmp_path):
    """A database that the client made from nothing, with our products and the custom ones; and their files."""
    reference = cluster.create_database()
    datacube = client(reference.superuser_url)
    datacube("system", "init")
    add_custom_metadata_type(reference)
    datacube("system", "init")
    every = products | {product["name"]: product for product in CUSTOM_PRODUCTS}
    files = product_files(every, tmp_path)
    datacube("product", "add", *files)
    assert len(superuser_query(reference, "select name from agdc.dataset_type")) == len(every)
    return reference, files


def test_an_inserted_product_has_the_indexes_and_the_view_that_the_client_makes(made_by_the_client, fresh_database):
    reference, _ = made_by_the_client
    add_custom_metadata_type(fresh_database)
    for name, kind, document in superuser_query(
        reference, "select name, metadata_type_ref, definition from agdc.dataset_type order by id"
    ):
        insert(
            fresh_database,
            "dataset_type",
            name=f"'{name}'",
            metadata=literal(document["metadata"]),
            metadata_type_ref=str(kind),
            definition=literal(document),
        )
    theirs = catalog_of(reference, DYNAMIC)
    assert {"dix_eo_free_platform", "dix_custom_free_first_moment"} <= {name for _, name, _ in theirs}
    assert catalog_of(fresh_database, DYNAMIC) == theirs


def test_a_login_of_agdc_manage_adds_products_and_readers_see_their_views(
    client, datacube, fresh_database, login, made_by_the_client
):
    reference, files = made_by_the_client
    add_custom_metadata_type(fresh_database)
    manage = client(login("agdc_manage"))
    if datacube.version == "1.8":
        manage("product", "add", *files)
    else:
        # 1.9 becomes agdc_admin to look after the indexes, even where nothing is to be done, and gives up when it may
        # not. By then our trigger has made them, so the product is complete and the next run has nothing to do.
        for file in files:
            refused = manage.call("product", "add", file)
            assert refused.status != 0 and 'permission denied to set role "agdc_admin"' in refused.err
    again = manage.call("product", "add", *files)
    assert again.status == 0 and "is already in the database" in again.text
    theirs = catalog_of(reference, DYNAMIC)
    assert catalog_of(fresh_database, DYNAMIC) == theirs

    superuser_query(fresh_database, "set role agdc_user; select * from agdc.dv_custom_fixed_dataset")

    client(fresh_database.url)("system", "init", "--no-init-users")
    assert catalog_of(fresh_database, DYNAMIC) == theirs


def test_find_datasets_uses_the_index_of_the_product(client, fresh_database, products, tmp_path):
    client(fresh_database.url)("product", "add", *product_files(products, tmp_path))
    name = next(iter(products))
    fresh_database.query(
        """
        insert into agdc.dataset (id, metadata_type_ref, dataset_type_ref, metadata)
        select gen_random_uuid(), p.metadata_type_ref, p.id, jsonb_build_object(
          'properties', jsonb_build_object('datetime', timestamp '2020-01-01' + n * interval '1 hour'),
          'extent', jsonb_build_object('lat', jsonb_build_object('begin', mod(n, 80), 'end', mod(n, 80) + 1),
                                       'lon', jsonb_build_object('begin', mod(n, 170), 'end', mod(n, 170) + 1)))
        from agdc.dataset_type p cross join generate_series(1, 10000) n
        where p.name = %s
        """,
        name,
    )
    fresh_database.query("analyze agdc.dataset")
    search = client(fresh_database.url).search_sql(
        {"product": name, "lat": [40, 41], "lon": [40, 41], "time": ["2020-03-01", "2020-04-01"]}
    )
    plan = "\n".join(row[0] for row in superuser_query(fresh_database, "explain " + search))
    assert f"on dix_{name}_" in plan or f"using dix_{name}_" in plan, plan


def test_a_dataset_added_by_the_client_is_found_and_equals_what_we_store(
    client, fresh_database, products, scenes, tmp_path
):
    datacube = client(fresh_database.url)
    datacube("product", "add", *product_files(products, tmp_path))
    assert len(scenes) >= 3
    files = [write_json(tmp_path / f"{each['id']}.json", as_added(each)) for each in scenes.values()]
    datacube("dataset", "add", *datacube.datacube.ignore_lineage, *files)
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
