#include "api/signing/policy.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>

#include "api/caller.hpp"
#include "core/problem.hpp"
#include "odc/yaml.hpp"
#include "sign/s3_url.hpp"
#include "sign/sigv4.hpp"

namespace hayden::api {
namespace {

constexpr std::chrono::seconds usual_max_expiry{12 * 3'600};

/// Reads the members of one mapping; what is not asked for is a mistake.
class Section {
 public:
  Section(const Json& json, std::string where, Mistakes& mistakes)
      : json_(json), where_(std::move(where)), mistakes_(mistakes) {
    if (!json_.is_object()) mistakes_.add(where_, "must be a mapping");
  }
  ~Section() {
    if (!json_.is_object()) return;
    for (const auto& [name, value] : json_.items()) {
      if (known_.count(name) == 0) mistakes_.add(path(name), "is not known; known are " + names());
    }
  }
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

  /// Null when the member is missing or null.
  const Json* take(const std::string& name) {
    known_.insert(name);
    if (!json_.is_object()) return nullptr;
    const auto found = json_.find(name);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
  }
  std::string path(const std::string& name) const { return where_.empty() ? name : where_ + "." + name; }
  void mistake(const std::string& name, std::string_view what) { mistakes_.add(path(name), what); }

  void text(const std::string& name, std::string& value) {
    const auto* json = take(name);
    if (json == nullptr) return;
    if (!json->is_string() || json->get_ref<const std::string&>().empty()) {
      return mistake(name, "must be text that is not empty");
    }
    value = json->get<std::string>();
  }
  void flag(const std::string& name, bool& value) {
    const auto* json = take(name);
    if (json == nullptr) return;
    if (!json->is_boolean()) return mistake(name, "must be true or false");
    value = json->get<bool>();
  }
  void period(const std::string& name, std::chrono::seconds& value) {
    const auto* json = take(name);
    if (json == nullptr) return;
    const auto read = parse_period(json->is_string() ? json->get<std::string>() : dump_json(*json));
    if (!read || *read > sign::longest_lifetime) {
      return mistake(name, "must be a number of seconds or a period such as 90m, 12h or 7d, from 1 s to 7 d");
    }
    value = *read;
  }
  void count(const std::string& name, std::optional<std::int64_t>& value) {
    const auto* json = take(name);
    if (json == nullptr) return;
    if (!json->is_number_integer() || json->get<std::int64_t>() < 1) {
      return mistake(name, "must be a whole number of 1 or more");
    }
    value = json->get<std::int64_t>();
  }
  void role(const std::string& name, std::string& value) {
    text(name, value);
    if (rank_of(value) == 0) mistake(name, "must be agdc_user, agdc_ingest, agdc_manage or agdc_admin");
  }

 private:
  std::string names() const {
    std::string list;
    for (const auto& name : known_) list.append(list.empty() ? "" : ", ").append(name);
    return list;
  }

  const Json& json_;
  std::string where_;
  Mistakes& mistakes_;
  std::set<std::string> known_;
};

constexpr std::array output_names{std::pair{"original", HrefOutput::original},
                                  std::pair{"redirect", HrefOutput::redirect},
                                  std::pair{"alternate", HrefOutput::alternate}};

void read_output(const Json& json, const std::string& where, HrefOutput& output, Mistakes& mistakes) {
  const auto* const found = std::ranges::find_if(
      output_names, [&](const auto& known) { return json.is_string() && json == known.first; });
  if (found == output_names.end()) return mistakes.add(where, "must be original, redirect or alternate");
  output = found->second;
}

void read_limits(Section& parent, const std::string& name, SigningLimits& limits, Mistakes& mistakes) {
  const auto* json = parent.take(name);
  if (json == nullptr) return;
  Section section(*json, parent.path(name), mistakes);
  section.count("per_minute", limits.per_minute);
  section.count("per_day", limits.per_day);
}

void read_prefixes(Section& section, std::vector<std::string>& prefixes) {
  const auto* json = section.take("prefixes");
  if (json == nullptr) return;
  prefixes.clear();
  const bool fit = json->is_array() && !json->empty() && std::ranges::all_of(*json, [&](const Json& one) {
                     if (!one.is_string()) return false;
                     prefixes.push_back(one.get<std::string>());
                     const auto& prefix = prefixes.back();
                     return prefix.empty() || (prefix.ends_with('/') && sign::object_key(prefix, true));
                   });
  if (!fit) {
    section.mistake("prefixes",
                    "must be a list of beginnings of keys, each with / at its end: a prefix 'data' would "
                    "open 'data-private', too");
  }
}

bool is_bucket_name(std::string_view name) {
  return name.size() >= 3 && name.size() <= 63 && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
         });
}

void read_keys(Section& section, KeySource& keys) {
  section.text("profile", keys.profile);
  section.text("access_key_id_variable", keys.access_key_id_variable);
  section.text("secret_access_key_variable", keys.secret_access_key_variable);
  section.text("session_token_variable", keys.session_token_variable);
  if (keys.access_key_id_variable.empty() != keys.secret_access_key_variable.empty()) {
    section.mistake(
        keys.access_key_id_variable.empty() ? "access_key_id_variable" : "secret_access_key_variable",
        "is needed as well: an access key id and a secret access key go together");
  }
  if (!keys.profile.empty() && !keys.access_key_id_variable.empty()) {
    section.mistake("profile", "is one source of keys and access_key_id_variable another: give one of them");
  }
}

BucketPolicy read_bucket(const Json& json, const std::string& where, BucketPolicy bucket,
                         Mistakes& mistakes) {
  Section section(json, where, mistakes);
  section.text("bucket", bucket.bucket);
  if (json.is_object() && !is_bucket_name(bucket.bucket)) {
    section.mistake("bucket", "must be the name of a bucket: 3 to 63 of a-z, 0-9, -, . and _");
  }
  read_prefixes(section, bucket.prefixes);
  section.text("region", bucket.region);
  const bool region_fits = std::ranges::all_of(
      bucket.region, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  if (!region_fits) section.mistake("region", "must be the name of a region, such as us-west-2");
  section.text("endpoint", bucket.endpoint);
  if (!bucket.endpoint.empty()) {
    const auto mistake = sign::mistake_of_endpoint(bucket.endpoint);
    if (!mistake.empty()) section.mistake("endpoint", mistake);
    bucket.path_style = true;
  }
  section.flag("path_style", bucket.path_style);
  section.flag("requester_pays", bucket.requester_pays);
  read_keys(section, bucket.keys);
  section.period("max_expiry", bucket.max_expiry);
  section.role("role", bucket.role);
  section.flag("anonymous", bucket.anonymous);
  return bucket;
}

}  // namespace

std::string KeySource::name() const {
  if (!profile.empty()) return "profile " + profile;
  if (access_key_id_variable.empty()) return "the default chain";
  return "the environment variables " + access_key_id_variable + " and " + secret_access_key_variable;
}

HrefOutput SigningPolicy::output_of(const std::string& collection) const {
  const auto found = collections.find(collection);
  return found == collections.end() ? output : found->second;
}

std::optional<std::chrono::seconds> parse_period(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
  constexpr std::int64_t most = 1'000'000'000;
  if (error != std::errc{} || number < 1 || number > most) return {};
  for (const auto& [name, seconds] : {std::pair{"", 1}, std::pair{"s", 1}, std::pair{"m", 60},
                                      std::pair{"h", 3'600}, std::pair{"d", 86'400}}) {
    if (unit == name) return std::chrono::seconds{number * seconds};
  }
  return {};
}

SigningPolicy read_signing_policy(const Json& document) {
  Mistakes mistakes;
  SigningPolicy policy;
  {
    Section section(document, "", mistakes);
    BucketPolicy usual;
    usual.max_expiry = usual_max_expiry;
    usual.role = roles.front();
    section.period("expiry", policy.expiry);
    section.period("max_expiry", usual.max_expiry);
    section.period("reread", policy.reread);
    section.role("role", usual.role);
    section.flag("anonymous", usual.anonymous);
    read_limits(section, "limits", policy.limits, mistakes);
    policy.anonymous_limits = policy.limits;
    read_limits(section, "anonymous_limits", policy.anonymous_limits, mistakes);
    if (const auto* output = section.take("output")) read_output(*output, "output", policy.output, mistakes);
    const auto* collections = section.take("collections");
    if (collections != nullptr && !collections->is_object()) {
      mistakes.add("collections", "must be a mapping of collection ids to original, redirect or alternate");
    } else if (collections != nullptr) {
      for (const auto& [id, output] : collections->items()) {
        read_output(output, "collections." + id, policy.collections[id], mistakes);
      }
    }
    const auto* buckets = section.take("buckets");
    if (buckets == nullptr || !buckets->is_array() || buckets->empty()) {
      mistakes.add("buckets", "must be a list with a bucket or more");
    } else {
      for (const auto& bucket : *buckets) {
        const auto where = "buckets[" + std::to_string(policy.buckets.size()) + "]";
        policy.buckets.push_back(read_bucket(bucket, where, usual, mistakes));
      }
    }
  }
  mistakes.throw_if_any();
  return policy;
}

SigningPolicy load_signing_policy(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw std::runtime_error("the signing policy " + path + " cannot be read");
  const auto documents = odc::parse_yaml(text);
  if (documents.size() != 1) throw Problem(400, "InvalidYaml", "must hold one document");
  return read_signing_policy(documents.front());
}

}  // namespace hayden::api
