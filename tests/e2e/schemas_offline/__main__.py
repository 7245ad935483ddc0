"""Runs a module with its schemas read offline: `python -m schemas_offline stac_api_validator --root-url …`."""

import runpy
import sys

from schemas_offline import install, is_available

if len(sys.argv) < 2:
    sys.exit("usage: python -m schemas_offline <module> [argument…]")
if is_available():
    install()
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
