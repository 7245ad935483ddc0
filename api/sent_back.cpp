#include "api/sent_back.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "api/signing/item_hrefs.hpp"
#include "core/exact_json.hpp"
#include "core/percent.hpp"

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

bool has_made_refs(Json& json) {
  const auto* const refs = member(json, "auth:refs");
  return refs != nullptr && (*refs == Json{"signed_url"} || *refs == Json{"token"});
}

void forget_refs(Json& json) {
  if (has_made_refs(json)) json.erase("auth:refs");
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

/// Whether the http(s) URL of an object, its query aside, or its URI, is that of `uri`: s3://bucket/key.
bool is_same_object(std::string_view href, std::string_view uri) {
  if (href == uri) return true;
  constexpr std::string_view s3 = "s3://", slashes = "://";
  const auto scheme = href.find(slashes);
  if (!uri.starts_with(s3) || !href.starts_with("http") || scheme == std::string_view::npos) return false;
  uri.remove_prefix(s3.size());
  href = href.substr(scheme + slashes.size(), href.find('?') - scheme - slashes.size());
  const auto path = percent_decode(href.substr(std::min(href.find('/'), href.size())));
  const auto bucket = uri.substr(0, uri.find('/')), key = uri.substr(bucket.size());
  return path && (*path == '/' + std::string{uri} ||
                  (*path == key && href.starts_with(bucket) && href.substr(bucket.size()).starts_with('.')));
}

class Restoration {
 public:
  /// `describes`: the Item had `auth:schemes` of this service; `undescribed`: it has none of any.
  Restoration(const Links& links, std::string_view stored, bool describes, bool undescribed)
      : links_(links),
        text_(stored),
        has_stored_(!stored.empty()),
        describes_(describes),
        undescribed_(undescribed) {}

  void restore(const std::string& key, Json& asset) {
    auto* const alternates = member(asset, "alternate");
    const bool has_signature = is_signed(text_member(asset, "href"));
    if (alternates == nullptr && !has_made_refs(asset) && !has_signature) return;
    auto* const stored = stored_asset(key);
    if (stored != nullptr && *stored == asset) return;
    const bool had_refs = stored != nullptr && member(*stored, "auth:refs") != nullptr;
    bool changed = describes_ || (has_stored_ && undescribed_ && !had_refs);
    if (alternates != nullptr && alternates->is_object()) {
      const bool restored = restore_alternates(asset, *alternates, stored);
      if (restored && alternates->empty()) asset.erase("alternate");
      changed |= restored;
      any_ |= restored;
    }
    if (changed) forget_refs(asset);
    has_new_signature_ |= has_signature && is_signed(text_member(asset, "href"));
  }

  bool any() const { return any_; }
  bool was_signed() const { return was_signed_; }
  /// Whether an asset is signed that is not so in the store.
  bool has_new_signature() const { return has_new_signature_; }
  /// What is stored of the Item; null when there is none.
  Json& stored() {
    if (!text_.empty()) stored_ = parse_exact_json(std::exchange(text_, {}));
    return stored_;
  }

 private:
  bool restore_alternates(Json& asset, Json& alternates, Json* stored) {
    bool restored = false;
    if (auto* const s3 = member(alternates, "s3"); s3 != nullptr && s3->is_object()) {
      restored = restore_href(asset, *s3, stored);
      if (restored || describes_) forget_refs(*s3);
      auto* const before = stored == nullptr ? nullptr : member(*stored, "alternate");
      const bool had_one = before != nullptr && member(*before, "s3") != nullptr;
      if (!had_one && is_made(*s3) && (restored || is_left_over(*s3, stored))) {
        restored = true;
        alternates.erase("s3");
      }
    }
    auto* const https = member(alternates, "https");
    if (https != nullptr && leads_here(text_member(*https, "href"), links_)) {
      restored = true;
      alternates.erase("https");
    }
    return restored;
  }

  bool restore_href(Json& asset, Json& s3, Json* stored) {
    const auto* const href = text_member(asset, "href");
    const auto* original = text_member(s3, "href");
    if (href == nullptr || original == nullptr) return false;
    const bool was_signed = is_signed(href) && is_same_object(*href, *original);
    const bool is_ours = leads_here(href, links_) && name_of(*href) == name_of(*original);
    if (!was_signed && !is_ours) return false;
    was_signed_ |= was_signed;
    const auto* const there = stored == nullptr ? nullptr : text_member(*stored, "href");
    if (there != nullptr && !is_signed(there) && is_same_object(*there, *original)) original = there;
    asset["href"] = *original;
    return true;
  }

  /// The alternate of an href that the client has replaced by another.
  static bool is_left_over(Json& s3, Json* stored) {
    const auto* const there = stored == nullptr ? nullptr : text_member(*stored, "href");
    const auto* const kept = text_member(s3, "href");
    return there != nullptr && kept != nullptr && is_same_object(*there, *kept);
  }

  /// Most Items that are sent were not read here, so that what is stored is parsed when it is needed.
  Json* stored_asset(const std::string& key) {
    auto* const assets = member(stored(), "assets");
    return assets == nullptr ? nullptr : member(*assets, key.c_str());
  }

  const Links& links_;
  std::string_view text_;
  Json stored_;
  bool has_stored_, describes_, undescribed_, any_ = false, was_signed_ = false, has_new_signature_ = false;
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

/// Takes away those of this service; others stay.
bool forget_schemes(Json& json, const Links& links) {
  auto* const schemes = member(json, "auth:schemes");
  if (schemes == nullptr || !are_ours(*schemes, links)) return false;
  schemes->erase("signed_url");
  const auto* const token = member(*schemes, "token");
  if (token != nullptr && *token == Json{{"type", "http"}, {"scheme", "bearer"}}) schemes->erase("token");
  if (schemes->empty()) json.erase("auth:schemes");
  return true;
}

bool has_member(const Json& json, std::string_view prefix) {
  if (!json.is_structured()) return false;
  return std::ranges::any_of(json.items(), [&](const auto& one) {
    return (json.is_object() && one.key().starts_with(prefix)) || has_member(one.value(), prefix);
  });
}

bool lists(Json& document, std::string_view extension) {
  const auto* const extensions = member(document, "stac_extensions");
  return extensions != nullptr && extensions->is_array() &&
         std::ranges::find(*extensions, Json(extension)) != extensions->end();
}

/// Takes an extension away of which there is no field any more, unless it is stored.
void forget_extension(Json& document, Json& stored, std::string_view url, std::string_view prefix) {
  if (!lists(document, url) || lists(stored, url) || has_member(document, prefix)) return;
  auto& extensions = document["stac_extensions"];
  extensions.erase(std::ranges::find(extensions, Json(url)));
  if (extensions.empty() && stored.is_object() && !stored.contains("stac_extensions")) {
    document.erase("stac_extensions");
  }
}

}  // namespace

void restore_item(Json& item, const Links& links, std::string_view stored) {
  auto* const assets = member(item, "assets");
  auto* const properties = member(item, "properties");
  if (assets == nullptr || !assets->is_object() || properties == nullptr) return;
  const bool describes = forget_schemes(*properties, links);
  Restoration restoration(links, stored, describes, member(*properties, "auth:schemes") == nullptr);
  for (auto& [key, asset] : assets->get_ref<Json::object_t&>()) restoration.restore(key, asset);
  if (member(*properties, "msft:expiry") != nullptr) {
    auto* const before = member(restoration.stored(), "properties");
    const bool is_new = before != nullptr && member(*before, "msft:expiry") == nullptr;
    if (restoration.was_signed() || (is_new && !restoration.has_new_signature()))
      properties->erase("msft:expiry");
  }
  if (!restoration.any() && !describes) return;
  forget_extension(item, restoration.stored(), alternate_extension, "alternate");
  forget_extension(item, restoration.stored(), storage_extension, "storage:");
  forget_extension(item, restoration.stored(), authentication_extension, "auth:");
}

void restore_collection(Json& collection, Json stored, const Links& links) {
  if (forget_schemes(collection, links)) {
    forget_extension(collection, stored, authentication_extension, "auth:");
  }
  const auto* const type = member(collection, "itemType");
  if (type != nullptr && *type == "feature" && stored.is_object() && !stored.contains("itemType")) {
    collection.erase("itemType");
  }
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
