#pragma once
#include "api/call.hpp"
#include "http/message.hpp"

/// The STAC API's transactions (docs/api.md); see api/handlers/handlers.hpp.
namespace hayden::api::handlers {

http::Response create_items(Call& call, const Services& services);
http::Response bulk_items(Call& call, const Services& services);
http::Response replace_item(Call& call, const Services& services);
http::Response patch_item(Call& call, const Services& services);
http::Response delete_item(Call& call, const Services& services);

http::Response create_collection(Call& call, const Services& services);
http::Response replace_collection(Call& call, const Services& services);
http::Response patch_collection(Call& call, const Services& services);
http::Response delete_collection(Call& call, const Services& services);

}  // namespace hayden::api::handlers
