"""GDAL reads the service as OGC API - Features, without any configuration."""

import json
import subprocess

import requests

LANDSAT = "landsat-c2-l2"


def ogr(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and "ERROR" not in done.stderr, done.stdout + done.stderr
    return done.stdout


def matched(api, **parameters):
    response = requests.get(f"{api.url}/collections/{LANDSAT}/items", params=parameters | {"limit": 1}, timeout=30)
    return response.json()["numberMatched"]


def test_ogrinfo_lists_the_collections(api):
    said = ogr("ogrinfo", "-ro", f"OAPIF:{api.url}")
    ids = [one["id"] for one in requests.get(api.url + "/collections", timeout=30).json()["collections"]]
    for collection in ids:
        assert collection in said


def test_ogrinfo_counts_every_item_of_a_collection(api):
    said = ogr("ogrinfo", "-ro", "-so", f"OAPIF:{api.url}", LANDSAT)
    assert f"Feature Count: {matched(api)}" in said
    assert "Geometry: " in said and "datetime" in said and "Extent: " in said


def test_ogr2ogr_copies_what_lies_in_a_box(api, tmp_path):
    box = ["-122.8", "45.0", "-121.2", "46.2"]
    target = tmp_path / "scenes.geojson"
    ogr("ogr2ogr", "-spat", *box, "-f", "GeoJSON", target, f"OAPIF:{api.url}", LANDSAT)
    features = json.loads(target.read_text())["features"]
    assert features and len(features) == matched(api, bbox=",".join(box))
