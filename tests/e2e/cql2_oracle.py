"""CQL2 JSON evaluated over Items in plain Python and shapely: what the service's answers are held against.

Written from OGC 21-065r2, not from the service. Values are None where CQL2 has no answer (a property that is missing
or of another type); and, or, not follow three-valued logic.
"""

import contextlib
import operator
import re
import unicodedata
from datetime import datetime, timedelta, timezone

import shapely
import shapely.geometry

TEXT, NUMBER, BOOLEAN, TIME = "text", "number", "boolean", "time"
TIMES = {"datetime", "created", "updated", "start_datetime", "end_datetime"}
DATE = re.compile(r"\d{4}-\d\d-\d\d$")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$")
COMPARISONS = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SPATIAL = {
    "s_" + name: getattr(shapely, name)
    for name in ("contains", "crosses", "disjoint", "equals", "intersects", "overlaps", "touches", "within")
}


def dimensions(geometry):
    """A geometry as one of each dimension: points, lines, areas."""
    parts = {0: [], 1: [], 2: []}
    rest = [geometry]
    while rest:
        part = rest.pop()
        if hasattr(part, "geoms"):
            rest += part.geoms
        else:
            parts[shapely.get_dimensions(part).item()].append(part)
    return {dimension: shapely.unary_union(found) for dimension, found in parts.items() if found}


def covered(a, b):
    for part in dimensions(a).values():
        for other in dimensions(b).values():
            part = shapely.difference(part, other)
        if not part.is_empty:
            return False
    return True


def interiors_meet(a, b):
    return any(x.relate_pattern(y, "T********") for x in dimensions(a).values() for y in dimensions(b).values())


def line_in_common(a, b):
    return max(shapely.get_dimensions(shapely.intersection(dimensions(a)[1], dimensions(b)[1])), 0) == 1


def crosses(a, b):
    a_dimension, b_dimension = max(dimensions(a)), max(dimensions(b))
    differ = a_dimension != b_dimension or (a_dimension == 1 and not line_in_common(a, b))
    return differ and interiors_meet(a, b) and not covered(a, b) and not covered(b, a)


def overlaps(a, b):
    if max(dimensions(a)) != max(dimensions(b)) or not interiors_meet(a, b) or covered(a, b) or covered(b, a):
        return False
    return max(dimensions(a)) != 1 or line_in_common(a, b)


# GEOS 3.14 takes an area for not within a collection of that area and a point: collections are told by their parts.
OF_COLLECTIONS = {
    "s_contains": lambda a, b: covered(b, a) and interiors_meet(a, b),
    "s_within": lambda a, b: covered(a, b) and interiors_meet(a, b),
    "s_equals": lambda a, b: covered(a, b) and covered(b, a),
    "s_touches": lambda a, b: a.intersects(b) and not interiors_meet(a, b),
    "s_crosses": crosses,
    "s_overlaps": overlaps,
}


class Moment:
    """A timestamp, or a whole day; compared as coarsely as the coarser of two."""

    def __init__(self, text):
        if DATE.match(text):
            self.first = datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
            self.last = self.first + timedelta(days=1, microseconds=-1)
        else:
            text = re.sub(r"(\.\d{6})\d+", r"\1", text.upper()).replace("Z", "+00:00")
            fraction = re.search(r"\.(\d+)", text)
            if fraction:
                text = text.replace(fraction[0], "." + fraction[1].ljust(6, "0"))
            self.first = self.last = datetime.fromisoformat(text)

    def __eq__(self, other):
        return self.first <= other.last and other.first <= self.last

    def __lt__(self, other):
        return self.last < other.first

    def __gt__(self, other):
        return self.first > other.last

    def __le__(self, other):
        return not self > other

    def __ge__(self, other):
        return not self < other


def moment(value):
    if isinstance(value, str) and (DATE.match(value) or TIMESTAMP.match(value)):
        with contextlib.suppress(ValueError):  # such as 30 February
            return Moment(value)
    return value if isinstance(value, Moment) else None


class Edge:
    """The open end of an interval."""

    first = last = None

    def __init__(self, sign):
        self.sign = sign


def before(a, b):
    if isinstance(a, Edge) or isinstance(b, Edge):
        sign = lambda edge: edge.sign if isinstance(edge, Edge) else 0
        return sign(a) < sign(b)
    return a < b


def same(a, b):
    return not before(a, b) and not before(b, a)


def kind(value):
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, (int, float)):
        return NUMBER
    if isinstance(value, str):
        return TEXT
    return TIME if isinstance(value, Moment) else None


def box(numbers):
    west, south, east, north = numbers if len(numbers) == 4 else (numbers[i] for i in (0, 1, 3, 4))
    if west <= east:
        return shapely.box(west, south, east, north)
    return shapely.MultiPolygon([shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)])


def like(text, pattern):
    expression, characters = "", iter(pattern)
    for character in characters:
        if character == "\\":
            expression += re.escape(next(characters))
        else:
            expression += {"%": ".*", "_": "."}.get(character, re.escape(character))
    return re.fullmatch(expression, text, re.DOTALL) is not None


def without_accents(text):
    extra = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ß": "ss", "æ": "ae", "Æ": "AE"})
    decomposed = unicodedata.normalize("NFD", text.translate(extra))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def arithmetic(name, a, b):
    if name in ("/", "%", "div") and b == 0:
        return None
    if name == "/":
        return a / b
    if name == "%":
        return a - b * int(a / b)
    if name == "div":
        return int(a / b)
    if name == "^":
        with contextlib.suppress(OverflowError, ZeroDivisionError):
            result = a**b
            return None if isinstance(result, complex) else result
        return None
    return {"+": operator.add, "-": operator.sub, "*": operator.mul}[name](a, b)


class Oracle:
    def __init__(self, item):
        self.item = item

    def property(self, name):
        name = name.removeprefix("properties.")
        if name in ("id", "collection", "geometry"):
            return self.item[name]
        value = self.item["properties"].get(name)
        return moment(value) if name in TIMES else value

    def value(self, expression):
        if not isinstance(expression, dict):
            return expression
        if "property" in expression:
            return self.property(expression["property"])
        if "date" in expression:
            return Moment(expression["date"])
        if "timestamp" in expression:
            return Moment(expression["timestamp"])
        return self.operation(expression["op"], expression["args"])

    def holds(self, expression):
        return self.value(expression) is True

    def operation(self, name, args):
        if name in ("and", "or"):
            values = [self.value(arg) for arg in args]
            decisive = name == "or"
            if decisive in values:
                return decisive
            return None if None in values else not decisive
        if name == "not":
            value = self.value(args[0])
            return None if value is None else not value
        if name == "isNull":
            return self.value(args[0]) is None
        if name.startswith("s_"):
            a, b = (self.geometry(arg) for arg in args)
            if a is None or b is None:
                return None
            relation = SPATIAL[name]
            if "GeometryCollection" in (a.geom_type, b.geom_type):
                relation = OF_COLLECTIONS.get(name, relation)
            return bool(relation(a, b))
        if name.startswith("t_"):
            return self.temporal(name, *args)
        if name.startswith("a_"):
            return self.sets(name, *args)
        if name == "in":
            results = [self.compare("=", args[0], member) for member in args[1]]
            return True if True in results else None if None in results else False
        if name == "between":
            ends = [self.compare(">=", args[0], args[1]), self.compare("<=", args[0], args[2])]
            return False if False in ends else None if None in ends else True
        if name in COMPARISONS:
            return self.compare(name, *args)
        values = [self.value(arg) for arg in args]
        if name == "like":
            return like(*values) if all(kind(value) == TEXT for value in values) else None
        if name in ("casei", "accenti"):
            if kind(values[0]) != TEXT:
                return None
            return values[0].casefold() if name == "casei" else without_accents(values[0])
        return arithmetic(name, *values) if all(kind(value) == NUMBER for value in values) else None

    def compare(self, name, left, right):
        a, b = self.value(left), self.value(right)
        if isinstance(a, Moment) or isinstance(b, Moment):
            a, b = moment(a), moment(b)
        if kind(a) is None or kind(a) != kind(b):
            return None
        if kind(a) == NUMBER and name in ("=", "<>"):
            close = abs(a - b) <= 1e-9 * max(abs(a), abs(b))
            return close == (name == "=")
        return COMPARISONS[name](a, b)

    def geometry(self, expression):
        if "bbox" in expression:
            return box(expression["bbox"])
        geojson = self.value(expression) if "property" in expression else expression
        return None if geojson is None else shapely.geometry.shape(geojson)

    def ends(self, expression):
        if isinstance(expression, dict) and "interval" in expression:
            start, end = expression["interval"]
            return self.end(start, -1), self.end(end, 1)
        instant = moment(self.value(expression))
        return instant, instant

    def end(self, expression, sign):
        return Edge(sign) if expression == ".." else moment(self.value(expression))

    def temporal(self, name, first, second):
        (s1, e1), (s2, e2) = self.ends(first), self.ends(second)
        if any(moment is None for moment in (s1, e1, s2, e2)):
            return None
        return {
            "t_after": lambda: before(e2, s1),
            "t_before": lambda: before(e1, s2),
            "t_disjoint": lambda: before(e1, s2) or before(e2, s1),
            "t_intersects": lambda: not before(e1, s2) and not before(e2, s1),
            "t_equals": lambda: same(s1, s2) and same(e1, e2),
            "t_contains": lambda: before(s1, s2) and before(e2, e1),
            "t_during": lambda: before(s2, s1) and before(e1, e2),
            "t_finishes": lambda: before(s2, s1) and same(e1, e2),
            "t_finishedBy": lambda: before(s1, s2) and same(e1, e2),
            "t_starts": lambda: same(s1, s2) and before(e1, e2),
            "t_startedBy": lambda: same(s1, s2) and before(e2, e1),
            "t_meets": lambda: same(e1, s2),
            "t_metBy": lambda: same(s1, e2),
            "t_overlaps": lambda: before(s1, s2) and before(s2, e1) and before(e1, e2),
            "t_overlappedBy": lambda: before(s2, s1) and before(s1, e2) and before(e2, e1),
        }[name]()

    def sets(self, name, first, second):
        a, b = (self.elements(expression) for expression in (first, second))
        if a is None or b is None:
            return None
        within = lambda x, y: all(element in y for element in x)
        return {
            "a_equals": lambda: within(a, b) and within(b, a),
            "a_contains": lambda: within(b, a),
            "a_containedBy": lambda: within(a, b),
            "a_overlaps": lambda: any(element in b for element in a),
        }[name]()

    def elements(self, expression):
        value = self.value(expression)
        if not isinstance(value, list):
            return None
        literal = isinstance(expression, list)
        return [(kind(x), x) for x in ((self.value(element) for element in value) if literal else value)]
