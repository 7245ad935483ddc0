#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/call.hpp"
#include "core/json.hpp"
#include "http/message.hpp"

/// Pages for people: what the JSON answers say, as plain HTML without scripts (OGC 17-069r4, requirement
/// class HTML). They are made of the text of those answers. Whatever stands in a document is shown as text;
/// only http(s) hrefs become links and pictures, and the Content-Security-Policy lets nothing else be loaded
/// or run.
namespace hayden::api::html {

/// Each takes the text of the JSON answer.
std::string landing(std::string_view document, const Call& call);
std::string catalog(std::string_view document, const Call& call);
std::string collections(std::string_view document, const Call& call);
std::string collection(std::string_view document, const Call& call);
std::string item(std::string_view document, const Call& call);

/// A page of Items, row by row. `links` are those of the page.
std::string items_begin(const Call& call, std::string_view title);
void append_item_row(std::string& out, std::string_view document);
std::string items_end(const Call& call, const Json& links, std::int64_t returned,
                      std::optional<std::int64_t> matched);

http::Response answer(std::string page);
/// Sets the headers that keep a browser from doing more than showing the page.
void protect(http::Response& response);

/// The JSON answer, or the page made of it, as the call asks.
http::Response or_json(const Call& call, const std::string& etag, std::string document,
                       std::string (*page)(std::string_view, const Call&));

}  // namespace hayden::api::html
