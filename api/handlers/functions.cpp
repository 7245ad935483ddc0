#include <algorithm>
#include <array>

#include "api/etag.hpp"
#include "api/handlers/handlers.hpp"
#include "core/json.hpp"
#include "stac/cql2/expression.hpp"

namespace hayden::api::handlers {
namespace {

namespace cql2 = stac::cql2;

constexpr std::string_view standard = "https://docs.ogc.org/is/21-065r2/21-065r2.html";

struct FunctionFamily {
  cql2::Family family;
  std::string_view arguments, returns, description;
};
constexpr std::array families{
    FunctionFamily{cql2::Family::character, "string", "string", "Folds case or takes off accents"},
    FunctionFamily{cql2::Family::spatial, "geometry", "boolean", "Relation of two geometries"},
    FunctionFamily{cql2::Family::temporal, "datetime", "boolean", "Relation of two instants or intervals"},
    FunctionFamily{cql2::Family::array, "array", "boolean", "Relation of two arrays, which are sets"}};

Json function_json(const cql2::OperatorInfo& function, const FunctionFamily& family) {
  Json arguments = Json::array();
  for (std::size_t i = 0; i < function.most; ++i) {
    arguments.push_back({{"type", Json::array({family.arguments})}});
  }
  return {{"name", function.name},
          {"description", family.description},
          {"metadataUrl", standard},
          {"arguments", std::move(arguments)},
          {"returns", Json::array({family.returns})}};
}

Json all_functions() {
  Json list = Json::array();
  for (const auto& function : cql2::all_operators()) {
    const auto* const family = std::ranges::find(families, function.family, &FunctionFamily::family);
    if (family != families.end()) list.push_back(function_json(function, *family));
  }
  return list;
}

}  // namespace

http::Response functions(Call& call, const Services&) {
  static const std::string body = dump_json({{"functions", all_functions()}});
  return ok(call, media::json, ETag{}.add(body).text(), body);
}

}  // namespace hayden::api::handlers
