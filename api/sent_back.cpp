#include "api/sent_back.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "api/signing/item_hrefs.hpp"
#include "core/exact_json.hpp"

namespace hayden::api {
namespace {

Json* member(Json& json, const char* name) {
  const auto found = json.is_object() ? json.find(name) : json.end();
  return found == json.end() ? nullptr : &*found;
}

const std::string* text_member(Json& json, const char* name) {
  const auto* const found = member(json, name);
  return found != nullptr && found->is_string() ? &found->get_ref<const std::string&>() : nullptr;
}

bool leads_here(const std::string* href, const Links& links) {
  return href != nullptr && href->starts_with(links.to("/collections/")) &&
         href->find("/assets/") != std::string::npos;
}

bool is_signed(const std::string* href) {
  return href != nullptr && href->find("X-Amz-Signature=") != std::string::npos;
}

void forget_refs(Json& json) {
  const auto* const refs = member(json, "auth:refs");
  if (refs != nullptr && (*refs == Json{"signed_url"} || *refs == Json{"token"})) json.erase("auth:refs");
}

/// Whether the alternate may be one that ItemHrefs made: it has no other members.
bool is_made(const Json& s3) {
  static constexpr std::array<std::string_view, 5> made{"href", "storage:platform", "storage:region",
                                                        "storage:requester_pays", "auth:refs"};
  return std::ranges::all_of(
      s3.items(), [](const auto& one) { return std::ranges::find(made, one.key()) != made.end(); });
}

std::string name_of(std::string_view href) {
  return percent_decode(file_name(href.substr(0, href.find('?')))).value_or("");
}

class Restoration {
 public:
  Restoration(const Links& links, std::string_view stored, bool describes)
      : links_(links), text_(stored), describes_(describes) {}

  void restore(const std::string& key, Json& asset) {
    if (describes_) forget_refs(asset);
    auto* const alternates = member(asset, "alternate");
    if (alternates == nullptr || !alternates->is_object()) return;
    const bool had_any = any_;
    any_ = false;
    restore_href(key, asset, *alternates);
    if (auto* const https = member(*alternates, "https");
        https != nullptr && leads_here(text_member(*https, "href"), links_)) {
      any_ = true;
      alternates->erase("https");
    }
    if (any_) forget_refs(asset);
    if (any_ && alternates->empty()) asset.erase("alternate");
    any_ |= had_any;
  }

  bool any() const { return any_; }
  bool was_signed() const { return was_signed_; }

 private:
  void restore_href(const std::string& key, Json& asset, Json& alternates) {
    auto* const s3 = member(alternates, "s3");
    if (s3 == nullptr || !s3->is_object()) return;
    if (describes_) forget_refs(*s3);
    const auto* const href = text_member(asset, "href");
    const auto* original = text_member(*s3, "href");
    const bool was_signed = is_signed(href);
    if (original == nullptr || (!was_signed && !leads_here(href, links_))) return;
    any_ = true;
    was_signed_ |= was_signed;
    auto* const stored = stored_asset(key);
    if (stored != nullptr) {
      const auto* const there = text_member(*stored, "href");
      if (there != nullptr && name_of(*there) == name_of(*href)) original = there;
    }
    asset["href"] = *original;
    forget_refs(*s3);
    auto* const stored_alternates = stored == nullptr ? nullptr : member(*stored, "alternate");
    const bool had_one = stored_alternates != nullptr && member(*stored_alternates, "s3") != nullptr;
    if (!had_one && is_made(*s3)) alternates.erase("s3");
  }

  /// Most Items that are sent were not read here, so that what is stored is not parsed before.
  Json* stored_asset(const std::string& key) {
    if (!text_.empty()) stored_ = parse_exact_json(std::exchange(text_, {}));
    auto* const assets = member(stored_, "assets");
    return assets == nullptr ? nullptr : member(*assets, key.c_str());
  }

  const Links& links_;
  std::string_view text_;
  Json stored_;
  bool describes_, any_ = false, was_signed_ = false;
};

bool are_ours(Json& schemes, const Links& links) {
  auto* step = &schemes;
  for (const auto* const name : {"signed_url", "flows", "authorizationCode"}) {
    step = member(*step, name);
    if (step == nullptr) return false;
  }
  const auto* const url = text_member(*step, "authorizationApi");
  return url != nullptr && *url == links.to("/sas/v1/sign");
}

bool forget_schemes(Json& json, const Links& links) {
  auto* const schemes = member(json, "auth:schemes");
  if (schemes == nullptr || !are_ours(*schemes, links)) return false;
  json.erase("auth:schemes");
  return true;
}

bool has_member(const Json& json, std::string_view prefix) {
  if (!json.is_structured()) return false;
  return std::ranges::any_of(json.items(), [&](const auto& one) {
    return (json.is_object() && one.key().starts_with(prefix)) || has_member(one.value(), prefix);
  });
}

/// Takes away extensions of which there is no field any more.
void forget_extensions(Json& document) {
  auto* const extensions = member(document, "stac_extensions");
  if (extensions == nullptr || !extensions->is_array()) return;
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> fields{
      {{alternate_extension, "alternate"},
       {storage_extension, "storage:"},
       {authentication_extension, "auth:"}}};
  for (const auto& [url, prefix] : fields) {
    const auto found = std::ranges::find(*extensions, Json(url));
    if (found != extensions->end() && !has_member(document, prefix)) extensions->erase(found);
  }
}

}  // namespace

void restore_item(Json& item, const Links& links, std::string_view stored) {
  auto* const assets = member(item, "assets");
  auto* const properties = member(item, "properties");
  if (assets == nullptr || !assets->is_object() || properties == nullptr) return;
  const bool describes = forget_schemes(*properties, links);
  Restoration restoration(links, stored, describes);
  for (auto& [key, asset] : assets->get_ref<Json::object_t&>()) restoration.restore(key, asset);
  if (restoration.was_signed() && properties->is_object()) properties->erase("msft:expiry");
  if (restoration.any() || describes) forget_extensions(item);
}

void restore_collection(Json& collection, const Links& links) {
  if (forget_schemes(collection, links)) forget_extensions(collection);
}

void restore_declared(Json& collection, const Json& stored, const Json& follows) {
  for (const auto& [name, members] : follows.items()) {
    auto* const sent = member(collection, name.c_str());
    if (sent == nullptr || !sent->is_object()) continue;
    const auto declared = stored.value(name, Json::object());
    for (const auto& [key, value] : members.items()) {
      if (!sent->contains(key) || rounded(sent->at(key)) != value) continue;
      if (declared.contains(key)) {
        (*sent)[key] = declared.at(key);
      } else {
        sent->erase(key);
      }
    }
    if (sent->empty() && !stored.contains(name)) collection.erase(name);
  }
}

}  // namespace hayden::api
