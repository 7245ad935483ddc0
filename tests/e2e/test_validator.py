"""stac-api-validator, with its schemas read offline, finds nothing to complain about."""

import os
import subprocess
from pathlib import Path

import pytest
import requests
from schemas_offline import is_available

LANDSAT = "landsat-c2-l2"
GEOMETRY = '{"type":"Polygon","coordinates":[[[-123,45],[-121,45],[-121,46.3],[-123,46.3],[-123,45]]]}'


@pytest.fixture(scope="module")
def validate(api, validator_command):
    if not is_available():
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up("the JSON Schemas are not here and no test uses the network: set HAYDEN_SCHEMAS")

    def run(*options):
        command = [*validator_command, "--root-url", api.url, *options]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=600, cwd=Path(__file__).parent, env=os.environ
        )
        return done.stdout + done.stderr

    return run


def test_validator_finds_no_errors_in_any_class_we_advertise(validate, api):
    some_item = requests.get(f"{api.url}/collections/{LANDSAT}/items?limit=1", timeout=30).json()["features"][0]
    cloud = str(some_item["properties"]["eo:cloud_cover"])
    classes = ["core", "collections", "features", "item-search", "item-search#sort", "item-search#fields"]
    classes += ["filter", "item-search#query", "features#query", "children", "browseable"]
    said = validate(
        *(option for name in classes for option in ("--conformance", name)),
        *("--collection", LANDSAT, "--geometry", GEOMETRY, "--validate-pagination"),
        *("--query-comparison-field", "eo:cloud_cover", "--query-eq-value", cloud, "--query-neq-value", "-1"),
        *("--query-lt-value", "101", "--query-lte-value", "100", "--query-gt-value", "-1", "--query-gte-value", "0"),
        *("--query-substring-field", "platform", "--query-starts-with-value", "land"),
        *("--query-ends-with-value", "8", "--query-contains-value", "sat"),
        *("--query-in-field", "instruments", "--query-in-values", "oli,tirs"),
        *("--fields-nested-property", "properties.eo:cloud_cover"),
    )
    # It exits 0 even when it crashes, so only its words count.
    assert "Errors: none" in said.splitlines(), said
    assert "Failed." not in said, said


def test_validator_would_notice_what_is_not_there(validate):
    said = validate("--conformance", "collections", "--collection", "no-such", "--geometry", GEOMETRY)
    assert "Errors: none" not in said.splitlines() and "/collections/no-such" in said, said
