"""Published Landsat notebooks, call by call, on scenes that the crawler found in a bucket. What a notebook does that has
to be done otherwise here is in docs/notebooks.md."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import datetime
from types import SimpleNamespace

import geopandas
import numpy
import odc.stac
import pandas
import planetary_computer
import pystac
import pytest
import rasterio
import requests
import rioxarray
import shapely.geometry
import stackstac
from conftest import Server, run
from pystac.extensions.eo import EOExtension
from pystac.extensions.projection import ProjectionExtension
from pystac_client import Client
from radosgw import OWNER
from rasterio.io import MemoryFile
from rasterio.warp import transform_bounds
from rasterio.windows import Window

BUCKET = "usgs-landsat"
LEVEL_2 = "landsat-c2-l2"
LEVEL_1 = "landsat-c2-l1"
# Path and row, years, levels and number of the scenes around the places of the notebooks.
TREES = [
    ("046/027", "2020:2021", "both", 160),
    ("042/033", "2017:2017", "l2", 180),
    ("029/029", "2020:2022", "l2", 40),
    ("197/023", "2000:2010", "l2", 80),
    ("197/023", "2018:2020", "l2", 120),
    ("013/028", "2018:2020", "l2", 40),
]
SEATTLE = [-122.2751, 47.5469, -121.9613, 47.7458]
WALKER_LAKE = [-118.89, 38.54, -118.57, 38.84]
SOUTH_DAKOTA = [-97.565, 45.203, -97.224, 45.528]
BANDS = ["nir08", "red", "green", "blue", "qa_pixel", "lwir11"]


def box(west, south, east, north):
    corners = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [corners]}


DELFZIJL = box(6.42425537109375, 53.174765470134616, 7.344360351562499, 53.67393435835391)
QUEBEC = box(-73.21, 43.99, -70.12, 47.05)


# --- scenes, pixels and the service ----------------------------------------------------------------------------


def make_scenes(bin, folder):
    """One tree of MTL files, laid out like the bucket of USGS."""
    for number, (around, years, levels, scenes) in enumerate(TREES):
        tree = folder / str(number)
        wishes = ("--around", around, "--years", years, "--level", levels, "--scenes", scenes, "--format", "json")
        run(bin("hayden-samples"), tree, *wishes)
        shutil.copytree(tree / "collection02", folder / "tree/collection02", dirs_exist_ok=True)
    return folder / "tree"


@pytest.fixture(scope="module")
def world(gateway, module_database, bin, folder, tmp_path_factory):
    owner = gateway.client(OWNER)
    owner.create_bucket(Bucket=BUCKET)
    tree = make_scenes(bin, tmp_path_factory.mktemp("notebooks"))
    files = [path for path in tree.rglob("*") if path.is_file()]

    def put(path):
        owner.put_object(Bucket=BUCKET, Key=path.relative_to(tree).as_posix(), Body=path.read_bytes())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, files))
    owner.put_bucket_request_payment(Bucket=BUCKET, RequestPaymentConfiguration={"Payer": "Requester"})
    home = tmp_path_factory.mktemp("home")
    keys = {"AWS_ACCESS_KEY_ID": OWNER[0], "AWS_SECRET_ACCESS_KEY": OWNER[1]}
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true"} | keys
    run(
        bin("hayden-crawler"), f"s3://{BUCKET}/", "--request-payer", "--endpoint-url", gateway.url,
        "--database-url", module_database.url, env=environment,
    )  # fmt: skip
    policy = home / "signing.json"
    bucket = {"bucket": BUCKET, "prefixes": ["collection02/"], "requester_pays": True, "endpoint": gateway.url}
    outputs = {LEVEL_1: "redirect", LEVEL_2: "redirect"}
    policy.write_text(json.dumps({"anonymous": True, "collections": outputs, "buckets": [bucket]}))
    server = Server(folder, module_database, environment=environment, signing=policy)
    found = requests.get(f"{server.url}/search?limit=10000", timeout=60).json()["features"]
    assert len(found) == len(files)
    metadata = {path.name.removesuffix("_MTL.json"): path for path in files}
    yield SimpleNamespace(owner=owner, url=server.url, found=found, metadata=metadata, database=module_database, bin=bin)
    server.stop()


@pytest.fixture
def catalog(world):
    return Client.open(world.url, modifier=planetary_computer.sign_inplace)


def metadata_of(world, item):
    """What USGS's own file says of an Item's product."""
    product = item.properties["landsat:landsat_product_id"]
    return json.loads(world.metadata[product].read_bytes())["LANDSAT_METADATA_FILE"]


def expected(world, area, days, collection=LEVEL_2, where=lambda properties: True):
    """The ids of the Items that a search must find, the newest first."""
    shape = shapely.geometry.box(*area) if isinstance(area, list) else shapely.geometry.shape(area)
    first, last = days.split("/")
    some = [
        item
        for item in world.found
        if item["collection"] == collection
        and shapely.geometry.shape(item["geometry"]).intersects(shape)
        and first <= item["properties"]["datetime"][:10] <= last
        and where(item["properties"])
    ]
    assert some, "the samples do not have what the notebook looks for"
    return [item["id"] for item in sorted(some, key=lambda item: item["properties"]["datetime"], reverse=True)]


def ids(items):
    return [item.id for item in items]


def value_of(band, rows, columns):
    """What a pixel holds tells where it lies."""
    return (7000 + 1000 * BANDS.index(band) + (rows * 31 + columns * 17) % 20000).astype("uint16")


def grid_of(item, band):
    """Of a scene's raster: projection, transform, height and width."""
    asset = item.assets[band].extra_fields
    described = item.properties | asset
    code = described.get("proj:code") or f"EPSG:{described['proj:epsg']}"
    return code, rasterio.Affine(*described["proj:transform"][:6]), *described["proj:shape"]


def put_pixels(world, item, bands, bbox):
    """Rasters of a scene's full size, of which only the pixels around `bbox` hold values."""
    for band in bands:
        crs, transform, height, width = grid_of(item, band)
        west, south, east, north = transform_bounds("EPSG:4326", crs, *bbox)
        left, top = (int(number) - 3 for number in ~transform @ (west, north))
        right, bottom = (int(number) + 4 for number in ~transform @ (east, south))
        left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
        rows, columns = numpy.mgrid[top:bottom, left:right]
        with MemoryFile() as memory:
            with memory.open(
                driver="GTiff", dtype="uint16", count=1, tiled=True, blockxsize=256, blockysize=256, compress="deflate",
                sparse_ok=True, nodata=0, height=height, width=width, crs=crs, transform=transform,
            ) as raster:  # fmt: skip
                window = Window(left, top, right - left, bottom - top)
                raster.write(value_of(band, rows, columns), 1, window=window)
            href = item.assets[band].extra_fields["alternate"]["s3"]["href"]
            world.owner.put_object(Bucket=BUCKET, Key=href.removeprefix(f"s3://{BUCKET}/"), Body=memory.read())


def assert_pixels(item, band, x, y, values, least=1000):
    """Every pixel within the scene holds the value of its place."""
    _, transform, height, width = grid_of(item, band)
    xs, ys = numpy.meshgrid(x, y)
    columns, rows = ((numpy.floor(part).astype(int)) for part in ~transform @ (xs, ys))
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    assert inside.sum() >= least
    assert (values[inside] == value_of(band, rows, columns)[inside]).all()


# --- A: PlanetaryComputerExamples, datasets/landsat-c2/landsat-c2-example.ipynb --------------------------------


def test_a_landsat_collection_2_example(world, catalog):
    days = "2021-01-01/2021-12-31"
    search = catalog.search(
        collections=["landsat-c2-l2"], bbox=SEATTLE, datetime=days, query={"eo:cloud_cover": {"lt": 10}}
    )
    items = search.item_collection()
    assert ids(items) == expected(world, SEATTLE, days, where=lambda has: has["eo:cloud_cover"] < 10)

    query = {"eo:cloud_cover": {"lt": 10}, "platform": {"in": ["landsat-8", "landsat-9"]}}
    of_oli = catalog.search(collections=["landsat-c2-l2"], bbox=SEATTLE, datetime=days, query=query).item_collection()
    assert ids(of_oli) == [item.id for item in items if item.properties["platform"] != "landsat-7"]
    assert 0 < len(of_oli) < len(items)

    selected = min(of_oli, key=lambda item: EOExtension.ext(item).cloud_cover)
    cover = EOExtension.ext(selected).cloud_cover
    assert cover == float(metadata_of(world, selected)["IMAGE_ATTRIBUTES"]["CLOUD_COVER"])
    assert cover == min(item.properties["eo:cloud_cover"] for item in of_oli)

    titles = {key: asset.title for key, asset in selected.assets.items()}
    assert all(titles.values())
    assert titles["nir08"] == "Near Infrared Band 0.8" and titles["lwir11"] == "Surface Temperature Band"
    assert titles["qa_pixel"] == "Pixel Quality Assessment Band"

    put_pixels(world, selected, BANDS, SEATTLE)
    data = odc.stac.stac_load([selected], bands=BANDS, bbox=SEATTLE).isel(time=0)
    assert list(data.data_vars) == BANDS
    for band in BANDS:
        assert_pixels(selected, band, data.x.values, data.y.values, data[band].values)

    band_info = selected.assets["lwir11"].extra_fields["raster:bands"][0]
    own = metadata_of(world, selected)["LEVEL2_SURFACE_TEMPERATURE_PARAMETERS"]
    assert band_info["unit"] == "kelvin" and band_info["data_type"] == "uint16" and band_info["nodata"] == 0
    assert band_info["scale"] == float(own["TEMPERATURE_MULT_BAND_ST_B10"])
    assert band_info["offset"] == float(own["TEMPERATURE_ADD_BAND_ST_B10"])
    celsius = data["lwir11"].astype(float) * band_info["scale"] + band_info["offset"] - 273.15
    assert float(celsius.max()) == pytest.approx(int(data["lwir11"].max()) * 0.00341802 + 149.0 - 273.15)

    platforms = catalog.get_collection("landsat-c2-l2").summaries.to_dict()["platform"]
    assert platforms == [f"landsat-{number}" for number in (4, 5, 7, 8, 9)]


def test_a_level_1(world, catalog):
    days = "2021-01-01/2021-12-31"
    search = catalog.search(
        collections=["landsat-c2-l1"], bbox=SEATTLE, datetime=days, query={"eo:cloud_cover": {"lt": 10}}
    )
    items = search.item_collection()
    assert ids(items) == expected(world, SEATTLE, days, LEVEL_1, lambda has: has["eo:cloud_cover"] < 10)
    item = next(item for item in items if item.properties["platform"] == "landsat-8")
    own = metadata_of(world, item)["LEVEL1_RADIOMETRIC_RESCALING"]
    band_info = item.assets["red"].extra_fields["raster:bands"][0]
    assert band_info["scale"] == float(own["RADIANCE_MULT_BAND_4"]) and band_info["unit"] == "watt/steradian/square_meter/micrometer"
    summaries = catalog.get_collection("landsat-c2-l1").summaries.to_dict()
    assert summaries["platform"][0] == "landsat-1" and "mss" in summaries["instruments"]


# --- A2: quickstarts/reading-stac.ipynb, tutorials/coregistration.ipynb ----------------------------------------


def test_a2_reading_stac(world, catalog):
    time_range = "2020-12-01/2020-12-31"
    search = catalog.search(collections=["landsat-c2-l2"], bbox=SEATTLE, datetime=time_range)
    items = search.item_collection()
    assert ids(items) == expected(world, SEATTLE, time_range) and len(items) == search.matched()

    frame = geopandas.GeoDataFrame.from_features(items.to_dict(), crs="epsg:4326")
    assert len(frame) == len(items) and list(frame["platform"]) == [item.properties["platform"] for item in items]
    assert [geometry.equals(shapely.geometry.shape(item.geometry)) for geometry, item in zip(frame.geometry, items)]
    assert frame.intersects(shapely.geometry.box(*SEATTLE)).all()

    selected = min(items, key=lambda item: EOExtension.ext(item).cloud_cover)
    assert selected.properties["eo:cloud_cover"] == frame["eo:cloud_cover"].min()

    # For "rendered_preview": Hayden renders nothing, USGS's own preview is an asset.
    preview = selected.assets["reduced_resolution_browse"]
    picture = b"\xff\xd8\xff a picture"
    stored = preview.extra_fields["alternate"]["s3"]["href"]
    world.owner.put_object(Bucket=BUCKET, Key=stored.removeprefix(f"s3://{BUCKET}/"), Body=picture)
    assert preview.media_type == "image/jpeg" and "overview" in preview.roles
    assert requests.get(preview.href, timeout=60).content == picture

    bands = ["blue", "red"]
    put_pixels(world, selected, bands, SEATTLE)
    href = selected.assets["blue"].href
    assert href.startswith(world.url) and planetary_computer.sign(href) == href
    answer = requests.head(href, timeout=60)
    assert answer.ok and answer.status_code == 302
    answer = requests.head(href, allow_redirects=True, timeout=60)
    assert answer.status_code == 200 and int(answer.headers["Content-Length"]) > 10_000

    raster = rioxarray.open_rasterio(href)
    code, transform, height, width = grid_of(selected, "blue")
    assert raster.shape == (1, height, width) and raster.rio.nodata == 0
    assert raster.rio.crs == code and raster.rio.transform() == transform
    clipped = raster.rio.clip_box(*SEATTLE, crs="epsg:4326").squeeze()
    assert_pixels(selected, "blue", clipped.x.values, clipped.y.values, clipped.values)

    # Of Items as they are sent: pystac puts proj:code in the place of proj:epsg, which stackstac looks for.
    features = [each for each in search.item_collection_as_dict()["features"] if each["id"] == selected.id]
    stack = stackstac.stack(features, assets=bands, bounds_latlon=SEATTLE)
    assert stack.dims == ("time", "band", "y", "x") and list(stack.band.values) == bands
    assert f"EPSG:{int(stack['epsg'])}" == code and str(stack["platform"].values) == selected.properties["platform"]
    computed = stack.compute()
    half = 15  # its coordinates are those of the upper left corners
    for band in bands:
        values = computed.sel(band=band)[0]
        scaling = selected.assets[band].extra_fields["raster:bands"][0]
        numbers = numpy.rint((values.values - scaling["offset"]) / scaling["scale"])
        assert_pixels(selected, band, values.x.values + half, values.y.values - half, numbers)


def test_a2_collections_items_and_tokens(world, catalog):
    landsat = catalog.get_collection("landsat-c2-l2")
    bands = pandas.DataFrame(landsat.summaries.get_list("eo:bands"))
    assert {"name", "common_name", "description", "center_wavelength"} <= set(bands.columns)
    red = bands[bands["name"] == "OLI_B4"].iloc[0]
    assert red["common_name"] == "red" and red["center_wavelength"] == 0.65
    assets = pandas.DataFrame.from_dict(landsat.extra_fields["item_assets"], orient="index")[["title", "description", "gsd"]]
    assert assets.loc["red"]["title"] == "Red Band" and assets.loc["lwir11"]["gsd"] == 100

    search = catalog.search(collections=["landsat-c2-l2"], bbox=SEATTLE, datetime="2020-12-01/2020-12-31")
    item = next(search.items())
    assert set(item.assets) <= set(landsat.extra_fields["item_assets"])
    again = pystac.read_file(item.get_self_href())
    for member in ("id", "geometry", "bbox", "properties", "assets", "collection", "stac_extensions"):
        assert again.to_dict()[member] == item.to_dict()[member]
    assert item.get_collection().id == "landsat-c2-l2" and again.get_collection().title == landsat.title

    # There is nothing that such a token could be: a signature covers one object.
    answer = requests.get(f"{world.url}/sas/v1/token/landsat-c2-l2", timeout=60)
    assert answer.status_code == 404 and set(answer.json()) == {"code", "description"}
    original = item.assets["red"].extra_fields["alternate"]["s3"]["href"]
    signed = requests.get(f"{world.url}/sas/v1/sign", params={"href": original}, timeout=60).json()
    assert set(signed) == {"msft:expiry", "href"} and "X-Amz-Signature=" in signed["href"]


def test_a2_coregistration(world, catalog):
    search = catalog.search(collections=["landsat-c2-l2"], bbox=SEATTLE, datetime="2020-12-01/2020-12-31")
    item = next(search.items())
    days = "2021-01-01/2021-12-31"
    overlapping = catalog.search(collections=["landsat-c2-l1"], intersects=item.geometry, datetime=days).item_collection()
    assert ids(overlapping) == expected(world, item.geometry, days, LEVEL_1)


# --- B: ProjectPythia/landsat-ml-cookbook, 1.0 Data Ingestion and 2.0 Spectral Clustering ----------------------


def test_b_landsat_cookbook(world, catalog):
    assert catalog.title
    collections = [collection.id for collection in catalog.get_collections()]
    assert [name for name in collections if "landsat" in name] == [LEVEL_1, LEVEL_2]

    days = "2017-06-01/2017-09-30"
    search = catalog.search(
        collections=["landsat-c2-l2"],
        bbox=WALKER_LAKE,
        datetime=days,
        query={"eo:cloud_cover": {"lt": 1}, "platform": {"in": ["landsat-8"]}},
    )
    items = search.item_collection()
    wanted = expected(
        world, WALKER_LAKE, days, where=lambda has: has["eo:cloud_cover"] < 1 and has["platform"] == "landsat-8"
    )
    assert ids(items) == wanted
    selected = items[0]

    bands = []
    for asset in selected.assets.values():
        try:
            bands.append(asset.extra_fields["eo:bands"][0])
        except KeyError:
            pass
    columns = ["common_name", "description", "name", "center_wavelength", "full_width_half_max"]
    frame = pandas.DataFrame.from_dict(bands)[columns].set_index("common_name")
    assert frame.loc["red"].to_dict() == {
        "description": "Visible red", "name": "OLI_B4", "center_wavelength": 0.65, "full_width_half_max": 0.04,
    }  # fmt: skip
    assert set(frame.index) == {"coastal", "blue", "green", "red", "nir08", "swir16", "swir22", "lwir11"}
    assert not frame.isna().any(axis=None)

    # For item.properties["proj:epsg"]: what is sent has it, pystac makes proj:code of it.
    [sent] = [each for each in search.items_as_dicts() if each["id"] == selected.id]
    epsg = ProjectionExtension.ext(selected).epsg
    assert sent["properties"]["proj:epsg"] == epsg == 32611

    wanted_bands = ["red", "green", "blue"]
    put_pixels(world, selected, wanted_bands, WALKER_LAKE)
    data = odc.stac.stac_load([selected], bands=wanted_bands, bbox=WALKER_LAKE, chunks={}).isel(time=0)
    assert data.red.chunks and data.odc.crs.epsg == epsg
    array = data.to_array(dim="band").compute()
    assert list(array.band.values) == wanted_bands
    for band in wanted_bands:
        assert_pixels(selected, band, array.x.values, array.y.values, array.sel(band=band).values)


# --- C: USGS, Discover Data Using the Landsat STAC, and pystac.ipynb beside it ---------------------------------


def test_c_landsat_stac_tutorial(world):
    root = requests.get(world.url, timeout=60).json()
    links = {link["rel"]: link["href"] for link in root["links"]}
    assert "text/html" in requests.get(links["service-doc"], timeout=60).headers["Content-Type"]

    collections = requests.get(links["data"], timeout=60).json()["collections"]
    assert {one["title"] for one in collections} == {"Landsat Collection 2 Level-1", "Landsat Collection 2 Level-2"}
    own = next(one["links"][0]["href"] for one in collections if one["id"] == LEVEL_2)
    collection = requests.get(own, timeout=60).json()
    assert collection["id"] == LEVEL_2
    items = next(link["href"] for link in collection["links"] if link["rel"] == "items")
    for item in requests.get(items, timeout=60).json()["features"]:
        assert item["assets"]["mtl.json"]["alternate"]["s3"]["href"].startswith("s3://usgs-landsat/collection02/level-2/")

    body = {
        "bbox": SOUTH_DAKOTA,
        "page": 1,
        "limit": 400,
        "datetime": "2020-01-01T00:00:00Z/2022-12-31T23:59:59Z",
        "collections": ["landsat-c2-l2"],
        "query": {"eo:cloud_cover": {"gte": 0, "lt": 60}, "platform": {"or": ["landsat-8", "landsat-9"]}},
    }
    answer = requests.post(links["search"], json=body, timeout=60)
    # USGS's server passes over what it does not know, and over the wish with it; nobody learns that it was not met.
    assert answer.status_code == 400
    assert "query/platform/or" in answer.json()["description"] and " in" in answer.json()["description"]
    body["query"]["platform"] = {"in": ["landsat-8", "landsat-9"]}
    page = requests.post(links["search"], json=body, timeout=60).json()
    wanted = expected(
        world, SOUTH_DAKOTA, "2020-01-01/2022-12-31",
        where=lambda has: 0 <= has["eo:cloud_cover"] < 60 and has["platform"] in ("landsat-8", "landsat-9"),
    )  # fmt: skip
    assert [item["id"] for item in page["features"]] == wanted and page["numberReturned"] == page["numberMatched"]
    # More than the 250 of other services come on one page.
    body = {"limit": 400, "collections": ["landsat-c2-l2"]}
    page = requests.post(links["search"], json=body, timeout=60).json()
    there = sum(item["collection"] == LEVEL_2 for item in world.found)
    assert page["numberReturned"] == len(page["features"]) == min(400, there) > 250
    red = page["features"][0]["assets"]["red"]["alternate"]["s3"]
    assert red["href"].startswith("s3://usgs-landsat/") and red["storage:requester_pays"] is True


def test_c_client_with_a_token(world):
    token = run(
        world.bin("hayden-admin"), "token", "create", "--role", "agdc_user", "--name", "notebook",
        "--database-url", world.database.url,
    ).strip()  # fmt: skip
    client = Client.open(world.url, headers={"Authorization": f"Bearer {token}"})
    search = client.search(collections=[LEVEL_2], bbox=SOUTH_DAKOTA, datetime="2020-01-01/2022-12-31", limit=7)
    assert ids(search.items()) == expected(world, SOUTH_DAKOTA, "2020-01-01/2022-12-31")


# --- D: pystac-client, docs/tutorials --------------------------------------------------------------------------


def items_to_geodataframe(items):
    """As the notebook has it."""
    _items = []
    for i in items:
        _i = deepcopy(i)
        _i["geometry"] = shapely.geometry.shape(_i["geometry"])
        _items.append(_i)
    gdf = geopandas.GeoDataFrame(pandas.json_normalize(_items))
    for field in ["properties.datetime", "properties.created", "properties.updated"]:
        if field in gdf:
            gdf[field] = pandas.to_datetime(gdf[field])
    gdf.set_index("properties.datetime", inplace=True)
    return gdf


def compared(op, value):
    return {"op": op, "args": [{"property": "eo:cloud_cover"}, value]}


@pytest.mark.parametrize(
    ("condition", "lower", "upper"),
    [
        (compared("lte", 10), -1, 10),
        (compared("<=", 10), -1, 10),
        ("eo:cloud_cover<=10", -1, 10),
        (compared("gte", 80), 80, 100),
        (compared(">=", 80), 80, 100),
        ("eo:cloud_cover>=80", 80, 100),
        ({"op": "and", "args": [compared("lte", 60), compared("gte", 40)]}, 40, 60),
        ({"op": "and", "args": [compared("<=", 60), compared(">=", 40)]}, 40, 60),
        ("eo:cloud_cover<=60 and eo:cloud_cover>=40", 40, 60),
    ],
    ids=json.dumps,
)
def test_d_cql2_filter(world, condition, lower, upper):
    catalog = Client.open(world.url, headers=[], ignore_conformance=True)
    days = "2018-01-01/2020-12-31"
    parameters = {"max_items": 100, "collections": LEVEL_2, "intersects": DELFZIJL, "datetime": days}
    if isinstance(condition, str):
        parameters["filter_lang"] = "cql2-text"
    found = list(catalog.search(**parameters, filter=condition).items_as_dicts())
    wanted = expected(world, DELFZIJL, days, where=lambda has: lower <= has.get("eo:cloud_cover", -1) <= upper)
    assert [item["id"] for item in found] == wanted
    frame = items_to_geodataframe(found)
    assert frame["properties.eo:cloud_cover"].between(lower, upper).all() and len(frame.index) == len(wanted)
    assert str(frame.index.dtype).endswith("UTC]") and frame.index.is_monotonic_decreasing


def test_d_queryables(world):
    catalog = Client.open(world.url)
    queryables = catalog.get_collection(LEVEL_2).get_queryables()
    assert queryables["$id"] == f"{world.url}/collections/{LEVEL_2}/queryables"
    assert queryables["properties"]["eo:cloud_cover"]["type"] == "number"
    assert "landsat:cloud_cover_land" in queryables["properties"]
    everywhere = catalog.get_queryables()["properties"]
    assert set(everywhere) >= set(queryables["properties"])


def test_d_introduction(world):
    catalog = Client.open(world.url, headers=[])
    assert [collection.id for collection in catalog.get_collections()] == [LEVEL_1, LEVEL_2]
    items = catalog.get_collection(LEVEL_2).get_items()
    first, second = [next(items) for _ in range(10)], [next(items) for _ in range(10)]
    newest = sorted((item["properties"]["datetime"] for item in world.found if item["collection"] == LEVEL_2), reverse=True)
    assert [item.datetime for item in first + second] == [datetime.fromisoformat(text) for text in newest[:20]]
    assert len(set(ids(first + second))) == 20

    days = "2000-01-01/2010-12-31"
    search = catalog.search(collections=LEVEL_2, intersects=DELFZIJL, datetime=days, max_items=15, limit=5)
    items = search.item_collection()
    wanted = expected(world, DELFZIJL, days)
    assert len(wanted) > 15 and ids(items) == wanted[:15] and search.matched() == len(wanted)
    as_json = items.to_dict()
    assert as_json["type"] == "FeatureCollection" and len(as_json["features"]) == 15


def test_d_item_search_with_intersects(world):
    client = Client.open(world.url)
    area = box(6, 53, 7, 54)
    wanted = expected(world, area, "1970-01-01/2030-01-01")[:25]
    assert len(wanted) == 25
    shapes = [
        area,
        json.dumps(area),
        shapely.geometry.shape(area),
        shapely.geometry.Polygon(area["coordinates"][0]),
    ]
    for shape in shapes:
        search = client.search(max_items=25, collections=LEVEL_2, intersects=shape)
        assert ids(search.items()) == wanted


def test_d_coverage_of_an_area(world):
    def intersection_percent(item, aoi):
        """As the notebook has it."""
        geom_item = shapely.geometry.shape(item.geometry)
        geom_aoi = shapely.geometry.shape(aoi)
        return geom_aoi.intersection(geom_item).area * 100 / geom_aoi.area

    client = Client.open(world.url)
    search = client.search(collections=[LEVEL_2], intersects=QUEBEC, max_items=100)
    percents = {item.id: intersection_percent(item, QUEBEC) for item in search.items()}
    assert list(percents) == expected(world, QUEBEC, "1970-01-01/2030-01-01")[:100]
    assert all(0 < percent <= 100 for percent in percents.values())
    covering = [item for item in search.items() if intersection_percent(item, QUEBEC) > 5]
    assert 0 < len(covering) < len(percents)
    assert all(shapely.geometry.shape(item.geometry).exterior.xy for item in covering)
