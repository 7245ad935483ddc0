#include "api/odc/handlers.hpp"
#include "api/odc/input.hpp"
#include "api/odc/output.hpp"
#include "db/odc_search.hpp"
#include "db/odc_types.hpp"

namespace hayden::api::handlers {
namespace {

using db::OdcKind;

constexpr int default_limit = 100;
constexpr int largest_limit = 1'000;

struct Kind {
  OdcKind kind;
  std::string_view path, list, noun;
};
constexpr Kind metadata_type_kind{OdcKind::metadata_type, "/odc/metadata-types", "metadata_types",
                                  "metadata type"};
constexpr Kind product_kind{OdcKind::product, "/odc/products", "products", "product"};

std::string self_of(const Call& call, const Kind& kind, const std::string& name) {
  return call.links.to(std::string{kind.path} + '/' + percent_encode(name));
}

db::OdcType find_or_404(const Call& call, const Services& services, const Kind& kind) {
  auto found = db::find_odc_type(services.pool, kind.kind, call.path.at("name"));
  if (found) return *std::move(found);
  throw Problem(404, "NotFound", "there is no " + std::string{kind.noun} + " '" + call.path.at("name") + "'");
}

http::Response list(Call& call, const Services& services, const Kind& kind) {
  Parameters parameters(call, {"limit", "token"});
  const auto limit = parameters.limit(default_limit, largest_limit);
  parameters.done();
  const auto form = form_of(call);
  const auto page = db::odc_types(services.pool, kind.kind, limit, parameters.text("token"));
  call.rows = static_cast<std::int64_t>(page.types.size());
  std::vector<Json> definitions;
  Json records = Json::array();
  for (const auto& type : page.types) {
    if (form == Form::yaml) {
      definitions.push_back(type.definition);
    } else {
      records.push_back(type_record(type, self_of(call, kind, type.name)));
    }
  }
  if (form == Form::yaml) {
    auto response = yaml_stream(definitions);
    if (page.next) {
      response.set("Link", '<' + call.links.to(kind.path) + query_with_token(call.query, *page.next) +
                               ">; rel=\"next\"");
    }
    return response;
  }
  return answer(form, 200,
                {{kind.list, std::move(records)},
                 {"numberReturned", page.types.size()},
                 {"links", page_links(call, kind.path, page.next)}});
}

http::Response show(Call& call, const Services& services, const Kind& kind) {
  Parameters parameters(call, {});
  parameters.done();
  const auto form = form_of(call);
  const auto found = find_or_404(call, services, kind);
  call.rows = 1;
  auto response = form == Form::yaml ? answer(form, 200, found.definition)
                                     : answer(form, 200, type_record(found, self_of(call, kind, found.name)));
  return tagged(call, std::move(response), found.etag);
}

http::Response add(Call& call, const Services& services, const Kind& kind) {
  Parameters parameters(call, {"dry-run"});
  const bool dry_run = parameters.flag("dry-run");
  parameters.done();
  const auto form = form_of(call);
  const auto documents = read_documents(call.request);
  const auto added = db::add_odc_types(writers_of(services), call.caller.role, kind.kind, documents, dry_run);
  bool any = false;
  Json records = Json::array();
  for (const auto& one : added) {
    any = any || !one.existed;
    records.push_back({{"name", one.name},
                       {"status", one.existed ? "exists"
                                  : dry_run   ? "valid"
                                              : "added"},
                       {"href", self_of(call, kind, one.name)}});
  }
  call.rows = static_cast<std::int64_t>(added.size());
  return answer(form, any && !dry_run ? 201 : 200, {{kind.list, std::move(records)}, {"dry_run", dry_run}});
}

http::Response update(Call& call, const Services& services, const Kind& kind) {
  Parameters parameters(call, {"dry-run", "allow-unsafe"});
  const db::TypeUpdate options{.dry_run = parameters.flag("dry-run"),
                               .allow_unsafe = parameters.flag("allow-unsafe"),
                               .if_match = if_match(call)};
  parameters.done();
  const auto form = form_of(call);
  const auto& name = call.path.at("name");
  const auto change = db::update_odc_type(writers_of(services), call.caller.role, kind.kind, name,
                                          read_document(call.request), options);
  const auto* const status = change.updated ? "updated" : change.changes.empty() ? "unchanged" : "dry-run";
  return answer(form, 200, {{"name", name}, {"status", status}, {"changes", changes_list(change.changes)}});
}

http::Response remove(Call& call, const Services& services, const Kind& kind, bool force, Form form) {
  const auto& name = call.path.at("name");
  const auto datasets =
      db::delete_odc_type(writers_of(services), call.caller.role, kind.kind, name, force, if_match(call));
  return answer(form, 200, {{"name", name}, {"status", "deleted"}, {"datasets", datasets}});
}

Json field_list(const std::vector<db::SearchField>& fields) {
  Json list = Json::array();
  for (const auto& field : fields) {
    list.push_back({{"name", field.name},
                    {"type", field.type},
                    {"description", field.description},
                    {"indexed", field.indexed},
                    {"products", field.products}});
  }
  return {{"fields", std::move(list)}};
}

}  // namespace

http::Response metadata_types(Call& call, const Services& services) {
  return list(call, services, metadata_type_kind);
}
http::Response metadata_type(Call& call, const Services& services) {
  return show(call, services, metadata_type_kind);
}
http::Response add_metadata_types(Call& call, const Services& services) {
  return add(call, services, metadata_type_kind);
}
http::Response update_metadata_type(Call& call, const Services& services) {
  return update(call, services, metadata_type_kind);
}
http::Response delete_metadata_type(Call& call, const Services& services) {
  Parameters parameters(call, {});
  parameters.done();
  return remove(call, services, metadata_type_kind, false, form_of(call));
}

http::Response products(Call& call, const Services& services) { return list(call, services, product_kind); }
http::Response product(Call& call, const Services& services) { return show(call, services, product_kind); }
http::Response add_products(Call& call, const Services& services) {
  return add(call, services, product_kind);
}
http::Response update_product(Call& call, const Services& services) {
  return update(call, services, product_kind);
}
http::Response delete_product(Call& call, const Services& services) {
  Parameters parameters(call, {"force"});
  const bool force = parameters.flag("force");
  parameters.done();
  if (force && !call.caller.may("agdc_admin")) {
    throw Problem(403, "Forbidden", "deleting a product with its datasets takes the role agdc_admin");
  }
  return remove(call, services, product_kind, force, form_of(call));
}

http::Response product_extent(Call& call, const Services& services) {
  Parameters parameters(call, {});
  parameters.done();
  const auto form = form_of(call);
  const auto found = find_or_404(call, services, product_kind);
  Json body{{"name", found.name}};
  body.update(db::product_extent(services.pool, found.name));
  call.rows = 1;
  return answer(form, 200, body);
}

http::Response product_fields(Call& call, const Services& services) {
  Parameters parameters(call, {});
  parameters.done();
  const auto form = form_of(call);
  const auto found = find_or_404(call, services, product_kind);
  return answer(form, 200, field_list(db::search_fields(services.pool, found.name)));
}

http::Response fields(Call& call, const Services& services) {
  Parameters parameters(call, {"product"});
  parameters.done();
  const auto form = form_of(call);
  return answer(form, 200, field_list(db::search_fields(services.pool, parameters.text("product"))));
}

}  // namespace hayden::api::handlers
