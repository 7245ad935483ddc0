"""The sample generator as its users meet it: a program that writes a tree."""

import hashlib
import json
import re
import subprocess

KEY = re.compile(
    r"collection02/level-(?P<level>[12])/standard/(?P<sensor>mss|tm|etm|oli-tirs)/(?P<year>\d{4})/(?P<path>\d{3})/"
    r"(?P<row>\d{3})/(?P<product>[^/]+)/(?P=product)_MTL\.(?P<form>txt|json)"
)
PRODUCT = re.compile(
    r"L[CETM]0[1-9]_L(?P<level>[12])(TP|GT|GS|SP|SR)_(?P<path>\d{3})(?P<row>\d{3})_(?P<acquired>\d{8})_"
    r"(?P<processed>\d{8})_02_(T1|T2|RT)"
)


def make(bin, folder, *options):
    subprocess.run([bin("hayden-samples"), folder, *options], check=True, stdout=subprocess.DEVNULL)
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_the_same_seed_gives_the_same_bytes(bin, tmp_path):
    first = make(bin, tmp_path / "first", "--scenes", "20", "--seed", "5")
    assert make(bin, tmp_path / "again", "--scenes", "20", "--seed", "5") == first
    assert make(bin, tmp_path / "other", "--scenes", "20", "--seed", "6") != first


def test_keys_and_product_ids_are_those_of_the_usgs_bucket(bin, tmp_path):
    files = make(bin, tmp_path, "--scenes", "60", "--world")
    assert len(files) == 120
    for name in files:
        key = KEY.fullmatch(name)
        assert key, name
        product = PRODUCT.fullmatch(key["product"])
        assert product, name
        assert product["level"] == key["level"]
        assert (product["path"], product["row"]) == (key["path"], key["row"])
        assert product["acquired"][:4] == key["year"]
        assert product["processed"] >= product["acquired"]


def test_the_default_tree_lies_around_mount_hood(bin, tmp_path):
    files = make(bin, tmp_path, "--level", "l2", "--format", "json")
    for name in files:
        attributes = json.loads((tmp_path / name).read_text())["LANDSAT_METADATA_FILE"]["PROJECTION_ATTRIBUTES"]
        assert -128 < float(attributes["CORNER_UL_LON_PRODUCT"]) < -117
        assert 42 < float(attributes["CORNER_LL_LAT_PRODUCT"]) < 49


def test_wishes_that_cannot_be_met_are_refused_with_a_sentence(bin, tmp_path):
    for options, reason in (
        (["--around", "300/28"], "path"),
        (["--years", "soon"], "--years"),
        (["--level", "l3"], "--level"),
        (["--years", "2024:2020"], "year"),
        (["--years", "1950:1960"], "only 0 products"),
    ):
        run = subprocess.run([bin("hayden-samples"), tmp_path / "tree", *options], capture_output=True, text=True)
        assert run.returncode != 0
        assert reason in run.stderr
