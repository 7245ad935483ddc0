#include "core/json.hpp"

namespace hayden {
namespace {

bool holds_nul(const std::string& text) { return text.find('\0') != std::string::npos; }

}  // namespace

Json parse_json(std::string_view text, int max_depth) {
  // Copying and dumping recurse, so the depth is bounded while parsing, which does not.
  const auto check = [max_depth](int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if ((event == Event::object_start || event == Event::array_start) && depth >= max_depth) {
      throw Problem(400, "InvalidJson",
                    "JSON is nested deeper than " + std::to_string(max_depth) + " levels");
    }
    if ((event == Event::value || event == Event::key) && parsed.is_string() &&
        holds_nul(parsed.get_ref<const std::string&>())) {
      throw Problem(400, "InvalidJson", "JSON strings must not contain the NUL character");
    }
    return true;
  };
  try {
    return Json::parse(text, check);
  } catch (const Json::parse_error& error) {
    throw Problem(400, "InvalidJson", "not valid JSON: the error is at byte " + std::to_string(error.byte));
  } catch (const Json::out_of_range&) {
    throw Problem(400, "InvalidJson", "not valid JSON: a number is out of range");
  }
}

std::string dump_json(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

void append_json_string(std::string& out, std::string_view text) {
  out += dump_json(Json(std::string{text}));
}

}  // namespace hayden
