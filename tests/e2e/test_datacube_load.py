"""The real Open Data Cube clients load pixels of scenes that the crawler indexed."""

import json

import pytest

import geotiffs
from conftest import run

PRODUCT = "landsat_c2_l2_oli_tirs"


@pytest.fixture(scope="module")
def scene(datacube, cluster, bin, tmp_path_factory):
    """A crawled scene with rasters: ask(script) runs a script of geotiffs.py about it."""
    database = cluster.create_database()
    run(bin("hayden-admin"), "migrate", "--database-url", database.url)
    tree = tmp_path_factory.mktemp("scenes")
    run(bin("hayden-samples"), tree, "--scenes", 40)
    run(bin("hayden-crawler"), tree, "--database-url", database.url)

    def ask(script, **about):
        question = {"product": PRODUCT, "window": geotiffs.WINDOW} | about
        return json.loads(datacube.python(script, question, login=database.reader_url))

    written = ask(geotiffs.WRITE)
    return lambda script: ask(script, **written)


def test_a_window_of_a_crawled_scene_is_loaded_pixel_by_pixel(scene):
    loaded = scene(geotiffs.LOAD_WINDOW)
    window = geotiffs.WINDOW
    rows = range(window["row"], window["row"] + window["height"])
    columns = range(window["column"], window["column"] + window["width"])
    assert loaded["red"] == [[7000 + (r * 31 + c * 17) % 20000 for c in columns] for r in rows]
    assert loaded["nir"] == [[7000 + (r * 13 + c * 29) % 20000 for c in columns] for r in rows]
    assert loaded["nodata"] == 0


def test_the_flags_of_qa_pixel_tell_cloud_from_clear(scene):
    loaded = scene(geotiffs.LOAD_WINDOW)
    assert {"cloud", "cloud_shadow", "snow", "clear", "water"} <= set(loaded["flags"])
    assert loaded["cloud"] == [[c < 80 for c in range(geotiffs.WINDOW["width"])]] * geotiffs.WINDOW["height"]

def test_a_scene_is_loaded_as_its_product_hints(scene):
    loaded = scene(geotiffs.LOAD_AS_HINTED)
    assert loaded["crs"] == 6933
    assert loaded["resolution"] == [-30, 30]
    assert loaded["pixels"] > 1000
    # The client transforms positions with a tolerance of an eighth of a pixel.
    assert loaded["share"] > 0.99
