#include "api/sent_back.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>
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

/// Whether the alternate looks as ItemHrefs makes it.
bool is_made(const Json& s3) {
  static constexpr std::array<std::string_view, 5> made{"href", "storage:platform", "storage:region",
                                                        "storage:requester_pays", "auth:refs"};
  return s3.contains("storage:platform") && s3.contains("storage:requester_pays") &&
         std::ranges::all_of(
             s3.items(), [](const auto& one) { return std::ranges::find(made, one.key()) != made.end(); });
}

constexpr std::string_view s3_scheme = "s3://";

std::string_view without_query(std::string_view url) { return url.substr(0, url.find('?')); }

/// Of the object that a URI or URL leads to; empty when there is none.
std::string name_of(std::string_view href) {
  if (href.starts_with(s3_scheme)) return std::string{file_name(href)};
  return percent_decode(file_name(without_query(href))).value_or("");
}

bool have_one_name(std::string_view a, std::string_view b) {
  const auto name = name_of(a);
  return !name.empty() && name == name_of(b);
}

/// Whether a URL, its query aside, is that of an object, told by its URL or its URI (s3://bucket/key).
bool is_url_of(std::string_view href, std::string_view object) {
  href = without_query(href);
  if (href == object) return true;
  constexpr std::string_view slashes = "://";
  const auto scheme = href.find(slashes);
  if (!object.starts_with(s3_scheme) || !href.starts_with("http") || scheme == std::string_view::npos)
    return false;
  object.remove_prefix(s3_scheme.size());
  href.remove_prefix(scheme + slashes.size());
  const auto path = percent_decode(href.substr(std::min(href.find('/'), href.size())));
  const auto bucket = object.substr(0, object.find('/')), key = object.substr(bucket.size());
  return path && (*path == '/' + std::string{object} ||
                  (*path == key && href.starts_with(bucket) && href.substr(bucket.size()).starts_with('.')));
}

class Restoration {
 public:
  /// `described`: the Item had `auth:schemes` of this service.
  Restoration(Json& item, const Links& links, std::string_view stored, bool described)
      : links_(links), text_(stored), described_(described) {
    const auto* const collection = text_member(item, "collection");
    const auto* const id = text_member(item, "id");
    if (collection != nullptr && id != nullptr) path_ = Links({}).item(*collection, *id) + "/assets/";
    auto& properties = item["properties"];
    undescribed_ = !text_.empty() && member(properties, "auth:schemes") == nullptr;
    was_read_here_ =
        described || (member(properties, "msft:expiry") != nullptr && stored_expiry() == nullptr);
  }

  void restore(const std::string& key, Json& asset) {
    auto* const alternates = member(asset, "alternate");
    const bool has_signature = is_signed(text_member(asset, "href"));
    if (alternates == nullptr && !has_made_refs(asset) && !has_signature) return;
    auto* const stored = stored_asset(key);
    if (stored != nullptr && *stored == asset) return;
    auto* const stored_refs = stored == nullptr ? nullptr : member(*stored, "auth:refs");
    bool changed = described_ || (undescribed_ && stored_refs == nullptr);
    if (alternates != nullptr && alternates->is_object()) {
      const bool restored = restore_alternates(key, asset, *alternates, stored);
      if (restored && alternates->empty()) asset.erase("alternate");
      changed |= restored;
      any_ |= restored;
    }
    if (changed && has_made_refs(asset)) {
      if (stored_refs != nullptr) {
        asset["auth:refs"] = *stored_refs;
      } else {
        asset.erase("auth:refs");
      }
    }
    has_new_signature_ |= has_signature && is_signed(text_member(asset, "href"));
  }

  void restore_expiry(Json& properties) {
    auto* const sent = member(properties, "msft:expiry");
    if (sent == nullptr) return;
    auto* const before = stored_expiry();
    if (before != nullptr && was_signed_) {
      *sent = *before;
    } else if (was_signed_ || (!stored().is_null() && before == nullptr && !has_new_signature_)) {
      properties.erase("msft:expiry");
    }
  }

  bool any() const { return any_; }
  /// What is stored of the Item, null when there is none. It is parsed when it is needed: most Items that are
  /// sent were not read here.
  Json& stored() {
    if (!text_.empty()) stored_ = parse_exact_json(std::exchange(text_, {}));
    return stored_;
  }

 private:
  bool restore_alternates(const std::string& key, Json& asset, Json& alternates, Json* stored) {
    auto* const before = stored == nullptr ? nullptr : member(*stored, "alternate");
    bool restored = false;
    if (auto* const s3 = member(alternates, "s3"); s3 != nullptr && s3->is_object()) {
      const bool had_one = before != nullptr && member(*before, "s3") != nullptr;
      const auto* const there = stored == nullptr ? nullptr : text_member(*stored, "href");
      // An alternate of another object that was not there has been read, or set, since.
      const bool names_there = there != nullptr && names(*s3, *there);
      restored = restore_href(key, asset, *s3, had_one || names_there ? there : nullptr);
      if (restored || described_) forget_refs(*s3);
      const bool is_left_over = was_read_here_ && names_there;
      if (!had_one && is_made(*s3) &&
          ((restored && names(*s3, *text_member(asset, "href"))) || is_left_over)) {
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

  /// What is stored comes first: `alternate.s3` may be the client's own, and name another object.
  bool restore_href(const std::string& key, Json& asset, Json& s3, const std::string* there) {
    const auto* const href = text_member(asset, "href");
    const auto* const kept = text_member(s3, "href");
    if (href == nullptr || kept == nullptr) return false;
    const bool has_signature = is_signed(href);
    const bool is_own_link = !path_.empty() && href->starts_with("http") &&
                             href->find(path_ + percent_encode(key) + '/') != std::string::npos;
    const std::string* original = nullptr;
    if (there != nullptr && !is_signed(there) && !leads_here(there, links_) &&
        (has_signature ? is_url_of(*href, *there) : is_own_link && have_one_name(*href, *there))) {
      original = there;
    } else if (has_signature ? is_url_of(*href, *kept)
                             : leads_here(href, links_) && have_one_name(*href, *kept)) {
      original = kept;
    }
    if (original == nullptr) return false;
    was_signed_ |= has_signature;
    asset["href"] = *original;
    return true;
  }

  /// Whether the alternate is that of an href.
  static bool names(Json& s3, const std::string& href) {
    const auto* const kept = text_member(s3, "href");
    return kept != nullptr && (*kept == href || is_url_of(href, *kept));
  }

  /// Looked up by hash, as an object is searched from its begin, and Items may have thousands of assets.
  Json* stored_asset(const std::string& key) {
    if (!std::exchange(knows_assets_, true)) {
      auto* const assets = member(stored(), "assets");
      if (assets != nullptr && assets->is_object()) {
        for (auto& [name, asset] : assets->get_ref<Json::object_t&>()) stored_assets_.emplace(name, &asset);
      }
    }
    const auto found = stored_assets_.find(key);
    return found == stored_assets_.end() ? nullptr : found->second;
  }

  Json* stored_expiry() {
    auto* const properties = member(stored(), "properties");
    return properties == nullptr ? nullptr : member(*properties, "msft:expiry");
  }

  const Links& links_;
  std::string_view text_;
  std::string path_;  ///< of the service's links to assets of this Item
  Json stored_;
  std::unordered_map<std::string_view, Json*> stored_assets_;
  bool knows_assets_ = false;
  bool described_, undescribed_ = false, was_read_here_ = false;
  bool any_ = false, was_signed_ = false, has_new_signature_ = false;
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

bool lists(const Json& document, std::string_view extension) {
  if (!document.is_object() || !document.contains("stac_extensions")) return false;
  const auto& extensions = document.at("stac_extensions");
  return extensions.is_array() && std::ranges::find(extensions, Json(extension)) != extensions.end();
}

/// Takes an extension away of which there is no field any more, unless it is stored.
void forget_extension(Json& document, const Json& stored, std::string_view url, std::string_view prefix) {
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
  const bool described = forget_schemes(*properties, links);
  Restoration restoration(item, links, stored, described);
  for (auto& [key, asset] : assets->get_ref<Json::object_t&>()) restoration.restore(key, asset);
  restoration.restore_expiry(*properties);
  if (!restoration.any() && !described) return;
  forget_extension(item, restoration.stored(), alternate_extension, "alternate");
  forget_extension(item, restoration.stored(), storage_extension, "storage:");
  forget_extension(item, restoration.stored(), authentication_extension, "auth:");
}

void restore_collection(Json& collection, const Json& stored, const Links& links) {
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
