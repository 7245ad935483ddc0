"""What each role may do, by each door, and what the Open Data Cube's own grants give it: one table.

test_roles.py tries every cell; `python role_matrix.py` prints docs/roles.md.
"""

import json
import uuid
from dataclasses import dataclass, field

import eo3_documents

ROLES = ("user", "ingest", "manage", "admin")
TYPE = "eo3_landsat"
PRODUCT = "ls_roles"
NOBODY = len(ROLES)


def uri():
    return f"file:///data/{uuid.uuid4().hex}.yaml"


def new_name(prefix):
    return f"{prefix}_{uuid.uuid4().hex[:12]}"


def literal(document):
    return "$json$" + json.dumps(document) + "$json$::jsonb"


def insert_type(name):
    return f"insert into agdc.metadata_type (name, definition) values ('{name}', {literal(eo3_documents.metadata_type(name))})"


def insert_product(name):
    document = eo3_documents.product(name, TYPE)
    return (
        "insert into agdc.dataset_type (name, metadata, metadata_type_ref, definition)"
        f" select '{name}', {literal(document['metadata'])}, id, {literal(document)}"
        f" from agdc.metadata_type where name = '{TYPE}'"
    )


def insert_dataset(document):
    return (
        "insert into agdc.dataset (id, metadata_type_ref, dataset_type_ref, metadata)"
        f" select '{document['id']}', metadata_type_ref, id, {literal(document)}"
        f" from agdc.dataset_type where name = '{document['product']['name']}'"
    )


def insert_location(dataset_id, where):
    scheme, body = where.split(":", 1)
    return (
        "insert into agdc.dataset_location (dataset_ref, uri_scheme, uri_body)"
        f" values ('{dataset_id}', '{scheme}', '{body}')"
    )


def new_document(product=PRODUCT):
    return eo3_documents.dataset(product, "2023-05-01") | {"id": str(uuid.uuid4())}


# The subjects: each makes, as a superuser, what one attempt is about, and tells what the doors need to know of it.


def nothing(world):
    return {"type": new_name("t"), "product": new_name("p"), "document": new_document(), "user": new_name("u")}


def a_type(world):
    subject = {"type": new_name("t")}
    world.as_superuser(insert_type(subject["type"]))
    return subject


def a_product(world):
    subject = {"product": new_name("p")}
    world.as_superuser(insert_product(subject["product"]))
    return subject


def a_dataset(world, archived=False):
    document = new_document()
    where = uri()
    world.as_superuser(insert_dataset(document))
    world.as_superuser(insert_location(document["id"], where))
    if archived:
        world.as_superuser(f"update agdc.dataset set archived = now() where id = '{document['id']}'")
    return {"id": document["id"], "document": document, "uri": where, "new_uri": uri()}


def an_archived_dataset(world):
    return a_dataset(world, archived=True)


def a_dataset_with_archived_location(world):
    subject = a_dataset(world)
    world.as_superuser(f"update agdc.dataset_location set archived = now() where dataset_ref = '{subject['id']}'")
    return subject


def a_dataset_that_the_client_added(world):
    document = new_document()
    world.datacube.run("dataset", "add", world.file(document), login=world.database.superuser_url)
    changed = document | {"properties": document["properties"] | {"eo:gsd": 30.0}}
    return {"id": document["id"], "document": changed}


def two_datasets(world):
    return a_dataset(world) | {"source": a_dataset(world)["id"]}


def a_dataset_with_source(world):
    subject = two_datasets(world)
    world.as_superuser(f"insert into agdc.dataset_source values ('{subject['id']}', 'level1', '{subject['source']}')")
    return subject


def a_product_in_use(world):
    subject = a_product(world)
    world.as_superuser(insert_dataset(new_document(subject["product"])))
    return subject


def new_item(collection):
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "id": new_name("i"),
        "collection": collection,
        "geometry": {"type": "Point", "coordinates": [1, 2]},
        "bbox": [1, 2, 1, 2],
        "properties": {"datetime": "2023-05-01T00:00:00Z"},
        "links": [],
        "assets": {},
    }


def new_collection():
    return {
        "type": "Collection",
        "stac_version": "1.0.0",
        "id": new_name("c"),
        "description": "Scenes",
        "license": "proprietary",
        "extent": {"spatial": {"bbox": [[-180, -90, 180, 90]]}, "temporal": {"interval": [[None, None]]}},
        "links": [],
    }


def no_collection(world):
    return {"collection": new_collection()}


def a_collection(world):
    collection = new_collection()
    world.as_superuser(
        f"insert into stac.collection (id, content, etag) values ('{collection['id']}', '{json.dumps(collection)}', 'x')"
    )
    return {"collection": collection, "item": new_item(collection["id"])}


def zstd_frame(text):
    """RFC 8878 with one block that is not compressed."""
    size = len(text)
    return b"\x28\xb5\x2f\xfd\xa0" + size.to_bytes(4, "little") + (size << 3 | 1).to_bytes(3, "little") + text


def an_item(world):
    subject = a_collection(world)
    item = subject["item"]
    text = json.dumps(item).encode()
    links_at = text.index(b'"links": [') + len(b'"links": [')
    world.as_superuser(
        "insert into stac.item (collection, id, origin, geometry, datetime, end_datetime, properties, content, links_at, etag)"
        f" select key, '{item['id']}', 'stac', 'srid=4326;point(1 2)', '2023-05-01Z', '2023-05-01Z',"
        f" '{json.dumps(item['properties'])}', '\\x{zstd_frame(text).hex()}', {links_at}, 'x'"
        f" from stac.collection where id = '{subject['collection']['id']}'"
    )
    return subject


def item_url(subject):
    return f"/collections/{subject['collection']['id']}/items/{subject['item']['id']}"


def item_exists(subject, condition="true"):
    return exists(f"select from stac.item where id = '{subject['item']['id']}' and {condition}")


def collection_exists(subject, condition="true"):
    return exists(f"select from stac.collection where id = '{subject['collection']['id']}' and {condition}")


def a_login(world):
    subject = {"user": new_name("u")}
    world.as_superuser(f"create role {subject['user']} login in role agdc_user")
    return subject


@dataclass(frozen=True)
class Operation:
    """`http`: method, path and body; `sql`: a statement; `cli`: arguments of `datacube`, where {…} names a file of that
    document. Functions of the subject all of them; None where the door has no such operation. `done` is an SQL
    condition that holds afterwards; None: what is read tells."""

    name: str
    least: str
    subject: object
    done: object
    http: object = None
    sql: object = None
    cli: object = None
    versions: tuple = ("1.8", "1.9")
    own: int = None  # the least of ROLES by the grants of `system init`; None: as `least`
    own_sql: object = None  # what is tried on the client's own database, where it is not `sql`
    odd: dict = field(default_factory=dict)  # (door, role) → (whether it may, mark); NOTES explains

    def may(self, door, role):
        if (door, role) in self.odd:
            return self.odd[door, role][0]
        return ROLES.index(role) >= ROLES.index(self.least)

    def may_by_own_grants(self, role):
        least = ROLES.index(self.least) if self.own is None else self.own
        return ROLES.index(role) >= least

    def doors(self):
        given = {"http": self.http, "sql": self.sql} | {v: self.cli if v in self.versions else None for v in ("1.8", "1.9")}
        return [door for door, way in given.items() if way]


def exists(query):
    return f"exists ({query})"


ADMIN = ROLES.index("admin")

NOTES = {
    "a": "`datacube` 1.9 becomes `agdc_admin` to look after indexes and views even where nothing is left to do, and ends with "
    "“permission denied to set role”. The row is there by then, and our triggers have made its indexes and views: run "
    "again, the command says “already in the database”. On its own database the product stays without indexes.",
    "b": "CREATEROLE is an attribute of `agdc_admin` that its members do not inherit, so the client refuses; over HTTP and by "
    "the functions of schema `hayden` an admin may.",
    "c": "`datacube` 1.9 becomes `agdc_admin` before it deletes anything.",
}

OPERATIONS = [
    Operation(
        "search datasets",
        "user",
        a_dataset,
        None,
        http=lambda s: ("GET", f"/odc/datasets/{s['id']}", None),
        sql=lambda s: f"select id::text from agdc.dataset where id = '{s['id']}'",
        cli=lambda s: ["dataset", "info", s["id"]],
    ),
    Operation(
        "add a dataset",
        "ingest",
        nothing,
        lambda s: exists(f"select from agdc.dataset where id = '{s['document']['id']}'"),
        http=lambda s: ("POST", "/odc/datasets", [s["document"]]),
        sql=lambda s: insert_dataset(s["document"]),
        cli=lambda s: ["dataset", "add", s["document"]],
    ),
    Operation(
        "add a location",
        "ingest",
        a_dataset,
        lambda s: exists(
            f"select from agdc.dataset_location where dataset_ref = '{s['id']}' and"
            f" uri_scheme || ':' || uri_body = '{s['new_uri']}'"
        ),
        http=lambda s: ("POST", f"/odc/datasets/{s['id']}/locations", {"location": s["new_uri"]}),
        sql=lambda s: insert_location(s["id"], s["new_uri"]),
    ),
    Operation(
        "add a source of a dataset",
        "ingest",
        two_datasets,
        lambda s: exists(f"select from agdc.dataset_source where dataset_ref = '{s['id']}'"),
        http=lambda s: ("POST", f"/odc/datasets/{s['id']}/lineage", {"level1": s["source"]}),
        sql=lambda s: f"insert into agdc.dataset_source values ('{s['id']}', 'level1', '{s['source']}')",
    ),
    Operation(
        "add a metadata type",
        "manage",
        nothing,
        lambda s: exists(f"select from agdc.metadata_type where name = '{s['type']}'"),
        http=lambda s: ("POST", "/odc/metadata-types", eo3_documents.metadata_type(s["type"])),
        sql=lambda s: insert_type(s["type"]),
        cli=lambda s: ["metadata", "add", eo3_documents.metadata_type(s["type"])],
        odd={("1.9", "manage"): (True, "a")},
    ),
    Operation(
        "update a metadata type",
        "manage",
        a_type,
        lambda s: exists(
            f"select from agdc.metadata_type where name = '{s['type']}' and definition ->> 'description' = 'other'"
        ),
        http=lambda s: (
            "PUT",
            f"/odc/metadata-types/{s['type']}",
            eo3_documents.metadata_type(s["type"]) | {"description": "other"},
        ),
        sql=lambda s: f"update agdc.metadata_type set definition = jsonb_set(definition, '{{description}}', '\"other\"')"
        f" where name = '{s['type']}'",
        cli=lambda s: ["metadata", "update", eo3_documents.metadata_type(s["type"]) | {"description": "other"}],
        own=ADMIN,
        odd={("1.9", "manage"): (True, "a")},
    ),
    Operation(
        "delete a metadata type that nothing uses",
        "manage",
        a_type,
        lambda s: "not " + exists(f"select from agdc.metadata_type where name = '{s['type']}'"),
        http=lambda s: ("DELETE", f"/odc/metadata-types/{s['type']}", None),
        sql=lambda s: f"delete from agdc.metadata_type where name = '{s['type']}'",
    ),
    Operation(
        "add a product",
        "manage",
        nothing,
        lambda s: exists(f"select from pg_indexes where indexname = 'dix_{s['product']}_lat_lon_time'"),
        http=lambda s: ("POST", "/odc/products", eo3_documents.product(s["product"], TYPE)),
        sql=lambda s: insert_product(s["product"]),
        cli=lambda s: ["product", "add", eo3_documents.product(s["product"], TYPE)],
        own=ADMIN,
        own_sql=lambda s: f"create index dix_{s['product']}_lat_lon_time on agdc.dataset (id)",
        odd={("1.9", "manage"): (True, "a")},
    ),
    Operation(
        "update a product",
        "manage",
        a_product,
        lambda s: exists(
            f"select from agdc.dataset_type where name = '{s['product']}' and definition ->> 'description' = 'other'"
        ),
        http=lambda s: (
            "PUT",
            f"/odc/products/{s['product']}",
            eo3_documents.product(s["product"], TYPE) | {"description": "other"},
        ),
        sql=lambda s: f"update agdc.dataset_type set definition = jsonb_set(definition, '{{description}}', '\"other\"')"
        f" where name = '{s['product']}'",
        cli=lambda s: ["product", "update", eo3_documents.product(s["product"], TYPE) | {"description": "other"}],
        own=ADMIN,
        odd={("1.9", "manage"): (True, "a")},
    ),
    Operation(
        "delete a product that has no datasets",
        "manage",
        a_product,
        lambda s: "not " + exists(f"select from agdc.dataset_type where name = '{s['product']}'"),
        http=lambda s: ("DELETE", f"/odc/products/{s['product']}", None),
        sql=lambda s: f"delete from agdc.dataset_type where name = '{s['product']}'",
        cli=lambda s: ["product", "delete", s["product"]],
        versions=("1.9",),
        odd={("1.9", "manage"): (False, "c")},
    ),
    Operation(
        "delete a product with its datasets",
        "admin",
        a_product_in_use,
        lambda s: "not " + exists(f"select from agdc.dataset_type where name = '{s['product']}'"),
        http=lambda s: ("DELETE", f"/odc/products/{s['product']}?force=true", None),
        sql=lambda s: "with gone as (delete from agdc.dataset where dataset_type_ref ="
        f" (select id from agdc.dataset_type where name = '{s['product']}'))"
        f" delete from agdc.dataset_type where name = '{s['product']}'",
        cli=lambda s: ["product", "delete", "--force", s["product"]],
        versions=("1.9",),
    ),
    Operation(
        "update a dataset",
        "admin",
        a_dataset_that_the_client_added,
        lambda s: exists(f"select from agdc.dataset where id = '{s['id']}' and metadata #>> '{{properties,eo:gsd}}' = '30.0'"),
        http=lambda s: ("PUT", f"/odc/datasets/{s['id']}?allow=properties&allow=extent", s["document"]),
        sql=lambda s: "update agdc.dataset set metadata = jsonb_set(metadata, '{properties,eo:gsd}', '30.0')"
        f" where id = '{s['id']}'",
        cli=lambda s: ["dataset", "update", "--allow-any", "properties", s["document"]],
    ),
    Operation(
        "archive a dataset",
        "admin",
        a_dataset,
        lambda s: exists(f"select from agdc.dataset where id = '{s['id']}' and archived is not null"),
        http=lambda s: ("POST", f"/odc/datasets/{s['id']}/archive", None),
        sql=lambda s: f"update agdc.dataset set archived = now() where id = '{s['id']}'",
        cli=lambda s: ["dataset", "archive", s["id"]],
    ),
    Operation(
        "restore a dataset",
        "admin",
        an_archived_dataset,
        lambda s: exists(f"select from agdc.dataset where id = '{s['id']}' and archived is null"),
        http=lambda s: ("POST", f"/odc/datasets/{s['id']}/restore", None),
        sql=lambda s: f"update agdc.dataset set archived = null where id = '{s['id']}'",
        cli=lambda s: ["dataset", "restore", s["id"]],
    ),
    Operation(
        "purge a dataset",
        "admin",
        an_archived_dataset,
        lambda s: "not " + exists(f"select from agdc.dataset where id = '{s['id']}'"),
        http=lambda s: ("POST", f"/odc/datasets/{s['id']}/purge", None),
        sql=lambda s: f"with l as (delete from agdc.dataset_location where dataset_ref = '{s['id']}')"
        f" delete from agdc.dataset where id = '{s['id']}'",
        cli=lambda s: ["dataset", "purge", s["id"]],
    ),
    Operation(
        "archive a location",
        "admin",
        a_dataset,
        lambda s: exists(f"select from agdc.dataset_location where dataset_ref = '{s['id']}' and archived is not null"),
        http=lambda s: ("POST", f"/odc/datasets/{s['id']}/locations/archive?location={s['uri']}", None),
        sql=lambda s: f"update agdc.dataset_location set archived = now() where dataset_ref = '{s['id']}'",
    ),
    Operation(
        "restore a location",
        "admin",
        a_dataset_with_archived_location,
        lambda s: exists(f"select from agdc.dataset_location where dataset_ref = '{s['id']}' and archived is null"),
        http=lambda s: ("POST", f"/odc/datasets/{s['id']}/locations/restore?location={s['uri']}", None),
        sql=lambda s: f"update agdc.dataset_location set archived = null where dataset_ref = '{s['id']}'",
    ),
    Operation(
        "remove a location",
        "admin",
        a_dataset,
        lambda s: "not " + exists(f"select from agdc.dataset_location where dataset_ref = '{s['id']}'"),
        http=lambda s: ("DELETE", f"/odc/datasets/{s['id']}/locations?location={s['uri']}", None),
        sql=lambda s: f"delete from agdc.dataset_location where dataset_ref = '{s['id']}'",
    ),
    Operation(
        "remove a source of a dataset",
        "admin",
        a_dataset_with_source,
        lambda s: "not " + exists(f"select from agdc.dataset_source where dataset_ref = '{s['id']}'"),
        http=lambda s: ("DELETE", f"/odc/datasets/{s['id']}/lineage?classifier=level1", None),
        sql=lambda s: f"delete from agdc.dataset_source where dataset_ref = '{s['id']}'",
    ),
    Operation(
        "add an Item by STAC",
        "ingest",
        a_collection,
        item_exists,
        http=lambda s: ("POST", f"/collections/{s['collection']['id']}/items", s["item"]),
        own=NOBODY,
    ),
    Operation(
        "replace or change an Item by STAC",
        "admin",
        an_item,
        lambda s: item_exists(s, "properties ? 'changed'"),
        http=lambda s: ("PATCH", item_url(s), {"properties": {"changed": True}}),
        own=NOBODY,
    ),
    Operation(
        "delete an Item by STAC",
        "admin",
        an_item,
        lambda s: "not " + item_exists(s),
        http=lambda s: ("DELETE", item_url(s), None),
        own=NOBODY,
    ),
    Operation(
        "add a Collection by STAC",
        "manage",
        no_collection,
        collection_exists,
        http=lambda s: ("POST", "/collections", s["collection"]),
        own=NOBODY,
    ),
    Operation(
        "replace or change a Collection by STAC",
        "manage",
        a_collection,
        lambda s: collection_exists(s, "content like '%changed%'"),
        http=lambda s: ("PATCH", f"/collections/{s['collection']['id']}", {"description": "changed"}),
        own=NOBODY,
    ),
    Operation(
        "delete a Collection without Items by STAC",
        "manage",
        a_collection,
        lambda s: "not " + collection_exists(s),
        http=lambda s: ("DELETE", f"/collections/{s['collection']['id']}", None),
        own=NOBODY,
    ),
    Operation(
        "make a login",
        "admin",
        nothing,
        lambda s: exists(f"select from pg_roles where rolname = '{s['user']}'"),
        http=lambda s: ("POST", "/odc/users", {"name": s["user"], "role": "agdc_user"}),
        sql=lambda s: f"select hayden.create_user('{s['user']}', 'agdc_user', 'SCRAM-SHA-256$4096:c2FsdA==$YQ==:Yg==', '')",
        own_sql=lambda s: f"create role {s['user']} login in role agdc_user",
        cli=lambda s: ["user", "create", "user", s["user"]],
        own=NOBODY,
        odd={("1.8", "admin"): (False, "b"), ("1.9", "admin"): (False, "b")},
    ),
    Operation(
        "give a login another role",
        "admin",
        a_login,
        lambda s: f"pg_has_role('{s['user']}', 'agdc_manage', 'member')",
        http=lambda s: ("PATCH", f"/odc/users/{s['user']}", {"role": "agdc_manage"}),
        sql=lambda s: f"select hayden.grant_role('{s['user']}', 'agdc_manage')",
        own_sql=lambda s: f"grant agdc_manage to {s['user']}",
        cli=lambda s: ["user", "grant", "manage", s["user"]],
        own=NOBODY,
        odd={("1.8", "admin"): (False, "b"), ("1.9", "admin"): (False, "b")},
    ),
    Operation(
        "drop a login",
        "admin",
        a_login,
        lambda s: "not " + exists(f"select from pg_roles where rolname = '{s['user']}'"),
        http=lambda s: ("DELETE", f"/odc/users/{s['user']}", None),
        sql=lambda s: f"select hayden.drop_user('{s['user']}')",
        own_sql=lambda s: f"drop role {s['user']}",
        cli=lambda s: ["user", "delete", s["user"]],
        own=NOBODY,
        odd={("1.8", "admin"): (False, "b"), ("1.9", "admin"): (False, "b")},
    ),
    Operation(
        "see the runs of the crawler",
        "user",
        nothing,
        None,
        http=lambda s: ("GET", "/harvests", None),
        sql=lambda s: "select count(*) from hayden.list_harvest_runs(1, 1)",
        own=NOBODY,
    ),
    Operation(
        "see and make tokens",
        "admin",
        nothing,
        None,
        http=lambda s: ("GET", "/odc/tokens", None),
        sql=lambda s: "select count(*) from hayden.list_tokens()",
        own=NOBODY,
    ),
]

DOORS = {"http": "HTTP, by token", "sql": "SQL, by login", "1.8": "`datacube` 1.8", "1.9": "`datacube` 1.9"}


def cell(operation, door, role):
    if door not in operation.doors():
        return "–"
    if not operation.may(door, role):
        text = "✘"
    else:
        text = "✔" if operation.may_by_own_grants(role) else "✔⁺"
    mark = operation.odd.get((door, role), (None, ""))[1]
    return text + (f"<sup>{mark}</sup>" if mark else "")


def document():
    lines = [
        "# Roles",
        "",
        "What each role may do, by each door. Made by `tests/e2e/role_matrix.py`; `tests/e2e/test_roles.py` tries every cell.",
        "",
        "The roles are PostgreSQL's, each a member of the one before: `agdc_user`, `agdc_ingest`, `agdc_manage`, `agdc_admin`. "
        "The database refuses, whatever the program: the REST service runs each request under the role of its token, a "
        "login of the database has its own. Four marks stand for the four roles in this order.",
        "",
        "✔ may, ✘ may not, – the door has no such operation. **✔⁺** is more than the grants of `datacube system init` give "
        "that role.",
        "",
        "| operation | " + " | ".join(DOORS.values()) + " |",
        "|---|" + "---|" * len(DOORS),
    ]
    for operation in OPERATIONS:
        cells = []
        for door in DOORS:
            marks = [cell(operation, door, role) for role in ROLES]
            cells.append("–" if set(marks) == {"–"} else " ".join(marks))
        lines.append(f"| {operation.name} | " + " | ".join(cells) + " |")
    lines += ["", *(f"* <sup>{mark}</sup> {text}" for mark, text in NOTES.items()), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    print(document(), end="")
