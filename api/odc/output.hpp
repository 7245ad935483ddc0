#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "api/call.hpp"
#include "api/form.hpp"
#include "core/json.hpp"
#include "db/odc_search.hpp"
#include "db/odc_types.hpp"
#include "odc/changes.hpp"

namespace hayden::api {

/// By `f`, else by the Accept header (RFC 9110 §12.5.1), else JSON. To be asked before anything is changed.
/// Throws Problem: 400 for an unknown `f`, 406 when none of those that the operation offers is acceptable.
Form form_of(const Call& call, bool with_csv = false);

/// An answer in that form. A list of YAML documents is parted by `---`.
http::Response answer(Form form, int status, const Json& body);
/// The same, which no cache may keep.
http::Response unshared(Form form, int status, const Json& body);
/// A list of flat records, `{name: records}` or CSV with these columns, which no cache may keep.
http::Response unshared_list(Form form, const std::string& name, const std::vector<std::string>& columns,
                             const Json& records);
http::Response yaml_stream(const std::vector<Json>& documents);
/// 200, or 304 when the client has it. `tag` is what If-Match takes; `body` may hold more that changes.
http::Response tagged(const Call& call, http::Response response, const std::string& tag);

Json type_record(const db::OdcType& type, const std::string& self);
/// Without the document.
Json dataset_record(const db::OdcDataset& dataset, const Links& links);
/// Appends the record as JSON with the document as it is stored.
void append_dataset(std::string& out, const Json& record, std::string_view document);
Json changes_list(const std::vector<odc::Change>& changes);
/// A `links` array of `self` and, where there is one, `next`.
Json page_links(const Call& call, std::string_view path, const std::optional<std::string>& next);

}  // namespace hayden::api
