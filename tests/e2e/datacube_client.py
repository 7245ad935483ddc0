"""The real Open Data Cube client, in the versions that scripts/test installed."""

import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

VERSIONS = ("1.8", "1.9")

FIND = """
import json, sys
from datacube import Datacube
datacube = Datacube()
print(json.dumps([
    {str(d.id): {"uris": d.uris, "document": d.metadata_doc} for d in datacube.find_datasets(**query)}
    for query in json.load(sys.stdin)
]))
"""


def installed_programs():
    """The datacube programs that HAYDEN_DATACUBE names (with `:` between them), by version: "1.8", "1.9"."""
    programs = {}
    for path in filter(None, os.environ.get("HAYDEN_DATACUBE", "").split(":")):
        program = Path(path)
        assert program.is_file(), f"HAYDEN_DATACUBE names {program}, which does not exist"
        folder = next(program.parent.parent.glob("lib/python*/site-packages/datacube-*.dist-info"))
        programs[re.match(r"datacube-(\d+\.\d+)", folder.name)[1]] = program
    return programs


@dataclass(frozen=True)
class Answer:
    status: int
    out: str
    err: str

    @property
    def text(self):
        return self.out + self.err


class Datacube:
    """One version of the client. `login` is a database URL everywhere."""

    def __init__(self, version, program, folder):
        self.version = version
        self.program = program
        self.interpreter = program.parent / "python"
        self.folder = folder
        self._server = None

    def environment(self, login, **more):
        """What makes the program use that database, by the driver that both versions have."""
        settings = {"DATACUBE_DB_URL": login, "ODC_DEFAULT_DB_URL": login, "ODC_DEFAULT_INDEX_DRIVER": "postgres"}
        return settings | {"HOME": str(self.folder), "OMP_NUM_THREADS": "1"} | more

    def call(self, *arguments, login, **environment):
        """Runs the program and tells how it ended."""
        return self._ask(login, environment, arguments=[str(each) for each in arguments])

    def run(self, *arguments, login, **environment):
        """Runs the program, which must succeed, and returns what it printed."""
        return self._good(self.call(*arguments, login=login, **environment), arguments)

    def program_output(self, *arguments, login):
        """As run(), but by the installed program itself."""
        done = subprocess.run(
            [str(self.program), *map(str, arguments)],
            env=os.environ | self.environment(login),
            capture_output=True,
            text=True,
        )
        return self._good(Answer(done.returncode, done.stdout, done.stderr), arguments)

    def python(self, script, value=None, *, login, **environment):
        """Runs a script in the client's interpreter; it reads `value` from stdin as JSON. Returns what it printed."""
        return self._good(self._ask(login, environment, stdin=json.dumps(value), script=script), [script])

    def find(self, queries, *, login):
        """What find_datasets finds for each query, {id: {uris, document}}."""
        return json.loads(self.python(FIND, queries, login=login))

    @property
    def ignore_lineage(self):
        """How `dataset add` is told to leave lineage out."""
        return ["--ignore-lineage", "--confirm-ignore-lineage"][: 2 if self.version == "1.8" else 1]

    def stop(self):
        if self._server:
            self._server.communicate()
            self._server = None

    @staticmethod
    def _good(answer, command):
        assert answer.status == 0, f"{command} ended with {answer.status}:\n{answer.text}"
        return answer.out

    def _ask(self, login, environment, stdin="", **request):
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            Path(folder, "in").write_text(stdin)
            request |= {"folder": folder, "environment": self.environment(login, **environment)}
            server = self._running_server()
            server.stdin.write(json.dumps(request) + "\n")
            server.stdin.flush()
            status = server.stdout.readline()
            assert status, f"the process that runs datacube {self.version} is gone"
            return Answer(int(status), Path(folder, "out").read_text(), Path(folder, "err").read_text())

    def _running_server(self):
        if not self._server:
            self._server = subprocess.Popen(
                [str(self.interpreter), str(Path(__file__).with_name("datacube_server.py"))],
                env=os.environ | self.environment("postgresql://"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._server
