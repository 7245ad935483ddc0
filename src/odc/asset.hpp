#pragma once
#include <string>
#include <string_view>

#include "core/json.hpp"

/// What an Item's assets, links and id say; not for other modules.
namespace hayden::odc {

bool is_measurement(const Json& asset);

/// The href of the first link of that relation; empty without one.
std::string link_href(const Json& item, std::string_view relation);

/// The location that paths of the Item's dataset are relative to: of the link `canonical`, else of the first
/// MTL among the assets; empty without either.
std::string base_location(const Json& item);

/// 32 hex digits with or without hyphens, 8-4-4-4-12.
bool is_uuid(std::string_view text);

}  // namespace hayden::odc
