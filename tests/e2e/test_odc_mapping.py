"""The two faces of a scene: Items made of datasets against the STAC schemas, datasets made of Items against datacube."""

import json
import uuid

import pytest
import yaml
from test_landsat_items import FIXTURES, served, validator  # noqa: F401

from conftest import run

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"  # these tests need the client's code, not a database

WKT = (
    'PROJCS["x",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],'
    'UNIT["degree",0.0174532925199433]],PROJECTION["Lambert_Azimuthal_Equal_Area"],PARAMETER["latitude_of_center",45.6],'
    'PARAMETER["longitude_of_center",-122.7],PARAMETER["false_easting",0],PARAMETER["false_northing",0],UNIT["metre",1]]'
)

PLACES = [
    ("epsg:32755", [30, 0, 641985, 0, -30, 6285415]),
    ("epsg:32601", [30, 0, 240000, 0, -30, 5800000]),
    ("EPSG:3031", [30, 0, -300000, 0, -30, 300000]),
    ("epsg:3995", [30, 4, 100000, 4, -30, -900000]),
    ("epsg:4326", [0.00025, 0, 147.25, 0, -0.00025, -35.5]),
    ("epsg:4326", [0.045, 0, -180, 0, -0.045, 90]),
    (WKT, [30, 0, -120000, 0, -30, 130000]),
]


def dataset(crs, transform, **properties):
    fine = [each if place in (2, 5) else each / 2 for place, each in enumerate(transform)]
    return {
        "$schema": "https://schemas.opendatacube.org/dataset",
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, crs + str(transform))),
        "product": {"name": "ga_ls8c_ard_3", "href": "https://collections.dea.ga.gov.au/product/ga_ls8c_ard_3"},
        "crs": crs,
        "grids": {
            "default": {"shape": [4000, 8000], "transform": [*transform, 0, 0, 1]},
            "fine": {"shape": [8000, 16000], "transform": [*fine, 0, 0, 1]},
        },
        "properties": {
            "datetime": "2016-01-21 23:50:23.054435",
            "odc:processing_datetime": "2020-09-07T19:30:05+10",
            **properties,
        },
        "measurements": {"nbart_red": {"path": "red.tif"}, "波段": {"path": "all.nc", "layer": "x", "band": 2}},
        "accessories": {"thumbnail:nbart": {"path": "thumb.jpg"}, "checksum:sha1": {"path": "doc.sha1"}},
        "lineage": {},
    }


def as_record(document):
    return {
        "document": document,
        "item_id": document["id"],
        "collection": "a-collection",
        "locations": ["s3://bucket/a/doc.odc-metadata.yaml", "file:///data/doc.odc-metadata.yaml"],
        "sources": {"level1": document["id"]},
    }


def ask(bin, mode, documents):
    return json.loads(run(bin("hayden-print-dataset"), mode, input=json.dumps(documents, default=str)))


@pytest.fixture(scope="module")
def scenes(bin, sample_tree):
    """Our EO3 documents of some scenes of the sample tree."""
    files = sorted(sample_tree.rglob("*_MTL.*"))
    return [
        json.loads(run(bin("hayden-print-dataset"), mtl, mtl.as_uri())) for mtl in files[:: max(1, len(files) // 12)]
    ]


@pytest.fixture(scope="module")
def products(bin):
    names = json.loads(run(bin("hayden-print-dataset")))
    return [json.loads(run(bin("hayden-print-dataset"), name)) for name in names]


@pytest.fixture(scope="module")
def items(bin, scenes):
    """Items of datasets: of the samples, of real documents where they are present, and of odd ones."""
    real = [yaml.safe_load(path.read_text()) for path in sorted(FIXTURES.rglob("*.odc-metadata.yaml"))]
    usual = {"eo:platform": "landsat-8", "eo:instrument": "OLI_TIRS", "eo:cloud_cover": 3.5, "eo:sun_azimuth": 20}
    odd = {"eo:platform": 8, "eo:gsd": "30", "eo:cloud_cover": "n/a", "eo:sun_azimuth": -20, "grid:code": "a b"}
    places = [dataset(*place, **properties) for place in PLACES for properties in (usual, odd)]
    found = ask(bin, "--items", [as_record(each) for each in scenes + real + places])
    assert not [each["problem"] for each in found if "problem" in each]
    return found


def test_items_of_datasets_are_valid_against_the_schemas_of_core_and_of_every_extension_they_name(
    items,
    validator,  # noqa: F811
):
    faults = [f"{item['id']}: {fault}" for item in items for fault in validator(served(item))]
    assert not faults, "\n".join(faults)


def test_items_of_datasets_name_the_extensions_that_their_properties_need(items):
    for item in items:
        named = " ".join(item["stac_extensions"])
        assert "/projection/v1" in named
        assert ("/view/v1" in named) == any(name.startswith("view:") for name in item["properties"])


def test_collections_of_products_are_valid_and_name_every_measurement(bin, products, validator):  # noqa: F811
    odd = {
        "name": "x_1",
        "description": "",
        "metadata_type": "eo3",
        "license": "CC-BY-4.0",
        "metadata": {"product": {"name": "x_1"}, "properties": {"eo:platform": "sentinel-2a", "a": None, "b": [1]}},
        "measurements": [
            {"name": "a", "dtype": "complex64", "nodata": "-Inf", "units": "1"},
            {"name": "b", "dtype": "float32", "nodata": "NaN", "units": "m", "add_offset": 3},
        ],
    }
    for product, collection in zip([*products, odd], ask(bin, "--collections", [*products, odd]), strict=True):
        assert not list(validator(collection))
        assert list(collection["item_assets"]) == [each["name"] for each in product["measurements"]]


PREPARE = """
import json, sys, warnings
warnings.filterwarnings("ignore")
from datacube.index.eo3 import prep_eo3
json.dump([prep_eo3(document) for document in json.load(sys.stdin)], sys.stdout)
"""


def test_datasets_of_items_hold_what_the_client_adds(bin, datacube, items):
    made = [each["document"] for each in ask(bin, "--datasets", items)]
    derived = ("extent", "grid_spatial", "lineage")
    bare = [{key: value for key, value in each.items() if key not in derived} for each in made]
    compared = 0
    for ours, theirs in zip(made, json.loads(datacube.python(PREPARE, bare, login=NOWHERE)), strict=True):
        assert {key: ours[key] for key in derived[1:]} == {key: theirs[key] for key in derived[1:]}
        if ours["extent"]["lon"] == {"begin": -180, "end": 180}:
            continue  # the client knows neither the antimeridian nor the pole
        for axis in ("lat", "lon"):
            assert ours["extent"][axis] == pytest.approx(theirs["extent"][axis], abs=1e-5), ours["crs"]
        compared += 1
    assert compared > len(made) / 2


LOAD_HINTS = """
import json, sys, warnings
warnings.filterwarnings("ignore")
import numpy, xarray
from datacube.model import MetadataType
from datacube.utils import masking
try:
    from datacube.model import Product
except ImportError:
    from datacube.model import DatasetType as Product
class Fields(dict):
    def __call__(self, definition):
        return {}
kind = MetadataType({"name": "eo3", "description": "", "dataset": {"search_fields": {}}}, Fields())
found = {}
for definition in json.load(sys.stdin):
    Product.validate(definition)
    product = Product(kind, definition)
    hints = product.load_hints()
    resolution = hints["resolution"]
    flags = product.lookup_measurements(["quality"])["quality"].flags_definition
    pixels = xarray.DataArray(numpy.array([1, 21824, 22280], "uint16"), attrs={"flags_definition": flags})
    found[product.name] = [
        str(hints["output_crs"]),
        [resolution.y, resolution.x] if hasattr(resolution, "y") else list(resolution),
        masking.make_mask(pixels, cloud=True).values.tolist(),
        masking.mask_to_dict(flags, 22280)["cloud_confidence"],
    ]
json.dump(found, sys.stdout)
"""


def test_products_tell_the_client_how_to_load_and_to_mask(datacube, products):
    found = json.loads(datacube.python(LOAD_HINTS, products, login=NOWHERE))
    for product in products:
        pixel = 60 if product["name"].endswith("_mss") else 30
        # 22280 is a cloud pixel of the USGS's table of values, 21824 a clear one, 1 is fill.
        assert found[product["name"]] == ["EPSG:6933", [-pixel, pixel], [False, False, True], "high"]
