#pragma once
#include <string>
#include <vector>

#include "core/json.hpp"

namespace hayden::odc::test {

/// A document with one place changed: `at` is a JSON pointer; a discarded value (Json::value_t::discarded)
/// takes the place away.
inline Json changed(Json document, const std::string& at, const Json& value) {
  const Json::json_pointer pointer(at);
  if (value.is_discarded()) {
    document.at(pointer.parent_pointer()).erase(pointer.back());
  } else {
    document[pointer] = value;
  }
  return document;
}

inline const Json gone = Json(Json::value_t::discarded);

struct Fault {
  const char* at;    ///< JSON pointer
  Json value;        ///< put there
  const char* path;  ///< where the mistake is reported
  const char* what;  ///< part of what it says
};

}  // namespace hayden::odc::test
