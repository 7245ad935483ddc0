"""Turns openapi/openapi.yaml into the C++ file that hayden-api carries: as JSON, as YAML and as a page for people.

Usage: openapi_embed.py openapi.yaml openapi_document.cpp
"""

import html
import json
import sys

import yaml

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b2733;background:#fff}
code{font-family:ui-monospace,monospace;font-size:.95em}
h2{margin-top:2.5rem;border-bottom:1px solid #ccd5dd}
section{margin:1.5rem 0;padding:1rem;border:1px solid #ccd5dd;border-radius:6px}
section h3{margin:0 0 .5rem}.method{color:#0b6e4f;margin-right:.5rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0}
th{border-bottom:1px solid #ccd5dd}
@media(prefers-color-scheme:dark){body{color:#dde5ec;background:#14191f}h2,section,th{border-color:#3a4650}
a{color:#7fb8ff}.method{color:#6fd3a8}}
"""


def resolve(document, node):
    while "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def paragraphs(text):
    return "".join(f"<p>{html.escape(' '.join(part.split()))}</p>" for part in (text or "").split("\n\n") if part.strip())


def table(head, rows):
    if not rows:
        return ""
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return "<table><tr>" + "".join(f"<th>{cell}</th>" for cell in head) + f"</tr>{cells}</table>"


def operation_html(document, path, method, shared, operation):
    parameters = [resolve(document, parameter) for parameter in shared + operation.get("parameters", [])]
    rows = [
        (f"<code>{html.escape(parameter['name'])}</code>", parameter["in"], html.escape(parameter.get("description", "")))
        for parameter in parameters
    ]
    answers = []
    for status, answer in operation["responses"].items():
        answer = resolve(document, answer)
        types = "<br>".join(f"<code>{html.escape(name)}</code>" for name in answer.get("content", {}))
        answers.append((status, types, html.escape(" ".join(answer["description"].split()))))
    return (
        f'<section id="{operation["operationId"]}"><h3><code><span class="method">{method.upper()}</span>'
        f"{html.escape(path)}</code></h3><p><strong>{html.escape(operation['summary'])}</strong></p>"
        + paragraphs(operation.get("description"))
        + table(("Parameter", "In", "Meaning"), rows)
        + table(("Status", "Type", "Meaning"), answers)
        + "</section>"
    )


def page(document):
    groups = {tag["name"]: [] for tag in document["tags"]}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                shared = item.get("parameters", [])
                groups[operation["tags"][0]].append(operation_html(document, path, method, shared, operation))
    title = html.escape(document["info"]["title"])
    body = "".join(f"<h2>{html.escape(name)}</h2>{''.join(parts)}" for name, parts in groups.items())
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{STYLE}</style></head><body><h1>{title}</h1>"
        + paragraphs(document["info"]["description"])
        + '<p>For programs: <a href="api">OpenAPI as JSON</a>, <a href="api.yaml">as YAML</a>.</p>'
        + body
        + "</body></html>\n"
    )


def main():
    source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        text = file.read()
    document = yaml.safe_load(text)
    texts = {"json": json.dumps(document, ensure_ascii=False), "yaml": text, "html": page(document)}
    with open(target, "w", encoding="utf-8") as file:
        file.write('#include "api/openapi_document.hpp"\n\nnamespace hayden::api::openapi_document {\n\n')
        for name, value in texts.items():
            assert ')openapi"' not in value
            file.write(f'const std::string_view {name} = R"openapi({value})openapi";\n')
        file.write("\n}  // namespace hayden::api::openapi_document\n")


if __name__ == "__main__":
    main()
