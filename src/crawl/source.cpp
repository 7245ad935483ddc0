#include "crawl/source.hpp"

#include <algorithm>

#include "crawl/bucket_listing.hpp"
#include "crawl/directory_store.hpp"
#include "crawl/event_queue.hpp"
#include "crawl/list_file.hpp"
#include "sign/credentials.hpp"

namespace hayden::crawl {
namespace {

constexpr std::uint64_t part_of_list = std::uint64_t{8} * 1024 * 1024;
constexpr auto google_endpoint = "https://storage.googleapis.com";

std::optional<sign::ServiceReply> ask_service(const std::string& method, const std::string& url,
                                              const Pairs& headers, std::chrono::milliseconds patience) {
  static HttpClient client;
  auto answer = client.ask(method, url, headers, patience);
  if (answer.status == 0) return {};
  return sign::ServiceReply{answer.status, std::move(answer.body)};
}

// An object of any size, piece by piece.
ByteStream object_bytes(std::shared_ptr<S3Store> store, std::string key) {
  return
      [store = std::move(store), key = std::move(key), offset = std::uint64_t{0}, ended = false]() mutable {
        if (ended) return std::string{};
        try {
          auto bytes = store->get_part(key, offset, part_of_list, {});
          offset += bytes.size();
          ended = bytes.size() < part_of_list;
          return bytes;
        } catch (const ObjectError& error) {
          throw SourceError(error.what());
        }
      };
}

/// The objects of a list that are elsewhere, below a prefix.
class MovedList final : public Listing {
 public:
  MovedList(std::shared_ptr<Listing> list, std::string prefix)
      : list_(std::move(list)), prefix_(std::move(prefix)) {}
  void list(const Take& take, const std::stop_token& stop) override {
    list_->list(
        [&](Page page, MtlFilter& filter) {
          for (auto& object : page.objects) object.key.insert(0, prefix_);
          return take(std::move(page), filter);
        },
        stop);
  }

 private:
  std::shared_ptr<Listing> list_;
  std::string prefix_;
};

// A manifest names its files by their keys; a copy of an inventory has them beside it or in `data`.
std::string file_of_part(const std::filesystem::path& manifest, const std::string& key) {
  const auto name = std::filesystem::path(key).filename();
  const auto folder = manifest.parent_path();
  for (const auto& path :
       {folder / key, folder / name, folder / "data" / name, folder.parent_path() / "data" / name}) {
    if (std::filesystem::is_regular_file(path)) return path.string();
  }
  throw SourceError("The file " + key + " of the inventory is not beside " + manifest.string() + ".");
}

}  // namespace

SourceAddress parse_source(const std::string& source) {
  SourceAddress address;
  if (source.starts_with("s3://") || source.starts_with("gs://")) {
    address.scheme = source.substr(0, 2);
    const auto slash = source.find('/', 5);
    address.bucket = source.substr(5, slash == std::string::npos ? slash : slash - 5);
    if (slash != std::string::npos) address.prefix = source.substr(slash + 1);
    if (address.bucket.empty() || address.bucket.find_first_of("?#@ ") != std::string::npos) {
      throw SourceError("'" + source + "' is not of the form " + address.scheme + "://bucket/prefix.");
    }
    return address;
  }
  if (source.starts_with("file://")) {
    const auto path = percent_decode(source.substr(source.starts_with("file://localhost/") ? 16 : 7));
    if (!path || !path->starts_with('/'))
      throw SourceError("'" + source + "' is not of the form file:///folder.");
    address.folder = *path;
    return address;
  }
  if (source.find("://") != std::string::npos) {
    throw SourceError("'" + source +
                      "' cannot be crawled: give s3://bucket/prefix, a folder or a file:// URL.");
  }
  address.folder = source;
  return address;
}

// With the region that goes with them, unless there is one already.
std::shared_ptr<sign::CredentialsProvider> SourceOpener::credentials(std::string& region) const {
  if (options_.no_sign_request) return nullptr;
  const auto profile = options_.profile.empty() ? std::optional<std::string>{} : options_.profile;
  auto settings = sign::load_aws_settings(sign::process_environment, profile, ask_service);
  if (region.empty()) region = settings.region.value_or("");
  if (!settings.credentials) return nullptr;
  return std::make_shared<sign::CredentialsProvider>(*settings.credentials, std::move(settings.renew));
}

std::shared_ptr<S3Store> SourceOpener::open_bucket(const SourceAddress& address) {
  S3Options s3;
  s3.region = options_.region;
  const bool google = address.scheme == "gs";
  if (!google) s3.credentials = credentials(s3.region);
  s3.scheme = address.scheme;
  s3.bucket = address.bucket;
  s3.prefix = address.prefix;
  s3.endpoint_url = options_.endpoint_url.empty() && google ? google_endpoint : options_.endpoint_url;
  s3.request_payer = options_.request_payer;
  s3.addressing = options_.addressing;
  s3.concurrency = options_.harvest.concurrency + options_.list_threads;
  s3.counters = requests_;
  return std::make_shared<S3Store>(std::move(s3));
}

Source SourceOpener::open_bucket_source(const SourceAddress& address) {
  auto store = open_bucket(address);
  std::unique_ptr<RangePool> ranges;
  if (options_.harvest.dry_run) {
    ranges = std::make_unique<PrivateRanges>(address.prefix);
  } else {
    const Json scope{{"filter", options_.harvest.filter.text()},
                     {"force", options_.harvest.force},
                     {"footprints", options_.harvest.footprints},
                     {"href_base", options_.harvest.href_base}};
    ranges = std::make_unique<SharedRanges>(pool_, store->name(), address.prefix, dump_json(scope));
  }
  const auto ruled_out = [&filter = options_.harvest.filter](std::string_view key) {
    return filter.ruled_out_folder(key);
  };
  return {store, std::make_shared<BucketListing>(store, std::move(ranges), options_.list_threads, ruled_out)};
}

Source SourceOpener::open_list(const std::string& source) {
  const auto address = *parse_list_address(source);
  ListOpener opener;
  if (address.location.starts_with("s3://") || address.location.starts_with("gs://")) {
    const auto place = parse_source(address.location);
    const auto store = open_bucket(place);
    opener.list = [store, key = place.prefix] { return object_bytes(store, key); };
    opener.part = [store](const std::string& key) { return object_bytes(store, key); };
  } else {
    const auto path =
        address.location == "-" ? address.location : parse_source(address.location).folder.string();
    opener.list = [path] { return file_bytes(path); };
    opener.part = [path](const std::string& key) { return file_bytes(file_of_part(path, key)); };
  }
  auto list = std::make_shared<ListFile>(address, std::move(opener));
  if (list->is_empty()) throw SourceError(source + " names no object.");
  if (!options_.objects_at.empty()) {
    const auto place = parse_source(options_.objects_at);
    if (place.bucket.empty()) return {std::make_shared<DirectoryStore>(place.folder), list};
    auto prefix = place.prefix;
    if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
    return {open_bucket(place), std::make_shared<MovedList>(list, prefix)};
  }
  if (list->store().empty())
    throw SourceError(source +
                      " holds keys, but not of which bucket or folder: say --objects-at s3://bucket.");
  return {open_bucket(parse_source(list->store())), list};
}

Source SourceOpener::open_queue(const std::string& url) {
  const auto place = parse_source(options_.objects_at);
  if (place.bucket.empty())
    throw SourceError("A queue wants --objects-at s3://bucket: the bucket that it tells of.");
  EventQueueOptions queue;
  queue.url = url;
  queue.bucket = place.bucket;
  std::string ignored;
  queue.region = options_.region;
  queue.credentials = credentials(ignored);
  return {open_bucket(place), std::make_shared<EventQueue>(std::move(queue))};
}

Source SourceOpener::open(const std::string& source) {
  if (source.starts_with("sqs:")) return open_queue(source.substr(4));
  if (parse_list_address(source)) return open_list(source);
  const auto address = parse_source(source);
  if (!address.bucket.empty()) return open_bucket_source(address);
  auto store = std::make_shared<DirectoryStore>(address.folder);
  return {store, store};
}

std::shared_ptr<ObjectStore> SourceOpener::open_store(const std::string& name) {
  const auto address = parse_source(name);
  if (!address.bucket.empty()) return open_bucket(address);
  return std::make_shared<DirectoryStore>(address.folder);
}

}  // namespace hayden::crawl
