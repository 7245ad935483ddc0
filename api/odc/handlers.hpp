#pragma once
#include "api/call.hpp"
#include "http/message.hpp"

/// The operations under /odc; see api/handlers/handlers.hpp.
namespace hayden::api::handlers {

http::Response metadata_types(Call& call, const Services& services);
http::Response add_metadata_types(Call& call, const Services& services);
http::Response metadata_type(Call& call, const Services& services);
http::Response update_metadata_type(Call& call, const Services& services);
http::Response delete_metadata_type(Call& call, const Services& services);

http::Response products(Call& call, const Services& services);
http::Response add_products(Call& call, const Services& services);
http::Response product(Call& call, const Services& services);
http::Response update_product(Call& call, const Services& services);
http::Response delete_product(Call& call, const Services& services);
http::Response product_extent(Call& call, const Services& services);
http::Response product_counts(Call& call, const Services& services);
http::Response product_fields(Call& call, const Services& services);
http::Response fields(Call& call, const Services& services);

http::Response datasets(Call& call, const Services& services);
http::Response dataset_counts(Call& call, const Services& services);
http::Response duplicates(Call& call, const Services& services);

http::Response add_datasets(Call& call, const Services& services);
http::Response get_datasets(Call& call, const Services& services);
http::Response dataset(Call& call, const Services& services);
http::Response update_dataset(Call& call, const Services& services);

http::Response archive_datasets(Call& call, const Services& services);
http::Response restore_datasets(Call& call, const Services& services);
http::Response purge_datasets(Call& call, const Services& services);
http::Response archive_dataset(Call& call, const Services& services);
http::Response restore_dataset(Call& call, const Services& services);
http::Response purge_dataset(Call& call, const Services& services);

http::Response locations(Call& call, const Services& services);
http::Response add_locations(Call& call, const Services& services);
http::Response archive_location(Call& call, const Services& services);
http::Response restore_location(Call& call, const Services& services);
http::Response remove_location(Call& call, const Services& services);

http::Response lineage(Call& call, const Services& services);
http::Response add_lineage(Call& call, const Services& services);
http::Response remove_lineage(Call& call, const Services& services);

}  // namespace hayden::api::handlers
