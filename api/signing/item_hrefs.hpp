#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.hpp"
#include "api/signing/signing.hpp"
#include "stac/item_places.hpp"

namespace hayden::api {

/// The parameters of a request that ask for signed URLs.
struct SignRequest {
  bool sign = false;                           ///< `sign=true`
  std::optional<std::chrono::seconds> expiry;  ///< `expires_in`
};
/// Throws Problem(400) naming each mistake; also when there is nothing to sign with.
SignRequest read_sign_request(const Call& call, const Services& services);

/// Puts other hrefs into Items on their way out: signed ones, or links of this service
/// (SigningPolicy::output). Everything else stays byte for byte as it is stored.
class ItemHrefs {
 public:
  /// Null when Items go out as they are stored. Throws what SigningSession does.
  static std::shared_ptr<ItemHrefs> of(const Call& call, const Services& services);
  ItemHrefs(Signing& signing, Links links, std::unique_ptr<SigningSession> session);

  bool signs() const { return session_ != nullptr; }
  /// For the entity tags of what is not signed.
  const std::string& fingerprint() const { return signing_.fingerprint(); }

  /// As append_item() does.
  void append(std::string& out, std::string_view text, int links_at, std::string_view server_links,
              const std::string& collection, const std::string& id);

 private:
  struct Edit {
    std::size_t begin, end;    ///< of the text
    std::size_t from, length;  ///< of `scratch_`, which takes its place
  };
  void edit(std::size_t begin, std::size_t end, std::size_t from);
  std::optional<Signable> find(std::string_view written);
  void sign_assets(std::string_view text);
  void link_assets(std::string_view text, HrefOutput output, const std::string& item_url);
  void keep_original(std::string_view text, const stac::AssetPlaces& asset, const Signable& href);
  void add_extensions(std::string_view text);
  void add_property();
  std::string s3_alternate(std::string_view text, const stac::AssetPlaces& asset, const Signable& href) const;

  Signing& signing_;
  Links links_;
  std::unique_ptr<SigningSession> session_;
  std::string auth_schemes_;  ///< of Items with links of ours
  stac::ItemPlaces places_;   // what follows is reused for every Item
  std::vector<Edit> edits_;
  std::string scratch_, unescaped_, audited_;
  bool kept_original_ = false;
  bool describes_ = false;  ///< gets fields of the authentication extension
};

/// `auth:schemes` of Items and Collections (authentication extension 1.1.0): how the hrefs in them may be
/// used.
std::string auth_schemes(const Links& links);
inline constexpr std::string_view alternate_extension =
    "https://stac-extensions.github.io/alternate-assets/v1.2.0/schema.json";
inline constexpr std::string_view storage_extension =
    "https://stac-extensions.github.io/storage/v1.0.0/schema.json";
inline constexpr std::string_view authentication_extension =
    "https://stac-extensions.github.io/authentication/v1.1.0/schema.json";

/// The link of this service that leads to an asset.
std::string asset_link(std::string_view item_url, std::string_view key, std::string_view object_key);
/// What follows the last slash.
std::string_view file_name(std::string_view object_key);

}  // namespace hayden::api
