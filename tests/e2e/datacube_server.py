"""Runs the datacube program again and again, each time in a process of its own that does not import the client anew.

Started by datacube_client.py with the interpreter of the client's own environment. Each line of input is a request
{"arguments": […] | "script": …, "environment": {…}, "folder": …}; a process is forked for it that reads <folder>/in and
writes <folder>/out and <folder>/err; its exit status is the line of output.
"""

import json
import os
import sys
import traceback

import datacube.index
import distributed  # noqa: F401
import rasterio  # noqa: F401
import xarray  # noqa: F401
from datacube.drivers import indexes
from datacube.scripts.cli_app import cli


def become(request):
    os.environ.update(request["environment"])
    for number, name in enumerate(("in", "out", "err")):
        handle = os.open(f"{request['folder']}/{name}", os.O_RDWR | os.O_CREAT)
        os.dup2(handle, number)


def run(request):
    if "script" in request:
        exec(compile(request["script"], "script", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = ["datacube", *request["arguments"]]
        cli()


def child(request):
    status = 0
    try:
        become(request)
        run(request)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def main():
    indexes.index_cache()
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            child(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)


main()
