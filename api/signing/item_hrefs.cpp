#include "api/signing/item_hrefs.hpp"

#include <algorithm>

#include "api/item_page.hpp"
#include "core/json.hpp"
#include "core/problem.hpp"

namespace hayden::api {
namespace {

constexpr std::string_view signed_refs = R"("auth:refs":["signed_url"])";
constexpr std::string_view token_refs = R"("auth:refs":["token"])";

}  // namespace

SignRequest read_sign_request(const Call& call, const Services& services) {
  SignRequest request;
  Mistakes mistakes;
  if (const auto sign = call.parameter("sign")) {
    if (*sign != "true" && *sign != "false") mistakes.add("sign", "must be true or false");
    request.sign = *sign == "true";
    if (request.sign && services.signing == nullptr) {
      mistakes.add("sign", "this service signs no URLs: it was started without --signing");
    }
  }
  if (const auto expiry = call.parameter("expires_in")) {
    request.expiry = parse_period(*expiry);
    if (!request.expiry || *request.expiry > sign::longest_lifetime) {
      mistakes.add("expires_in",
                   "must be a number of seconds from 1 to 604800, or a period such as 90m or 12h");
    }
  }
  mistakes.throw_if_any();
  return request;
}

std::string auth_schemes(const Links& links) {
  return R"("auth:schemes":{"signed_url":{"type":"signedUrl","flows":{"authorizationCode":{"method":"GET",)"
         R"("authorizationApi":")" +
         links.to("/sas/v1/sign") +
         R"(","parameters":{"href":{"in":"query","required":true}},"responseField":"href"}}},)"
         R"("token":{"type":"http","scheme":"bearer"}})";
}

std::string_view file_name(std::string_view object_key) {
  return object_key.substr(object_key.rfind('/') + 1);
}

std::string asset_link(std::string_view item_url, std::string_view key, std::string_view object_key) {
  return std::string{item_url} + "/assets/" + percent_encode(key) + "/" +
         percent_encode(file_name(object_key));
}

std::shared_ptr<ItemHrefs> ItemHrefs::of(const Call& call, const Services& services) {
  const auto asked = read_sign_request(call, services);
  auto* const signing = services.signing;
  if (signing == nullptr) return nullptr;
  if (asked.sign) {
    auto session = std::make_unique<SigningSession>(
        *signing, call.caller, call.remote, call.request_id,
        SigningSession::Terms{.door = Door::in_place, .method = "GET", .expiry = asked.expiry});
    return std::make_shared<ItemHrefs>(*signing, call.links, std::move(session));
  }
  const auto& policy = signing->policy();
  const auto is_original = [](const auto& one) { return one.second == HrefOutput::original; };
  if (policy.output == HrefOutput::original && std::ranges::all_of(policy.collections, is_original))
    return nullptr;
  return std::make_shared<ItemHrefs>(*signing, call.links, nullptr);
}

ItemHrefs::ItemHrefs(Signing& signing, Links links, std::unique_ptr<SigningSession> session)
    : signing_(signing),
      links_(std::move(links)),
      session_(std::move(session)),
      auth_schemes_(auth_schemes(links_)) {}

void ItemHrefs::edit(std::size_t begin, std::size_t end, std::size_t from) {
  edits_.push_back({begin, end, from, scratch_.size() - from});
}

/// What is found lives as long as the text, or until the next call.
std::optional<Signable> ItemHrefs::find(std::string_view written) {
  // A backslash is never signed for, so that hrefs without escapes are told at the first look.
  if (auto found = signing_.find(written)) return found;
  if (written.find('\\') == std::string_view::npos) return {};
  auto text = stac::unescaped(written);
  if (!text) return {};
  unescaped_ = *std::move(text);
  return signing_.find(unescaped_);
}

std::string ItemHrefs::s3_alternate(std::string_view text, const stac::AssetPlaces& asset,
                                    const Signable& href) const {
  const auto& bucket = signing_.policy().buckets[href.bucket];
  std::string out = R"("s3":{"href":)";
  if (href.is_uri) {
    out.append("\"").append(asset.href.in(text)).append("\"");
  } else {
    append_json_string(out, signing_.uri_of(href));
  }
  out.append(R"(,"storage:platform":")").append(bucket.endpoint.empty() ? "AWS\"" : "OTHER\"");
  if (!bucket.region.empty()) out.append(R"(,"storage:region":")").append(bucket.region).append("\"");
  out.append(R"(,"storage:requester_pays":)").append(bucket.requester_pays ? "true" : "false");
  return out;
}

/// The stored href becomes an alternate unless it is one already.
void ItemHrefs::keep_original(std::string_view text, const stac::AssetPlaces& asset, const Signable& href) {
  const auto from = scratch_.size();
  if (asset.s3) {
    if (!describes_) return;
    scratch_.append(signed_refs).append(asset.s3->empty() ? "" : ",");
    return edit(asset.s3->begin, asset.s3->begin, from);
  }
  kept_original_ = true;
  auto alternate = s3_alternate(text, asset, href);
  if (describes_) alternate.append(",").append(signed_refs);
  alternate += '}';
  if (asset.alternates) {
    scratch_.append(alternate).append(asset.alternates->empty() ? "" : ",");
    return edit(asset.alternates->begin, asset.alternates->begin, from);
  }
  scratch_.append(R"(,"alternate":{)").append(alternate).append("}");
  edit(asset.href.end + 1, asset.href.end + 1, from);
}

void ItemHrefs::sign_assets(std::string_view text) {
  std::int64_t signatures = 0;
  audited_.append(R"("assets":[)");
  for (const auto& asset : places_.assets) {
    if (asset.href.begin == 0) continue;
    const auto written = asset.href.in(text);
    const auto href = find(written);
    if (!href || !session_->may(*href)) continue;
    const auto from = scratch_.size();
    session_->append(scratch_, *href, written);
    edit(asset.href.begin, asset.href.end, from);
    keep_original(text, asset, *href);
    audited_.append(signatures++ > 0 ? ",\"" : "\"").append(asset.key.in(text)).append("\"");
  }
  audited_.append("],");
  if (signatures == 0) return;
  session_->audit(audited_, signatures);
  session_->settle();  // now, so that pages side by side do not pass the limits
}

void ItemHrefs::link_assets(std::string_view text, HrefOutput output, const std::string& item_url) {
  for (const auto& asset : places_.assets) {
    if (asset.href.begin == 0) continue;
    const auto href = find(asset.href.in(text));
    const auto key = stac::unescaped(asset.key.in(text));
    if (!href || !key || file_name(href->key_text()).empty()) continue;
    const bool token = !signing_.policy().buckets[href->bucket].anonymous;
    const auto link = asset_link(item_url, *key, href->key_text());
    auto from = scratch_.size();
    if (output == HrefOutput::redirect) {
      scratch_.append(link).append("\"");
      if (token && describes_) scratch_.append(",").append(token_refs);
      edit(asset.href.begin, asset.href.end + 1, from);
      keep_original(text, asset, *href);
      continue;
    }
    if (describes_) scratch_.append(",").append(signed_refs);
    std::string alternate = R"("https":{"href":")" + link + "\"";
    if (token && describes_) alternate.append(",").append(token_refs);
    alternate += '}';
    kept_original_ = true;
    if (!asset.alternates) {
      scratch_.append(R"(,"alternate":{)").append(alternate).append("}");
    }
    edit(asset.href.end + 1, asset.href.end + 1, from);
    if (asset.alternates && !asset.has_https) {
      from = scratch_.size();
      scratch_.append(alternate).append(asset.alternates->empty() ? "" : ",");
      edit(asset.alternates->begin, asset.alternates->begin, from);
    }
  }
}

void ItemHrefs::add_extensions(std::string_view text) {
  if (!places_.extensions) return;
  const auto known = places_.extensions->in(text);
  const auto from = scratch_.size();
  const auto add = [&](std::string_view url) {
    if (known.find(url) == std::string_view::npos) scratch_.append("\"").append(url).append("\",");
  };
  if (kept_original_) {
    add(alternate_extension);
    add(storage_extension);
  }
  if (describes_) add(authentication_extension);
  if (scratch_.size() == from) return;
  if (known.empty()) scratch_.pop_back();
  edit(places_.extensions->begin, places_.extensions->begin, from);
}

/// At the end, where it wins over a stored one of its name.
void ItemHrefs::add_property() {
  if (!places_.properties) return;
  const auto from = scratch_.size();
  scratch_.append(places_.properties->empty() ? "" : ",");
  if (session_) {
    scratch_.append(R"("msft:expiry":")").append(format_rfc3339(*session_->first_to_end())).append("\"");
  } else {
    scratch_.append(auth_schemes_);
  }
  edit(places_.properties->end, places_.properties->end, from);
}

void ItemHrefs::append(std::string& out, std::string_view text, int links_at, std::string_view server_links,
                       const std::string& collection, const std::string& id) {
  const auto output = signing_.policy().output_of(collection);
  if ((!session_ && output == HrefOutput::original) || !stac::find_item_places(text, places_)) {
    return append_item(out, text, links_at, server_links);
  }
  edits_.clear();
  scratch_.clear();
  kept_original_ = false;
  // Items that say themselves how they are to be read keep their word.
  describes_ = !session_ && places_.properties &&
               places_.properties->in(text).find("\"auth:schemes\"") == std::string_view::npos;
  if (session_) {
    audited_ = R"("collection":)";
    append_json_string(audited_, collection);
    append_json_string(audited_.append(R"(,"item":)"), id);
    audited_ += ',';
    sign_assets(text);
  } else {
    link_assets(text, output, links_.item(collection, id));
  }
  if (!edits_.empty()) {
    add_extensions(text);
    if (session_ || describes_) add_property();
  }
  if (links_at >= 0) {
    const auto from = scratch_.size();
    const auto at = static_cast<std::size_t>(links_at);
    scratch_.append(server_links);
    if (at < text.size() && text[at] != ']') scratch_ += ',';
    edit(at, at, from);
  }

  std::ranges::stable_sort(edits_, {}, &Edit::begin);
  out.reserve(out.size() + text.size() + scratch_.size());
  std::size_t done = 0;
  for (const auto& edit : edits_) {
    out.append(text, done, edit.begin - done).append(scratch_, edit.from, edit.length);
    done = edit.end;
  }
  out.append(text, done);
}

}  // namespace hayden::api
