#include "api/html/pages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <vector>

#include "core/exact_json.hpp"

namespace hayden::api::html {
namespace {

constexpr std::string_view style =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b2733;"
    "background:#fff;overflow-wrap:anywhere}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;"
    "padding:.3rem .8rem .3rem 0;border-bottom:1px solid #ccd5dd}th{font-weight:600;min-width:9rem}"
    "code{font-family:ui-monospace,monospace;font-size:.9em}nav,footer{margin:1rem 0}"
    "img,svg{max-width:20rem;max-height:20rem;margin:0 1rem 1rem 0}path{fill:#0b6e4f33;stroke:#0b6e4f}"
    "@media(prefers-color-scheme:dark){body{color:#dde5ec;background:#14191f}td,th{border-color:#3a4650}"
    "a{color:#7fb8ff}}";
/// With the SHA-256 of `style`; tests/e2e/test_html.py compares them.
constexpr std::string_view policy =
    "default-src 'none'; style-src 'sha256-VU3CBM3htOHEZIKo9QkbVtHPEYZg1KDrI0WBFVRbDFE='; img-src http: "
    "https:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Documents as they are stored, in those that hold a list of them.
constexpr int deepest = 80;
constexpr std::size_t most_positions = 10'000;  ///< of a footprint that is drawn
constexpr double picture_width = 240;

void append_text(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
}

void append_element(std::string& out, std::string_view name, std::string_view text) {
  out.append("<").append(name).append(">");
  append_text(out, text);
  out.append("</").append(name).append(">");
}

const Json& member(const Json& object, const char* name) {
  static const Json none;
  if (!object.is_object()) return none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

/// Text as it is, everything else as JSON; nothing of null.
std::string text_of(const Json& value) {
  if (value.is_null()) return {};
  if (!value.is_string()) return dump_exact_json(value);
  const auto& text = value.get_ref<const std::string&>();
  return text.starts_with('\0') ? text.substr(1) : text;  // an exact number
}

std::string text_of(const Json& object, const char* name) { return text_of(member(object, name)); }

bool starts_with_scheme(std::string_view href, std::string_view scheme) {
  return href.size() > scheme.size() && http::same_name(href.substr(0, scheme.size()), scheme);
}

bool is_web(std::string_view href) {
  return starts_with_scheme(href, "http://") || starts_with_scheme(href, "https://");
}

/// A link where the href is one of the web; else the label, and the href as text.
void append_link(std::string& out, std::string_view href, std::string_view label) {
  if (is_web(href)) {
    append_text(out.append("<a href=\""), href);
    append_text(out.append("\">"), label);
    out += "</a>";
    return;
  }
  append_text(out, label);
  if (!href.empty() && href != label) append_element(out += ' ', "code", href);
}

void begin(std::string& out, const Call& call, std::string_view title) {
  out +=
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">";
  append_element(out, "title", title);
  out.append("<style>").append(style).append("</style></head><body><nav>");
  append_link(out, call.links.root(), "Home");
  append_link(out += " / ", call.links.to("/collections"), "Collections");
  const auto is_below = [&](std::string_view path) {
    return call.request.path.find(path) != std::string::npos;
  };
  const auto* const id = call.path.find("collection");
  if (id != nullptr && (is_below("/items") || is_below("/browse"))) {
    append_link(out += " / ", call.links.collection(*id), *id);
    if (is_below("/items")) append_link(out += " / ", call.links.items(*id), "Items");
  }
  append_element(out += "</nav>", "h1", title);
}

void end(std::string& out, const Call& call) {
  append_text(out += "<footer><a href=\"", query_with(call.query, "f", "json"));
  append_link(out += "\">This page as JSON</a> · ", call.links.to("/api.html"), "API");
  out += "</footer></body></html>\n";
}

void append_row(std::string& out, std::string_view name, std::string_view text) {
  append_element(out += "<tr>", "th", name);
  append_element(out, "td", text);
  out += "</tr>";
}

void append_links(std::string& out, const Json& links, std::initializer_list<std::string_view> passed_over) {
  out += "<h2>Links</h2><ul>";
  for (const auto& link : links.is_array() ? links : Json::array()) {
    const auto rel = text_of(link, "rel");
    if (std::ranges::find(passed_over, rel) != passed_over.end() || text_of(link, "method") == "POST")
      continue;
    const auto title = text_of(link, "title");
    append_link(out += "<li>", text_of(link, "href"), title.empty() ? rel : title);
    out += "</li>";
  }
  out += "</ul>";
}

/// Of a Catalog: the Catalogs, Collections and Items below it.
void append_children(std::string& out, const Json& links) {
  out += "<ul>";
  for (const auto& link : links) {
    const auto rel = text_of(link, "rel");
    if (rel != "child" && rel != "item") continue;
    append_link(out += "<li>", text_of(link, "href"), text_of(link, "title"));
    out += "</li>";
  }
  out += "</ul>";
}

void append_paging(std::string& out, const Json& links) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> turns{
      {{"prev", "Previous"}, {"next", "Next"}}};
  out += "<nav>";
  for (const auto& [rel, label] : turns) {
    for (const auto& link : links) {
      if (text_of(link, "rel") == rel) append_link(out, text_of(link, "href"), label);
    }
    out += ' ';
  }
  out += "</nav>";
}

std::string href_of(const Json& document, std::string_view rel) {
  const auto& links = member(document, "links");
  for (const auto& link : links.is_array() ? links : Json::array()) {
    if (text_of(link, "rel") == rel) return text_of(link, "href");
  }
  return {};
}

std::string title_of(const Json& document) {
  auto title = text_of(document, "title");
  if (title.empty()) title = text_of(member(document, "properties"), "title");
  return title.empty() ? text_of(document, "id") : title;
}

// --- footprints
// ------------------------------------------------------------------------------------------------

using Line = std::vector<std::pair<double, double>>;

bool is_position(const Json& value) {
  return value.is_array() && value.size() >= 2 && value[0].is_number() && value[1].is_number();
}

/// All lines and rings of a geometry's coordinates.
void gather_lines(const Json& coordinates, std::vector<Line>& lines, std::size_t& positions) {
  if (!coordinates.is_array() || coordinates.empty()) return;
  if (!is_position(coordinates[0])) {
    for (const auto& part : coordinates) gather_lines(part, lines, positions);
    return;
  }
  Line line;
  for (const auto& position : coordinates) {
    if (is_position(position)) line.emplace_back(position[0].get<double>(), position[1].get<double>());
  }
  positions += line.size();
  lines.push_back(std::move(line));
}

void gather_geometry(const Json& geometry, std::vector<Line>& lines, std::size_t& positions) {
  gather_lines(member(geometry, "coordinates"), lines, positions);
  const auto& parts = member(geometry, "geometries");
  for (const auto& part : parts.is_array() ? parts : Json::array()) gather_geometry(part, lines, positions);
}

/// Longitudes shrink with the cosine of the latitude, and what lies on both sides of the antimeridian is
/// drawn together.
void append_footprint(std::string& out, const Json& geometry) {
  std::vector<Line> lines;
  std::size_t positions = 0;
  gather_geometry(geometry, lines, positions);
  if (positions < 2 || positions > most_positions) return;
  constexpr auto infinite = std::numeric_limits<double>::infinity();
  double west = infinite, east = -infinite, south = infinite, north = -infinite;
  const auto measure = [&] {
    west = infinite, east = -infinite;
    for (const auto& line : lines) {
      for (const auto& [x, y] : line) {
        west = std::min(west, x), east = std::max(east, x);
        south = std::min(south, y), north = std::max(north, y);
      }
    }
  };
  measure();
  if (east - west > 180) {
    for (auto& line : lines) {
      for (auto& [x, y] : line) x += x < 0 ? 360 : 0;
    }
    measure();
  }
  constexpr double degree = 3.14159265358979323846 / 180;
  const double narrowing = std::max(0.1, std::cos((south + north) / 2 * degree));
  const double scale = picture_width / std::max({(east - west) * narrowing, north - south, 1e-9});
  out += fmt::format(R"(<svg role="img" aria-label="Footprint" viewBox="-2 -2 {:.2f} {:.2f}"><path d=")",
                     (east - west) * narrowing * scale + 4, (north - south) * scale + 4);
  for (const auto& line : lines) {
    char command = 'M';
    for (const auto& [x, y] : line) {
      out += fmt::format("{}{:.2f} {:.2f}", command, (x - west) * narrowing * scale, (north - y) * scale);
      command = 'L';
    }
  }
  out += "\"/></svg>";
}

// --- parts of documents
// -----------------------------------------------------------------------------------------

bool is_thumbnail(const std::string& key, const Json& asset) {
  const auto& roles = member(asset, "roles");
  return key == "thumbnail" ||
         (roles.is_array() && std::ranges::find(roles, Json("thumbnail")) != roles.end());
}

void append_thumbnail(std::string& out, const Json& assets) {
  if (!assets.is_object()) return;
  for (const auto& [key, asset] : assets.items()) {
    const auto href = text_of(asset, "href");
    if (!is_thumbnail(key, asset) || !is_web(href)) continue;
    append_text(out += "<img alt=\"Thumbnail\" loading=\"lazy\" src=\"", href);
    out += "\">";
    return;
  }
}

void append_assets(std::string& out, const Json& assets) {
  if (!assets.is_object() || assets.empty()) return;
  out += "<h2>Assets</h2><table><tr><th>Asset</th><th>Roles</th><th>Type</th></tr>";
  for (const auto& [key, asset] : assets.items()) {
    const auto title = text_of(asset, "title");
    append_link(out += "<tr><td>", text_of(asset, "href"), title.empty() ? key : title);
    append_element(out += "</td>", "td", text_of(asset, "roles"));
    append_element(out, "td", text_of(asset, "type"));
    out += "</tr>";
  }
  out += "</table>";
}

void append_providers(std::string& out, const Json& providers) {
  if (!providers.is_array() || providers.empty()) return;
  out += "<h2>Providers</h2><ul>";
  for (const auto& provider : providers) {
    append_link(out += "<li>", text_of(provider, "url"), text_of(provider, "name"));
    append_text(out += ' ', text_of(provider, "roles"));
    out += "</li>";
  }
  out += "</ul>";
}

void append_extent(std::string& out, const Json& extent) {
  const auto box = text_of(member(extent, "spatial"), "bbox");
  const auto interval = text_of(member(extent, "temporal"), "interval");
  if (!box.empty()) append_row(out, "Boxes", box);
  if (!interval.empty()) append_row(out, "Times", interval);
}

}  // namespace

std::string catalog(std::string_view document, const Call& call) {
  const auto json = parse_exact_json(document, deepest);
  std::string out;
  begin(out, call, text_of(json, "title"));
  append_element(out, "p", text_of(json, "description"));
  append_link(out += "<p>", href_of(json, "parent"), "Up");
  append_children(out += "</p>", json["links"]);
  end(out, call);
  return out;
}

std::string landing(std::string_view document, const Call& call) {
  const auto json = parse_exact_json(document, deepest);
  std::string out;
  begin(out, call, text_of(json, "title"));
  append_element(out, "p", text_of(json, "description"));
  append_children(out += "<h2>Collections</h2>", json["links"]);
  append_links(out, json["links"], {"self", "root", "alternate", "child"});
  out += "<details><summary>Conformance classes</summary><ul>";
  for (const auto& uri : json["conformsTo"]) append_element(out, "li", text_of(uri));
  out += "</ul></details>";
  end(out, call);
  return out;
}

std::string collections(std::string_view document, const Call& call) {
  const auto json = parse_exact_json(document, deepest);
  std::string out;
  begin(out, call, "Collections");
  append_element(out, "p",
                 text_of(json["numberReturned"]) + " of " + text_of(json["numberMatched"]) + " collections");
  for (const auto& one : json[json.contains("children") ? "children" : "collections"]) {
    append_link(out += "<h2>", href_of(one, "self"), title_of(one));
    append_element(out += "</h2>", "p", text_of(one, "description"));
    out += "<table>";
    append_extent(out, member(one, "extent"));
    out += "</table>";
  }
  append_paging(out, json["links"]);
  end(out, call);
  return out;
}

std::string collection(std::string_view document, const Call& call) {
  const auto json = parse_exact_json(document, deepest);
  std::string out;
  begin(out, call, title_of(json));
  append_element(out, "p", text_of(json, "description"));
  append_link(out += "<p>", href_of(json, "items"), "Items of this collection");
  out += "</p><table>";
  append_row(out, "Id", text_of(json, "id"));
  append_row(out, "License", text_of(json, "license"));
  append_extent(out, member(json, "extent"));
  if (json.contains("keywords")) append_row(out, "Keywords", text_of(json, "keywords"));
  const auto& summaries = member(json, "summaries");
  if (summaries.is_object()) {
    for (const auto& [name, summary] : summaries.items()) append_row(out, name, text_of(summary));
  }
  out += "</table>";
  append_providers(out, member(json, "providers"));
  append_assets(out, member(json, "assets"));
  append_links(out, member(json, "links"), {"self", "root", "parent", "items"});
  end(out, call);
  return out;
}

std::string item(std::string_view document, const Call& call) {
  const auto json = parse_exact_json(document, deepest);
  std::string out;
  begin(out, call, title_of(json));
  append_thumbnail(out, member(json, "assets"));
  append_footprint(out, member(json, "geometry"));
  out += "<h2>Properties</h2><table>";
  append_row(out, "id", text_of(json, "id"));
  if (json.contains("bbox")) append_row(out, "bbox", text_of(json, "bbox"));
  const auto& properties = member(json, "properties");
  if (properties.is_object()) {
    for (const auto& [name, value] : properties.items()) append_row(out, name, text_of(value));
  }
  out += "</table>";
  append_assets(out, member(json, "assets"));
  append_links(out, member(json, "links"), {"self", "root", "parent", "collection"});
  end(out, call);
  return out;
}

std::string items_begin(const Call& call, std::string_view title) {
  std::string out;
  begin(out, call, title);
  return out += "<table><tr><th>Item</th><th>Collection</th><th>Time</th><th>Cloud cover</th></tr>";
}

void append_item_row(std::string& out, std::string_view document) {
  const auto json = parse_exact_json(document, deepest);
  const auto& properties = member(json, "properties");
  auto time = text_of(properties, "datetime");
  if (time.empty()) time = text_of(properties, "start_datetime");
  append_link(out += "<tr><td>", href_of(json, "self"), title_of(json));
  append_element(out += "</td>", "td", text_of(json, "collection"));
  append_element(out, "td", time);
  append_element(out, "td", text_of(properties, "eo:cloud_cover"));
  out += "</tr>";
}

std::string items_end(const Call& call, const Json& links, std::int64_t returned,
                      std::optional<std::int64_t> matched) {
  std::string out = "</table>";
  append_element(out, "p",
                 std::to_string(returned) + (matched ? " of " + std::to_string(*matched) : "") + " items");
  append_paging(out, links);
  end(out, call);
  return out;
}

http::Response answer(std::string page) {
  auto response = ok(media::html, std::move(page));
  protect(response);
  return response;
}

void protect(http::Response& response) {
  response.set("Content-Security-Policy", std::string{policy});
  response.set("Referrer-Policy", "no-referrer").set("X-Content-Type-Options", "nosniff");
}

http::Response or_json(const Call& call, const std::string& etag, std::string document,
                       std::string (*page)(std::string_view, const Call&)) {
  if (call.form != Form::html) return ok(call, media::json, etag, std::move(document));
  if (auto unchanged = not_modified(call, etag)) return *std::move(unchanged);
  auto response = answer(page(document, call));
  response.set("ETag", form_etag(call, etag));
  return response;
}

}  // namespace hayden::api::html
