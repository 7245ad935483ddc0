"""The README's programs run as they stand: its `python` and `bash` blocks, against the real service."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(python|bash)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = BLOCK.findall((ROOT / "README.md").read_text())


def run_block(block, api, **environment):
    language, text = block
    text = text.replace("http://localhost:8080", api.url)
    command = [sys.executable, "-c", text] if language == "python" else ["bash", "-euo", "pipefail", "-c", text]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    return done


def the_block_with(text):
    blocks = [block for block in BLOCKS if text in block[1]]
    assert len(blocks) == 1, f"README has {len(blocks)} blocks with {text}"
    return blocks[0]


def test_every_block_is_run_by_a_test_below():
    known = ["Client.open", "curl", "ogrinfo", "DATACUBE_DB_URL"]
    assert sorted(BLOCKS) == sorted(the_block_with(text) for text in known)


def test_pystac_client_finds_pages_items_and_the_collection(api):
    done = run_block(the_block_with("Client.open"), api)
    lines = done.stdout.splitlines()
    scenes = [line for line in lines if re.match(r"L[COTE]0\d_", line)]
    assert scenes
    assert all(re.search(r" 202[01]-", scene) for scene in scenes)
    assert f"{len(scenes)} scenes" in lines
    assert "'qa_pixel'" in done.stdout and "'red'" in done.stdout
    assert done.stderr == "", "a client that warns has found something it did not expect"


def test_curl_is_answered(api):
    done = run_block(the_block_with("curl"), api)
    assert done.stdout.count('"FeatureCollection"') == 3
    assert '"landsat-c2-l2"' in done.stdout


def test_ogrinfo_reads_a_collection_as_a_layer(api):
    done = run_block(the_block_with("ogrinfo"), api)
    assert "Layer name: landsat-c2-l2" in done.stdout
    assert re.search(r"Feature Count: [1-9]", done.stdout)
    assert "ERROR" not in done.stdout + done.stderr


def test_datacube_reads_the_same_scenes(api, database, datacube_bin):
    language, text = the_block_with("DATACUBE_DB_URL")
    url = '"$(scripts/cluster url .hayden/cluster hayden_reader)"'
    assert url in text
    block = language, text.replace(url, database.reader_url)
    done = run_block(block, api, PATH=f"{datacube_bin.parent}:{os.environ['PATH']}")
    assert "landsat_c2_l2_oli_tirs" in done.stdout
    assert done.stdout.count("\nid: ") + done.stdout.startswith("id: ") == 2
