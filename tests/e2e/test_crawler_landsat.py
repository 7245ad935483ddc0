"""The real crawler over real Landsat metadata, and over what lies beside it: footprints, sizes, marks."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import requests
from fault_server import FaultServer, hang_up
from shapely.geometry import shape
from test_landsat_items import FIXTURES, FORMS, REFUSED, documents

PRODUCT = "LC08_L2SP_047027_20201204_20210313_02_T1"
ITEM = "LC08_L2SP_047027_20201204_02_T1"
BESIDE = FIXTURES / "mtl/stactools-packages+landsat"

needs_fixtures = pytest.mark.skipif(
    not FIXTURES.is_dir() and not os.environ.get("CI"), reason="the real documents are not there"
)


@pytest.fixture
def crawl(bin, fresh_database, tmp_path):
    """Runs the crawler to its end; `report` is what it summed up."""

    def run(*arguments, expect=0):
        report = tmp_path / "report.json"
        report.unlink(missing_ok=True)
        command = [bin("hayden-crawler"), *arguments, "--report", report]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "HAYDEN_DATABASE_URL": fresh_database.url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, timeout=600, env=environment
        )
        assert done.returncode == expect, f"exit code {done.returncode}:\n{done.stderr}"
        done.report = json.loads(report.read_text())
        return done

    run.database = fresh_database
    return run


@pytest.fixture
def serve():
    """Starts fault servers; they stop with the test."""
    started = []

    def start(objects, **options):
        started.append(FaultServer(objects, **options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def s3(server, *more):
    return ("--endpoint-url", server.url, "--no-sign-request", *more)


@pytest.fixture
def item(crawl, start_api):
    """The Item of a scene as the API gives it out."""
    started = []

    def get(item_id):
        if not started:
            started.append(start_api(database_url=crawl.database.url, reader_url=crawl.database.reader_url))
        return requests.get(f"{started[0].url}/collections/landsat-c2-l2/items/{item_id}", timeout=60).json()

    return get


# --- every real document ----------------------------------------------------------------------------------------------


def rows_of(database):
    """Both faces and the marks, with the transactions that wrote them."""
    return [
        database.query(f"select t::text, xmin::text from {table} t order by 1")
        for table in ("stac.item", "agdc.dataset", "agdc.dataset_location", "hayden.harvest_mark")
    ]


def key_of(row, number):
    """A place in a tree, named as buckets name metadata of that form."""
    name = Path(row["path"]).name
    if row["format"] in ("xml-espa", "xml-ard"):
        return f"{number:03}/{name}"
    ending = {"odl": "txt", "json": "json", "xml": "xml"}[row["format"]]
    return f"{number:03}/{name.partition('_MTL')[0].partition('.')[0]}_MTL.{ending}"


@needs_fixtures
def test_every_real_document_is_harvested_or_refused_with_the_reason_and_a_second_run_changes_no_byte(crawl, tmp_path):
    rows = {key_of(row, number): row for number, row in enumerate(documents(*FORMS))}
    assert len(rows) > 140
    for key, row in rows.items():
        path = tmp_path / "tree" / key
        path.parent.mkdir(parents=True)
        path.write_bytes((FIXTURES / "mtl" / row["path"]).read_bytes())
    refused = {key: REFUSED[row["path"]] for key, row in rows.items() if row["path"] in REFUSED}

    report = crawl(tmp_path / "tree", expect=1).report
    assert (report["listed"], report["found"], report["failed"]) == (len(rows), len(rows), len(refused))
    reasons = crawl.database.query("select key, reason from hayden.harvest_failure where stage = 'parse'")
    assert dict(reasons) == refused
    marks = crawl.database.query(
        "select m.key, i.id is not null, i.dataset_id is not null from hayden.harvest_mark m"
        " left join stac.item i on i.id = m.item_id and i.collection = m.collection"
    )
    assert {key for key, *_ in marks} == rows.keys() - refused.keys()
    # Both faces for what the Open Data Cube has a product for, one for all else.
    assert all(has_item for _, has_item, _ in marks)
    assert {rows[key]["collection"] for key, _, has_dataset in marks if has_dataset} == {"C2"}

    before = rows_of(crawl.database)
    report = crawl(tmp_path / "tree", expect=1).report
    assert (report["skipped"], report["written"], report["failed"]) == (len(marks), 0, len(refused))
    assert rows_of(crawl.database) == before


@needs_fixtures
def test_a_tile_of_collection_2_is_refused_by_its_name(crawl, tmp_path):
    row = next(iter(documents("xml-ard")))
    text = (FIXTURES / "mtl" / row["path"]).read_text()
    old, new = "LC08_CU_027009_20130701_20170729_C01_V01", "LC08_CU_027009_20130701_20210504_02"
    (tmp_path / f"tree/{new}").mkdir(parents=True)
    text = text.replace(old, new).replace("<level1_collection>01<", "<level1_collection>02<")
    (tmp_path / f"tree/{new}/{new}.xml").write_text(text)
    assert crawl(tmp_path / "tree", expect=1).report["failed"] == 1
    [(reason,)] = crawl.database.query("select reason from hayden.harvest_failure")
    assert new in reason and "Collection 2" in reason


# --- what lies beside -------------------------------------------------------------------------------------------------


def folder_of(*endings, product=PRODUCT):
    """The MTL of a real scene, its bands by name, and those of its neighbours."""
    folder = f"collection02/level-2/standard/oli-tirs/2020/047/027/{product}/{product}"
    files = {f"{folder}_MTL.json": json_mtl(product)}
    files |= {f"{folder}_SR_B{band}.TIF": b"II*" + b"." * band for band in range(1, 8)}
    return files | {folder + ending: (BESIDE / f"{product}{ending}").read_bytes() for ending in endings}


def json_mtl(product):
    sections = {}
    for section in re.finditer(r"<(\w+)>\s*((?:<(\w+)>[^<]*</\3>\s*)+)</\1>", (BESIDE / f"{product}_MTL.xml").read_text()):
        sections[section[1]] = dict(re.findall(r"<(\w+)>([^<]*)</\1>", section[2]))
    return json.dumps({"LANDSAT_METADATA_FILE": sections}).encode()


def sources(database):
    return [source for (source,) in database.query("select properties ->> 'hayden:footprint_source' from stac.item")]


@needs_fixtures
@pytest.mark.parametrize(
    "endings, arguments, source, reads",
    [
        (["_ANG.txt", "_SR_stac.json"], [], "angle_coefficients", 2),
        (["_ANG.txt", "_SR_stac.json"], ["--footprints", "angles"], "angle_coefficients", 2),
        (["_ANG.txt", "_SR_stac.json"], ["--footprints", "mtl"], "product_rectangle", 1),
        (["_SR_stac.json"], [], "usgs_item", 2),
        (["_SR_stac.json"], ["--footprints", "angles"], "product_rectangle", 1),
        (["_ST_stac.json"], [], "usgs_item", 2),
        ([], [], "product_rectangle", 1),
    ],
)
def test_footprints_come_from_the_best_source_that_is_listed_and_no_other_is_asked_for(
    crawl, serve, endings, arguments, source, reads
):
    server = serve(folder_of(*endings))
    report = crawl("s3://b", *s3(server), *arguments).report
    assert (report["added"], report["parsed"], report["incomplete"]) == (1, 1, 0)
    assert sources(crawl.database) == [source]
    assert len(server.of_kind("get")) == report["requests"]["get"] == reads
    assert crawl("s3://b", *s3(server), *arguments).report["skipped"] == 1


@needs_fixtures
def test_of_angle_coefficients_a_part_is_asked_for_and_a_server_that_gives_all_of_them_is_borne(crawl, serve):
    ranges = []

    def ignore_range(handler, kind):
        if kind == "get" and handler.path.endswith("_ANG.txt"):
            ranges.append(handler.headers["Range"])
            del handler.headers["Range"]
        return False

    server = serve(folder_of("_ANG.txt"), spoil=ignore_range)
    crawl("s3://b", *s3(server))
    assert sources(crawl.database) == ["angle_coefficients"]
    assert ranges == ["bytes=0-16383"]


@needs_fixtures
@pytest.mark.parametrize("from_a_bucket", [True, False])
def test_assets_tell_the_size_of_their_files_wherever_pages_end(crawl, serve, item, tmp_path, from_a_bucket):
    files = folder_of("_ANG.txt", "_SR_stac.json") | {f"collection02/z{number}": b"" for number in range(3)}
    if from_a_bucket:
        sources = [("s3://b", *s3(serve(files, page_size=size))) for size in (1, 2, 5, 7, 1000)]
    else:
        for key, body in files.items():
            (tmp_path / "tree" / key).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "tree" / key).write_bytes(body)
        sources = [(tmp_path / "tree", "--href-base", "s3://b")]
    seen = set()
    for source in sources:
        crawl(*source, "--force")
        made = item(ITEM)
        for asset in made["assets"].values():
            key = asset["href"].removeprefix("s3://b/")
            assert asset.get("file:size") == (len(files[key]) if key in files else None), key
        seen.add(json.dumps({name: value for name, value in made.items() if name != "links"}, sort_keys=True))
        assert len(crawl.database.query("select distinct mark from hayden.harvest_mark")) == 1
    assert len(seen) == 1
    assert any(url.endswith("/file/v2.1.0/schema.json") for url in made["stac_extensions"])


@needs_fixtures
@pytest.mark.parametrize(
    "fault",
    [
        lambda handler: handler.error(503, "SlowDown"),
        lambda handler: handler.answer(500, b"<html>"),
        hang_up,
    ],
)
def test_a_neighbour_that_cannot_be_read_just_now_leaves_the_scene_to_the_next_run(crawl, serve, fault):
    def spoil(handler, kind):
        if kind != "get" or not handler.path.endswith("_ANG.txt"):
            return False
        fault(handler)
        return True

    server = serve(folder_of("_ANG.txt"), spoil=spoil)
    done = crawl("s3://b", *s3(server))
    assert (done.report["added"], done.report["incomplete"], done.report["failed"]) == (1, 1, 0)
    assert f"{PRODUCT}_ANG.txt" in done.stderr or "answers 503" in done.stderr
    assert sources(crawl.database) == ["product_rectangle"]
    server.spoil = lambda handler, kind: False
    report = crawl("s3://b", *s3(server)).report
    assert (report["changed"], report["incomplete"]) == (1, 0)
    assert sources(crawl.database) == ["angle_coefficients"]
    assert crawl("s3://b", *s3(server)).report["skipped"] == 1


@needs_fixtures
def test_a_neighbour_that_is_broken_or_refused_for_good_is_passed_over(crawl, serve):
    files = folder_of("_ANG.txt", "_SR_stac.json")

    def refuse(handler, kind):
        if kind != "get" or not handler.path.endswith("_ANG.txt"):
            return False
        handler.error(403, "AccessDenied")
        return True

    server = serve(files, spoil=refuse)
    assert crawl("s3://b", *s3(server)).report["incomplete"] == 0
    assert sources(crawl.database) == ["usgs_item"]
    assert crawl("s3://b", *s3(server)).report["skipped"] == 1
    angles = next(key for key in files if key.endswith("_ANG.txt"))
    server.objects = files | {angles: b""}
    server.spoil = lambda handler, kind: False
    assert crawl("s3://b", *s3(server)).report["fetched"] == 1, "it has changed"
    assert sources(crawl.database) == ["usgs_item"]


@needs_fixtures
def test_what_arrives_beside_a_known_scene_is_seen(crawl, serve, item):
    server = serve(folder_of())
    crawl("s3://b", *s3(server))
    server.objects = folder_of("_ANG.txt")
    assert crawl("s3://b", *s3(server)).report["changed"] == 1
    assert sources(crawl.database) == ["angle_coefficients"]
    assert shape(item(ITEM)["geometry"]).is_valid


@needs_fixtures
def test_a_list_does_not_tell_what_lies_beside_and_takes_nothing_back(crawl, serve, tmp_path):
    server = serve(folder_of("_ANG.txt"))
    mtl = next(key for key in server.objects if key.endswith("_MTL.json"))
    (tmp_path / "some.keys").write_text(f"s3://b/{mtl}\n")
    crawl(tmp_path / "some.keys", *s3(server))
    assert sources(crawl.database) == ["product_rectangle"]
    assert crawl("s3://b", *s3(server)).report["changed"] == 1, "the listing shows more"
    assert sources(crawl.database) == ["angle_coefficients"]
    assert crawl(tmp_path / "some.keys", *s3(server)).report["skipped"] == 1
    # Nor does a prefix that cuts the scene's files in two.
    assert crawl(f"s3://b/{mtl[:-9]}", *s3(server)).report["skipped"] == 1


@needs_fixtures
def test_failures_are_tried_again_whatever_was_known_of_them_and_seen_whole_by_the_next_run(crawl, serve):
    server = serve(folder_of("_ANG.txt"))
    whole = dict(server.objects)
    mtl = next(key for key in whole if key.endswith("_MTL.json"))
    crawl("s3://b", *s3(server))
    server.objects = whole | {mtl: b"{"}
    assert crawl("s3://b", *s3(server), expect=1).report["failed"] == 1
    server.objects = whole | {mtl: whole[mtl] + b"\n"}
    assert crawl("failures", "retry", *s3(server)).report["changed"] == 1
    assert crawl.database.query("select * from hayden.harvest_failure") == []
    assert crawl("s3://b", *s3(server)).report["changed"] == 1
    assert sources(crawl.database) == ["angle_coefficients"]
    assert crawl("s3://b", *s3(server)).report["skipped"] == 1


@needs_fixtures
def test_a_scene_that_failed_is_read_again_though_its_old_form_comes_back(crawl, serve):
    server = serve(folder_of())
    whole = dict(server.objects)
    mtl = next(key for key in whole if key.endswith("_MTL.json"))
    crawl("s3://b", *s3(server))
    server.objects = whole | {mtl: b"{"}
    crawl("s3://b", *s3(server), expect=1)
    server.objects = whole
    assert crawl("s3://b", *s3(server)).report["unchanged"] == 1
    assert crawl.database.query("select * from hayden.harvest_failure") == []
    server.objects = whole | {mtl: b"{"}
    crawl("s3://b", *s3(server), expect=1)
    del server.objects[mtl]
    crawl("s3://b", *s3(server))
    assert crawl.database.query("select * from hayden.harvest_failure") == [], "what is gone cannot be tried again"
