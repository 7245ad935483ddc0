#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crawl/listing.hpp"
#include "crawl/text_stream.hpp"

namespace hayden::crawl {

/// Files that say what a bucket holds. Their columns: docs/crawler.md.
enum class ListFormat { automatic, keys, inventory, scene_list, bulk_metadata, gcs_index };

/// A source that is a list.
struct ListAddress {
  ListFormat format = ListFormat::automatic;
  std::string location;  ///< `s3://bucket/key`, a path, or `-` for standard input
};
/// Understands `-` and `<format>:<location>`, and places whose name is a list's: `…/manifest.json`, `*.csv`,
/// `*.csv.gz`, `*scene_list.gz`, `*.keys`. Nothing for any other source.
std::optional<ListAddress> parse_list_address(const std::string& source);

/// One row: an object and the place that it is in.
struct ListEntry {
  std::string store;  ///< `s3://bucket`, `gs://bucket`; empty when the row has a key only
  Object object;
};

/// Reads the rows of one format. Nothing for a row that is passed over (an empty line, a deleted version).
/// Throws ObjectError for a row that cannot be understood.
using RowReader = std::function<std::optional<ListEntry>(std::string_view line)>;
/// `header` is the first line, for the formats that have one. Throws SourceError when it lacks a column.
RowReader make_row_reader(ListFormat format, std::string_view header);
/// The format that a first line is of. Throws SourceError when it is none.
ListFormat recognise_list(std::string_view first_line, const std::string& name);

/// The fields of a line of CSV (RFC 4180, without line breaks in fields).
std::vector<std::string> split_csv(std::string_view line);

/// What an S3 Inventory manifest.json says. Throws SourceError when it is none, or of Parquet or ORC files.
struct InventoryManifest {
  std::string source_bucket, destination_bucket;
  std::vector<std::string> columns, files;  ///< keys in the destination bucket
};
InventoryManifest parse_manifest(const std::string& json, const std::string& name);
RowReader make_inventory_reader(const InventoryManifest& manifest);

/// Gives the bytes of the list itself and of the files that a manifest names (by key).
struct ListOpener {
  std::function<ByteStream()> list;
  std::function<ByteStream(const std::string& key)> part;
};

/// The objects that a list names, in its order. All must be in one place.
class ListFile final : public Listing {
 public:
  /// Reads up to the first row. Throws SourceError.
  ListFile(const ListAddress& address, ListOpener opener);

  /// The place that the objects are in; empty when the rows have keys only.
  const std::string& store() const { return store_; }

  bool is_empty() const { return !first_; }

  void list(const Take& take, const std::stop_token& stop) override;

 private:
  std::optional<ListEntry> next(std::vector<std::string>& mistakes);
  bool open_next_part();

  std::string name_;
  ListOpener opener_;
  std::vector<std::string> parts_;  // of an inventory, last first
  std::unique_ptr<LineReader> lines_;
  RowReader read_row_;
  std::optional<ListEntry> first_;
  std::string store_;
  std::vector<std::string> mistakes_;
};

}  // namespace hayden::crawl
