#include "api/collection_text.hpp"

#include <algorithm>
#include <array>

#include "api/signing/item_hrefs.hpp"
#include "core/exact_json.hpp"

namespace hayden::api {
namespace {

/// A client may send back what it has read.
bool is_browse_link(const Json& link, const std::string& id) {
  const auto href = link.find("href");
  return href != link.end() && href->is_string() &&
         href->get_ref<const std::string&>().ends_with(Links({}).browse(id));
}

bool is_ours(const Json& link, const std::string& id) {
  static constexpr std::array<std::string_view, 8> rels{
      "self", "root", "parent", "items", queryables_rel, sortables_rel, "aggregate", "aggregations"};
  const auto rel = link.is_object() ? link.find("rel") : link.end();
  if (rel == link.end() || !rel->is_string()) return false;
  if (*rel == "child") return is_browse_link(link, id);
  return std::ranges::find(rels, rel->get_ref<const std::string&>()) != rels.end();
}

Json server_links(const std::string& id, const std::string& title, const Links& links) {
  LinkList list;
  list.add("self", media::json, links.collection(id), title);
  list.add("root", media::json, links.root(), "Landing page");
  list.add("parent", media::json, links.root(), "Landing page");
  list.add("items", media::geojson, links.items(id), "Items");
  list.add("child", media::json, links.browse(id), "Items by time");
  list.add(queryables_rel, media::schema, links.collection(id) + "/queryables", "Queryable properties");
  list.add(sortables_rel, media::schema, links.collection(id) + "/sortables", "Properties to sort by");
  list.add("aggregate", media::json, links.collection(id) + "/aggregate", "Aggregation", R"("method":"GET")");
  list.add("aggregate", media::json, links.collection(id) + "/aggregate", "Aggregation",
           R"("method":"POST")");
  list.add("aggregations", media::json, links.collection(id) + "/aggregations", "Available aggregations");
  return Json::parse('[' + list.text() + ']');
}

void describe_signing(Json& collection, const Links& links) {
  if (collection.contains("auth:schemes")) return;
  collection.update(parse_json('{' + auth_schemes(links) + '}'));
  auto& extensions = collection["stac_extensions"];
  if (!extensions.is_array()) extensions = Json::array();
  const auto is_there = [](const Json& one) {
    return one.is_string() && one.get_ref<const std::string&>() == authentication_extension;
  };
  if (std::ranges::none_of(extensions, is_there)) extensions.push_back(authentication_extension);
}

std::string with_links(const db::StoredCollection& collection, const Links& links, bool describes_signing) {
  auto json = parse_exact_json(collection.text);
  const auto title = json.find("title");
  const bool has_title = title != json.end() && title->is_string();
  auto all = server_links(collection.id, has_title ? title->get<std::string>() : collection.id, links);
  if (const auto stored = json.find("links"); stored != json.end() && stored->is_array()) {
    std::ranges::copy_if(*stored, std::back_inserter(all),
                         [&](const Json& link) { return !is_ours(link, collection.id); });
  }
  json["links"] = std::move(all);
  if (!collection.follows.empty()) {
    const auto follows = parse_exact_json(collection.follows);
    for (const auto& [name, members] : follows.items()) {
      auto& member = json[name];
      if (!member.is_object()) member = Json::object();
      member.update(members);
    }
  }
  if (!json.contains("itemType")) json["itemType"] = "feature";
  if (describes_signing) describe_signing(json, links);
  return dump_exact_json(json);
}

}  // namespace

std::string CollectionTexts::text(const db::StoredCollection& collection, const Links& links) {
  const auto key = collection.id + '\n' + collection.etag + '\n' + collection.follows + '\n' + links.base();
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = kept_.find(key); found != kept_.end()) return found->second;
  }
  const bool changed =
      signing_ != nullptr && signing_->policy().output_of(collection.id) != HrefOutput::original;
  auto text = with_links(collection, links, changed);
  const std::lock_guard lock(mutex_);
  if (kept_.size() >= most_kept) kept_.clear();
  kept_.emplace(key, text);
  return text;
}

}  // namespace hayden::api
