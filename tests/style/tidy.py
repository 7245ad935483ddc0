#!/usr/bin/env python3
"""Runs clang-tidy over src and api: tidy.py <build folder> <cache folder> <counts file>.

A file that passed is not looked at again until it, a header of ours that it includes, or .clang-tidy changes.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
build, cache, counts = (Path(argument).resolve() for argument in sys.argv[1:])


def dependencies():
    """object file → files of ours it was built from, as ninja recorded them."""
    listing = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True, check=True).stdout
    result, current = {}, None
    for line in listing.splitlines():
        if not line.startswith(" "):
            current = result.setdefault(line.split(":")[0], set()) if ":" in line else None
        elif current is not None:
            path = Path(os.path.realpath(build / line.strip()))
            if path.is_relative_to(ROOT):
                current.add(path)
    return result


def key(command, files):
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    digest.update(command["command"].replace(str(ROOT), "").encode())  # the same for every checkout
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def check(command):
    """True if clang-tidy accepts the file."""
    file = Path(command["file"])
    output = re.search(r" -o (\S+)", command["command"])[1]
    built_from = deps.get(output, set()) | {file}
    stamp = cache / key(command, built_from)
    if stamp.exists():
        return True
    done = subprocess.run(
        # The build's compiler knows warnings that clang does not.
        ["clang-tidy-16", "--quiet", "--warnings-as-errors=*", "--extra-arg=-Wno-unknown-warning-option", "-p", build, file],
        capture_output=True,
        text=True,
    )
    if done.returncode == 0:
        stamp.touch()
        return True
    print(f"== {file.relative_to(ROOT)}\n{done.stdout}{done.stderr}", flush=True)
    return False


cache.mkdir(parents=True, exist_ok=True)
deps = dependencies()
commands = [
    command
    for command in json.loads((build / "compile_commands.json").read_text())
    if re.match(r"(src|api)/", os.path.relpath(command["file"], ROOT))
]
with ThreadPoolExecutor(os.cpu_count()) as pool:
    accepted = list(pool.map(check, commands))
counts.write_text(f"{sum(accepted)} {len(accepted) - sum(accepted)}\n")
sys.exit(0 if all(accepted) else 1)
