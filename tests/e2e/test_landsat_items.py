"""The Items that Hayden makes of real Landsat metadata, against the STAC schemas, stactools-landsat and USGS.

Where Hayden's Item differs from another's, DIFFERENCES says so with a reason, and docs/landsat.md lists the same.
"""

import fnmatch
import json
import os
import re
import subprocess
import xml.etree.ElementTree as xml
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7
from shapely.geometry import Point, box, shape

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = Path(os.environ.get("HAYDEN_FIXTURES", ROOT / "../shared/fixtures"))
SCHEMAS = Path(os.environ.get("HAYDEN_SCHEMAS", ROOT / "../shared/schemas"))
METADATA_ROOT = "LANDSAT_METADATA_FILE"

# The forms of the fixtures' index, by what docs/landsat.md calls them.
FORMS = {"odl": "text", "json": "JSON", "xml": "XML", "xml-espa": "ESPA XML", "xml-ard": "ARD XML"}
GENERATIONS = {
    "pre(legacy<2012)": "legacy, until 2012",
    "pre": "pre-collection",
    "C1": "Collection 1",
    "C2": "Collection 2",
    "ESPA": "Collection 1 and before, level 2",
    "ARD": "Collection 1, U.S. ARD",
}
REWRITTEN = (
    "neither PRODUCT_CONTENTS (Collection 2) nor PRODUCT_METADATA (before) is there: a file that another program has "
    "rewritten"
)
# Real documents that cannot be Items, and why.
REFUSED = {
    "momosea+Landsat-Level-1-MTL-C2toC1/LC08_L1GT_120038_20210105_20210105_02_RT_MTL__1.txt": REWRITTEN,
    "momosea+Landsat-Level-1-MTL-C2toC1/LE07_L1TP_120038_20210113_20210113_02_RT_MTL__1.txt": REWRITTEN,
    "senbox-org+optical-toolbox/test_broken_MTL.txt": "PRODUCT_METADATA.SPACECRAFT_ID: missing",
}


@dataclass(frozen=True)
class Difference:
    """A difference that is meant: where (a glob over the path), against whom, why, and which values it covers."""

    source: str
    path: str
    reason: str
    covers: Callable = lambda ours, theirs: True


DIFFERENCES = [
    Difference("stactools", "stac_extensions", "classification 1.1.0, accuracy, and only the extensions in use"),
    Difference(
        "stactools",
        "assets.*.href",
        "files are named by FILE_NAME_*, not after the MTL, which may have been renamed",
        lambda ours, theirs: not re.match(r"\./L[CETM]0\d_(L1|L2)\w\w_\d{6}_\d{8}_\d{8}_02_(T1|T2|RT)_[A-Z]", theirs),
    ),
    Difference(
        "stactools",
        "assets.cloud_qa.classification:bitfields.4.classes.1.name",
        "the class of snow is called snow, not shadow",
    ),
    Difference(
        "stactools",
        "properties.proj:transform",
        "cells are square, of the size that the MTL names",
        lambda ours, theirs: theirs[0] != -theirs[4],
    ),
    Difference(
        "usgs",
        "stac_version",
        "STAC 1.0.0; older Items of USGS are 0.7.0 or 1.0.0-beta.2",
        lambda ours, theirs: theirs in ("0.7.0", "1.0.0-beta.2"),
    ),
    Difference("usgs", "stac_extensions", "the extensions in use, in the versions that clients read"),
    Difference("usgs", "id", "one Item for reflectance and temperature, without the processing date"),
    Difference("usgs", "collection", "one collection for all products of a level"),
    Difference(
        "usgs",
        "properties.platform",
        "landsat-8, as published notebooks ask for it",
        lambda ours, theirs: theirs == ours.upper().replace("-", "_"),
    ),
    Difference(
        "usgs",
        "properties.instruments",
        "lower case, and etm+ with its plus",
        lambda ours, theirs: [name.rstrip("+").upper() for name in ours] == theirs,
    ),
    Difference(
        "usgs",
        "properties.datetime",
        "the time of the scene centre; older Items of USGS have a date only",
        lambda ours, theirs: ours[:10] == theirs,
    ),
    Difference(
        "usgs",
        "properties.landsat:wrs_*",
        "three digits; older Items of USGS do not pad",
        lambda ours, theirs: ours.lstrip("0") == theirs,
    ),
    Difference(
        "usgs",
        "properties.view:sun_azimuth",
        "0 to 360 degrees, as the view extension demands",
        lambda ours, theirs: theirs < 0 and ours == pytest.approx(theirs + 360, abs=1e-8),
    ),
    Difference(
        "usgs",
        "assets.*.type",
        "the registered media type of a cloud-optimized GeoTIFF",
        lambda ours, theirs: theirs == "image/vnd.stac.geotiff; cloud-optimized=true",
    ),
    Difference("usgs", "assets.*.classification:bitfields.*.name", "the names of stactools"),
    Difference("usgs", "assets.*.classification:bitfields.*.description", "the words of stactools"),
    Difference("usgs", "assets.*.title", "the words of stactools; the band number is in the description"),
    Difference("usgs", "assets.*.description", "the words of stactools, with the suffix of the file in brackets"),
    Difference(
        "usgs",
        "assets.*.roles",
        "reflectance and emissivity where the values are that; text files and bit masks by what they are",
        lambda ours, theirs: set(ours) ^ set(theirs) <= {"reflectance", "emissivity", "metadata", "data"},
    ),
    Difference(
        "usgs",
        "assets.*.eo:bands.0.name",
        "OLI_B4, TM_B3: one name for one band of one instrument",
        lambda ours, theirs: ours.split("_", 1)[-1] == theirs or ours == "ETM_B6",
    ),
    Difference(
        "usgs",
        "assets.*.eo:bands.0.center_wavelength",
        "the centres that stactools has for each instrument",
        lambda ours, theirs: ours == pytest.approx(theirs, abs=0.11),
    ),
]

LOOSE = ("geometry", "bbox", "properties.proj:centroid", "links")


@dataclass(frozen=True, repr=False)
class Scene:
    path: Path
    item: dict
    facts: dict  # the MTL: {section: {key: text}}

    @property
    def product_id(self):
        return self.facts["PRODUCT_CONTENTS"]["LANDSAT_PRODUCT_ID"]

    def fact(self, key):
        """The first value of that name, in whichever section the generation has it."""
        return next((keys[key] for keys in self.facts.values() if key in keys), None)

    def __repr__(self):
        return self.path.name


def facts_of(data):
    """The MTL read anew, so that what Hayden reads is checked by something else."""
    text = data.decode("utf-8", "replace").split("\0")[0].strip()
    if text.startswith("<"):
        root = xml.fromstring(text)
        return {section.tag: {e.tag: e.text for e in section} for section in root if root.tag == METADATA_ROOT}
    if text.startswith("{"):
        return next(iter(json.loads(text).values()))
    facts, section = {}, {}
    for line in text.splitlines():
        key, _, value = (part.strip() for part in line.partition("="))
        if key == "GROUP":
            section = facts.setdefault(value, {})
        elif key != "END_GROUP" and value:
            section[key] = value.strip('"')
    return facts


def read_scene(bin, path, href, *beside):
    done = subprocess.run([bin("hayden-print-item"), path, href, *beside], capture_output=True, text=True)
    assert done.returncode == 0, f"{path}: {done.stderr}"
    return Scene(path, json.loads(done.stdout), facts_of(path.read_bytes()))


def documents(*formats):
    """The metadata documents of the fixtures' index in those formats, rows by column name; none without fixtures."""
    index = FIXTURES / "mtl/INDEX.tsv"
    lines = index.read_text().splitlines() if index.is_file() else [""]
    names = lines[0].split("\t")
    rows = [dict(zip(names, line.split("\t"), strict=True)) for line in lines[1:]]
    return [row for row in rows if row["format"] in formats]


@pytest.fixture(scope="module")
def scenes(bin, sample_tree):
    """Every real Collection 2 MTL there is, and ten of the samples."""
    found = [FIXTURES / "mtl" / r["path"] for r in documents("odl", "json", "xml") if r["collection"] == "C2"]
    assert found or not FIXTURES.is_dir(), f"no Collection 2 metadata in {FIXTURES}"
    samples = sorted(p for p in sample_tree.rglob("*_MTL.*") if p.suffix in (".txt", ".json"))
    chosen = found + samples[:: max(1, len(samples) // 10)]
    return [read_scene(bin, path, "./" + path.name) for path in chosen]


@pytest.fixture(scope="module")
def older(bin):
    """Every real document of before Collection 2, of ESPA and of ARD that is not refused."""
    rows = [r for r in documents(*FORMS) if r["collection"] != "C2" and r["path"] not in REFUSED]
    return [read_scene(bin, FIXTURES / "mtl" / r["path"], "./" + Path(r["path"]).name) for r in rows]


@pytest.fixture(scope="module")
def validator():
    resources = []
    for path in SCHEMAS.glob("**/*.json"):
        url = "https://" + path.relative_to(SCHEMAS).as_posix()
        resources.append((url, Resource(json.loads(path.read_text()), DRAFT7)))
    if not resources:
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up("the JSON Schemas are not here, so nothing can be validated: set HAYDEN_SCHEMAS")
    registry = Registry().with_resources(resources)

    def faults(document):
        kind = "item" if document["type"] == "Feature" else "collection"
        core = f"https://schemas.stacspec.org/v1.0.0/{kind}-spec/json-schema/{kind}.json"
        found = []
        for url in [core, *document["stac_extensions"]]:
            schema = registry.contents(url)
            for error in Draft7Validator(schema, registry=registry).iter_errors(document):
                found.append(f"{document['id']}: {url}: {error.json_path}: {error.message[:300]}")
        return found

    return faults


def served(item):
    """The Item as the API gives it out: the schema of STAC 1.0.0 ties `collection` to a link."""
    return item | {"links": [*item["links"], {"rel": "collection", "href": "http://localhost/collections/x"}]}


def test_every_item_is_valid_against_the_schemas_of_core_and_of_every_extension_it_names(scenes, validator):
    faults = [fault for scene in scenes for fault in validator(served(scene.item))]
    assert not faults, "\n".join(faults)


def test_every_item_of_older_products_is_valid_too(older, validator):
    faults = [fault for scene in older for fault in validator(served(scene.item))]
    assert not faults, "\n".join(faults)


def test_items_of_a_requester_pays_bucket_are_valid_too(bin, scenes, validator):
    for scene in {s.item["properties"]["platform"]: s for s in scenes}.values():
        item = read_scene(bin, scene.path, f"s3://usgs-landsat/collection02/{scene.path.name}").item
        assert not validator(served(item))
        assert item["assets"]["mtl.txt"]["alternate"]["s3"]["storage:requester_pays"] is True


COLLECTIONS = [f"landsat-{product}" for product in ("c2-l1", "c2-l2", "c1-l1", "c1-l2", "c1-ard", "pre-l1", "pre-l2")]


@pytest.mark.parametrize("collection_id", COLLECTIONS)
def test_every_collection_is_valid_and_defines_the_assets_of_its_items(bin, scenes, older, validator, collection_id):
    collection = json.loads(subprocess.check_output([bin("hayden-print-item"), collection_id]))
    assert not validator(collection)
    members = [s for s in scenes + older if s.item["collection"] == collection_id]
    assert members or not FIXTURES.is_dir()
    for scene in members:
        # What ESPA and ARD metadata describes differs from order to order.
        if "item_assets" in collection:
            assert scene.item["assets"].keys() <= collection["item_assets"].keys(), scene


def test_documents_that_cannot_be_items_are_refused_with_the_reason(bin):
    for path, reason in REFUSED.items() if FIXTURES.is_dir() else ():
        command = [bin("hayden-print-item"), FIXTURES / "mtl" / path, "./x"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 1 and done.stderr.strip() == reason, f"{path}: {done.stderr}"


def test_the_documentation_counts_the_real_documents_of_each_generation(scenes, older):
    """`scenes` and `older` fail on any document that is neither an Item nor listed in REFUSED."""
    counts = {}
    for row in documents(*FORMS):
        kind = GENERATIONS[row["collection"]], FORMS[row["format"]]
        read, refused = counts.get(kind, (0, 0))
        counts[kind] = (read, refused + 1) if row["path"] in REFUSED else (read + 1, refused)
    text = (ROOT / "docs/landsat.md").read_text()
    for (generation, form), (read, refused) in counts.items():
        assert re.search(rf"^\| {re.escape(generation)} \| {form} \| [^|]+ \| {read} \| {refused} \|$", text, re.M), (
            f"docs/landsat.md lacks: | {generation} | {form} | … | {read} | {refused} |"
        )


def test_every_file_that_an_mtl_names_is_an_asset_with_its_data_type(scenes):
    for scene in scenes:
        contents = scene.facts["PRODUCT_CONTENTS"]
        assets = {asset["href"].split("/")[-1]: asset for asset in scene.item["assets"].values()}
        for key, name in contents.items():
            if not key.startswith("FILE_NAME_"):
                continue
            assert name in assets, f"{scene}: {key} = {name}"
            data_type = contents.get(key.replace("FILE_NAME", "DATA_TYPE"))
            if data_type:
                assert assets[name]["raster:bands"][0]["data_type"] == data_type.lower(), f"{scene}: {key}"
        named = {name for key, name in contents.items() if key.startswith("FILE_NAME_")}
        for name in assets.keys() - named:
            assert re.search(r"_(thumb_(small|large)\.jpeg|MTL\.(json|txt|xml))$", name), f"{scene}: {name}"


def test_text_json_and_xml_of_one_product_make_the_same_item(scenes):
    items = {}
    for scene in scenes:
        first = items.setdefault((scene.path.parent, scene.product_id), scene)
        assert scene.item == first.item, f"{scene} and {first}"


def test_every_file_that_older_metadata_names_is_an_asset_and_nothing_else_is(older):
    inputs = re.compile(r"^(CPF|RLUT|BPF)_|^BPF")
    for scene in older:
        assets = {asset["href"].split("/")[-1] for asset in scene.item["assets"].values()}
        if scene.path.suffix == ".xml":
            text = scene.path.read_text().split("<scene_metadata>")[0]
            named = set(re.findall(r"<file_name>([^<]*)</file_name>", text)) | {scene.path.name}
        else:
            keys = {k: v for section in scene.facts.values() for k, v in section.items()}
            named = {v for k, v in keys.items() if "FILE_NAME" in k and not inputs.match(k)}
        assert assets == named, scene


@pytest.fixture(scope="module")
def older_mtls(older):
    """Those of MTL form whose numbers agree: two were published with their lines and samples cut."""
    edited = [FIXTURES / "mtl" / r["path"] for r in documents("odl") if "edited ids/dates" in r["flags"]]
    return [s for s in older if s.path.suffix != ".xml" and s.path not in edited]


def test_older_items_tell_what_their_metadata_does(older_mtls):
    for scene in older_mtls:
        properties, fact = scene.item["properties"], scene.fact
        number = re.sub(r"\D", "", fact("SPACECRAFT_ID"))
        assert properties["platform"] == f"landsat-{number}", scene
        assert properties["datetime"][:10] == (fact("DATE_ACQUIRED") or fact("ACQUISITION_DATE")), scene
        assert int(properties["landsat:wrs_path"]) == int(fact("WRS_PATH")), scene
        assert int(properties["landsat:wrs_row"]) == int(fact("WRS_ROW") or fact("STARTING_ROW")), scene
        assert properties["view:sun_elevation"] == pytest.approx(float(fact("SUN_ELEVATION"))), scene
        cloud = fact("CLOUD_COVER")
        assert properties.get("eo:cloud_cover") == (None if cloud is None else float(cloud)), scene
        zone = int(fact("UTM_ZONE") or fact("ZONE_NUMBER"))
        assert properties["proj:epsg"] == (32600 + zone if zone > 0 else 32700 - zone), scene
        rows, columns = properties["proj:shape"]
        cell, _, west, _, _, north = properties["proj:transform"]
        corners = [(fact(f"CORNER_{c}_PROJECTION_X_PRODUCT") or fact(f"PRODUCT_{c}_CORNER_MAPX"),
                    fact(f"CORNER_{c}_PROJECTION_Y_PRODUCT") or fact(f"PRODUCT_{c}_CORNER_MAPY"))
                   for c in ("UL", "LR")]  # fmt: skip
        (left, top), (right, bottom) = [(float(x), float(y)) for x, y in corners]
        # The far corner's pixel centre too: shape and cell and origin agree with it.
        assert (west + cell / 2, north - cell / 2) == pytest.approx((left, top)), scene
        assert (west + (columns - 0.5) * cell, north - (rows - 0.5) * cell) == pytest.approx((right, bottom)), scene


def test_footprints_of_older_products_have_the_corners_that_their_metadata_gives_in_degrees(older_mtls):
    for scene in older_mtls:
        ours = footprint(scene.item)
        for c in ("UL", "UR", "LR", "LL"):
            lon = scene.fact(f"CORNER_{c}_LON_PRODUCT") or scene.fact(f"PRODUCT_{c}_CORNER_LON")
            lat = scene.fact(f"CORNER_{c}_LAT_PRODUCT") or scene.fact(f"PRODUCT_{c}_CORNER_LAT")
            corner = Point(float(lon), float(lat))
            # Half a pixel's diagonal inside, which is more degrees of longitude in the north.
            assert ours.covers(corner) and ours.exterior.distance(corner) < 0.0015, f"{scene}: {c}"


def test_geometries_are_as_rfc_7946_has_them_across_the_antimeridian_and_round_the_pole(scenes, older):
    crossing, polar = 0, 0
    for scene in scenes + older:
        item, shape_ = scene.item, footprint(scene.item)
        assert shape_.is_valid, scene
        polygons = list(getattr(shape_, "geoms", [shape_]))
        assert all(polygon.exterior.is_ccw for polygon in polygons), scene
        west, south, east, north = item["bbox"]
        assert -180 <= west <= 180 and -180 <= east <= 180 and -90 <= south < north <= 90, scene
        bounds = shape_.bounds
        assert (south, north) == (bounds[1], bounds[3]), scene
        if west > east:
            crossing += 1
            assert len(polygons) > 1 and bounds[0] == -180 and bounds[2] == 180, scene
            # No part reaches round the globe.
            assert all(part.bounds[2] - part.bounds[0] < 90 for part in polygons), scene
        else:
            assert (west, east) == (bounds[0], bounds[2]), scene
        polar += item["properties"]["proj:epsg"] == 3031
    assert not FIXTURES.is_dir() or (crossing and polar), "the fixtures have scenes of both kinds"


def test_every_item_says_where_its_footprint_comes_from(scenes, older):
    assert {s.item["properties"]["hayden:footprint_source"] for s in scenes + older} <= {"product_rectangle"}


def by_key(members):
    """Bit fields by their offset, classes by their value, all else by its place."""
    name = "offset" if "length" in members[0] else "value"
    return {str(member.get(name, index)): member for index, member in enumerate(members)}


def differences(ours, theirs, path=""):
    """(path, ours, theirs) wherever both have something and it is not the same."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in ours.keys() & theirs.keys():
            yield from differences(ours[key], theirs[key], f"{path}.{key}" if path else key)
    elif isinstance(ours, list) and isinstance(theirs, list) and ours and isinstance(ours[0], dict):
        yield from differences(by_key(ours), by_key(theirs), path)
    elif ours != theirs:
        yield path, ours, theirs


def is_listed(source, path, ours, theirs, used):
    for entry in DIFFERENCES:
        if entry.source == source and fnmatch.fnmatchcase(path, entry.path) and entry.covers(ours, theirs):
            used.add(entry)
            return True
    return False


def unlisted_differences(source, pairs):
    """What differs without a reason, and which entries of DIFFERENCES were used."""
    used, unlisted = set(), []
    for name, ours, theirs in pairs:
        for path, left, right in differences(ours, theirs):
            if not path.startswith(LOOSE) and not is_listed(source, path, left, right, used):
                unlisted.append(f"{name}: {path}: {left!r} is {right!r} at {source}")
    return unlisted, used


def assert_only_listed_differences(source, pairs):
    unlisted, used = unlisted_differences(source, pairs)
    assert not unlisted, "\n".join(sorted(unlisted))
    idle = [entry.path for entry in DIFFERENCES if entry.source == source and entry not in used]
    assert not pairs or not idle, f"no longer different: {idle}"


@pytest.fixture(scope="module")
def stactools_pairs(bin):
    pairs = []
    for path in sorted(FIXTURES.glob("stac_expected/*/*.json")):
        expected = json.loads(path.read_text())
        oracle = expected.pop("_oracle")
        source = FIXTURES / "mtl" / oracle["mtl"]
        pairs.append((read_scene(bin, source, "./" + source.name), expected, oracle["geometry_source"]))
    return pairs


def test_items_equal_those_of_stactools_in_all_that_both_have(stactools_pairs):
    assert_only_listed_differences("stactools", [(str(s), s.item, expected) for s, expected, _ in stactools_pairs])


def test_items_have_all_that_those_of_stactools_have(stactools_pairs):
    for scene, expected, _ in stactools_pairs:
        assert expected["properties"].keys() <= scene.item["properties"].keys(), scene
        assert expected["links"] == scene.item["links"], scene
        for key, asset in expected["assets"].items():
            assert asset.keys() <= scene.item["assets"][key].keys(), f"{scene}: {key}"


def usgs_items_of(scene):
    for path in scene.path.parent.glob(f"{scene.product_id}_*stac.json"):
        item = json.loads(path.read_text())
        names = {key.lower().replace("ang.txt", "ang"): key for key in item["assets"]}
        item["assets"] = {
            key: item["assets"][names[key.lower()]] for key in scene.item["assets"] if key.lower() in names
        }
        for asset in item["assets"].values():
            asset["href"] = "./" + asset["href"].split("/")[-1]
        yield item


@pytest.fixture(scope="module")
def usgs_pairs(scenes):
    return [(scene, item) for scene in scenes for item in usgs_items_of(scene)]


def test_items_equal_those_of_usgs_in_all_that_both_have(usgs_pairs):
    assert_only_listed_differences("usgs", [(str(scene), scene.item, item) for scene, item in usgs_pairs])


def footprint(item):
    return shape(item["geometry"])


def test_footprints_are_the_product_rectangle_and_hold_the_tilted_footprint_of_others(stactools_pairs, usgs_pairs):
    """The image is a tilted quadrilateral in the product's rectangle, which is all that an MTL tells."""
    tolerance = {"usgs-stac": 0.02, "ang": 0.1}  # degrees; stactools interpolates ANG corners linearly in lon/lat
    tilted = [(s, e, tolerance[source]) for s, e, source in stactools_pairs if source in tolerance]
    for scene, other, degrees in tilted + [(s, e, tolerance["usgs-stac"]) for s, e in usgs_pairs]:
        ours, theirs = footprint(scene.item), footprint(other)
        assert ours.is_valid, scene
        assert ours.buffer(degrees).covers(theirs), f"{scene}: {theirs.difference(ours).bounds}"
        assert theirs.area > 0.4 * ours.area, scene


def test_footprints_have_the_bounds_of_the_corners_where_nobody_has_better(stactools_pairs):
    for scene, expected, source in stactools_pairs:
        if source != "bbox":
            continue
        ours, theirs = footprint(scene.item), footprint(expected)
        assert theirs.buffer(0.1).covers(ours), scene  # ours follows edges that bend towards the pole
        # A published cut of a scene has a cut grid, but the corners in degrees of the whole.
        if min(scene.item["properties"]["proj:shape"]) > 3000:
            assert box(*ours.bounds).buffer(0.015).covers(theirs), scene


def with_source(bin, scene, beside):
    item = read_scene(bin, scene.path, "./x", beside).item
    return item["properties"]["hayden:footprint_source"], footprint(item)


def test_footprints_by_angle_coefficients_are_the_image_that_usgs_trims(bin, scenes, usgs_pairs):
    compared = 0
    for scene, item in usgs_pairs:
        angles = scene.path.parent / f"{scene.product_id}_ANG.txt"
        if not angles.is_file() or "oli" not in scene.item["properties"]["instruments"]:
            continue
        source, ours = with_source(bin, scene, angles)
        theirs = footprint(item)
        assert source == "angle_coefficients", scene
        assert ours.buffer(0.02).covers(theirs) and theirs.area > 0.93 * ours.area, scene
        assert footprint(scene.item).buffer(0.015).covers(ours), f"{scene}: the image is in the product rectangle"
        compared += 1
    assert compared or not FIXTURES.is_dir()


def test_footprints_by_the_item_of_usgs_are_its_polygon_unless_that_is_corrupt(bin, scenes):
    sources = set()
    for scene in scenes:
        for path in sorted(scene.path.parent.glob(f"{scene.product_id}_*stac.json")):
            source, ours = with_source(bin, scene, path)
            theirs = shape(json.loads(path.read_text())["geometry"])
            sources.add(source)
            if source == "usgs_item":
                # The same corners; our edges are straight on the map, theirs in degrees.
                parts = getattr(theirs, "geoms", [theirs])
                corners = [c for part in parts for c in part.exterior.coords if abs(c[0]) < 179.9]
                assert all(ours.boundary.distance(Point(*c[:2])) < 0.0001 for c in corners), scene
            else:
                assert not theirs.is_valid or theirs.area > 2 * ours.area, f"{scene}: {path.name} was passed over"
    assert "usgs_item" in sources or not FIXTURES.is_dir()


def test_a_source_of_another_scene_is_passed_over(bin, scenes):
    for angles in sorted(FIXTURES.glob("mtl/*/*_ANG.txt")):
        other = next(s for s in scenes if s.product_id not in angles.name)
        assert with_source(bin, other, angles)[0] == "product_rectangle", f"{other} with {angles.name}"


def test_the_documentation_lists_each_difference_with_its_reason():
    text = (ROOT / "docs/landsat.md").read_text()
    rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in text.splitlines()]
    for entry in DIFFERENCES:
        assert [entry.source, entry.path, entry.reason] in rows, f"docs/landsat.md lacks {entry.source} {entry.path}"
