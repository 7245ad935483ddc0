"""Compares answers of the service with the OpenAPI document."""

import re

import jsonschema


def resolve(document, node):
    while "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def as_json_schema(node, is_closed=True):
    """OpenAPI 3.0 says `nullable` where JSON Schema has a type of null. What the document does not call open is closed
    here, so that a member that it does not describe is noticed; it keeps the right to have more of them one day."""
    if isinstance(node, list):
        return [as_json_schema(part) for part in node]
    if not isinstance(node, dict):
        return node
    schema = {
        name: [as_json_schema(one, False) for one in part] if name == "allOf" else as_json_schema(part)
        for name, part in node.items()
        if name != "nullable"
    }
    if is_closed and node.get("type") == "object" and isinstance(node.get("properties"), dict):
        schema.setdefault("additionalProperties", False)
    if node.get("nullable") is True:
        return {"anyOf": [{"type": "null"}, schema]}
    return schema


class Contract:
    def __init__(self, document):
        self.document = document
        self.components = as_json_schema(document["components"])

    def validator(self, schema):
        return jsonschema.Draft7Validator({"components": self.components, "allOf": [as_json_schema(schema)]})

    def _operation_of(self, path, method):
        """A literal segment goes before a parameter. Where there is none, one that can answer what those answer."""
        for pattern in sorted(self.document["paths"], key=lambda pattern: pattern.count("{")):
            expression = re.sub(r"\\\{[^}]*\}", "[^/]+", re.escape(pattern))
            if re.fullmatch(expression, path.rstrip("/") or "/"):
                operations = self.document["paths"][pattern]
                method = "get" if method == "head" else method
                return operations.get(method, operations.get("get", operations.get("post")))
        return self.document["paths"]["/collections/{collection}"]["get"]

    def complaints(self, response):
        """What an answer has that the document does not describe."""
        method = response.request.method.lower()
        operation = self._operation_of(response.request.path_url.split("?")[0], method)
        described = operation["responses"].get(str(response.status_code))
        if response.status_code == 204 and method == "options":
            return []
        if described is None:
            return [f"status {response.status_code}"]
        described = resolve(self.document, described)
        found = []
        for name, header in described.get("headers", {}).items():
            header = resolve(self.document, header)
            value = response.headers.get(name)
            if value is None:
                found += [f"no header {name}"] if header.get("required") else []
            elif header["schema"]["type"] == "string":
                errors = self.validator(header["schema"]).iter_errors(value)
                found += [f"{name}: {error.message}" for error in errors]
        content = described.get("content", {})
        if not content:
            return found + ([f"a body: {response.content[:80]}"] if response.content else [])
        kind = response.headers.get("Content-Type")
        if kind not in content:
            return found + [f"Content-Type {kind}"]
        if method != "head" and re.search("[/+]json(;|$)", kind):
            errors = self.validator(content[kind]["schema"]).iter_errors(response.json())
            found += [f"{'/'.join(map(str, error.path))}: {error.message[:300]}" for error in errors]
        return found
