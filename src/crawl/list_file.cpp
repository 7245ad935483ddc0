#include "crawl/list_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "core/json.hpp"
#include "core/percent.hpp"
#include "crawl/mtl_filter.hpp"
#include "crawl/product_name.hpp"

namespace hayden::crawl {
namespace {

constexpr std::size_t page_size = 1000;
constexpr std::size_t largest_manifest = std::size_t{64} * 1024 * 1024;
/// So many mistaken rows at the beginning of a list mean that it is not one.
constexpr std::size_t most_mistakes_before_a_row = 100;

const std::map<std::string, ListFormat, std::less<>>& format_names() {
  static const std::map<std::string, ListFormat, std::less<>> names{
      {"list", ListFormat::automatic},
      {"keys", ListFormat::keys},
      {"inventory", ListFormat::inventory},
      {"scene-list", ListFormat::scene_list},
      {"bulk-metadata", ListFormat::bulk_metadata},
      {"gcs-index", ListFormat::gcs_index}};
  return names;
}

/// The columns of a header by name.
class Columns {
 public:
  explicit Columns(const std::vector<std::string>& names) {
    for (std::size_t i = 0; i < names.size(); ++i) places_.emplace(names[i], i);
  }
  bool has(std::string_view name) const { return places_.contains(name); }
  /// The field of that column; empty when the row is shorter.
  std::string_view of(const std::vector<std::string>& row, std::string_view name) const {
    const auto at = places_.find(name);
    return at == places_.end() || at->second >= row.size() ? std::string_view{}
                                                           : std::string_view{row[at->second]};
  }
  void require(std::initializer_list<std::string_view> names, std::string_view list) const {
    for (const auto name : names) {
      if (!has(name)) throw SourceError(std::string{list} + " has no column '" + std::string{name} + "'.");
    }
  }

 private:
  std::map<std::string, std::size_t, std::less<>> places_;
};

std::optional<double> percent(std::string_view text) {
  double value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  if (value < 0 || value > 100) return {};
  return value;
}

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

[[noreturn]] void throw_row_error(std::string_view row, const char* why) {
  throw ObjectError("The row '" + std::string{row.substr(0, 120)} + "' " + why + ".");
}

// Splits a URL of an object in S3 or Google's storage, in any of its forms. Nothing for any other text.
std::optional<ListEntry> parse_object_url(std::string_view url) {
  for (const std::string_view scheme : {"s3://", "gs://"}) {
    if (!url.starts_with(scheme)) continue;
    const auto slash = url.find('/', scheme.size());
    if (slash == std::string_view::npos || slash == scheme.size()) return {};
    return ListEntry{std::string{url.substr(0, slash)}, {std::string{url.substr(slash + 1)}, {}, 0, {}}};
  }
  if (!url.starts_with("https://") && !url.starts_with("http://")) return {};
  const auto host_at = url.find("//") + 2;
  const auto slash = url.find('/', host_at);
  if (slash == std::string_view::npos) return {};
  const auto host = url.substr(host_at, slash - host_at);
  auto key = percent_decode(url.substr(slash + 1, url.find('?') - slash - 1)).value_or("");
  const bool google = host.ends_with("storage.googleapis.com");
  const auto service = google ? host.find("storage.googleapis.com") : host.find("s3");
  if (!google && (!host.ends_with(".amazonaws.com") || service == std::string_view::npos)) return {};
  const std::string scheme = google ? "gs://" : "s3://";
  if (service > 1 && host[service - 1] == '.')
    return ListEntry{scheme + std::string{host.substr(0, service - 1)}, {std::move(key), {}, 0, {}}};
  const auto end = key.find('/');
  if (end == std::string::npos || end == 0) return {};
  return ListEntry{scheme + key.substr(0, end), {key.substr(end + 1), {}, 0, {}}};
}

std::optional<ListEntry> read_key(std::string_view line) {
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  if (line.empty() || line.front() == '#') return {};
  if (!is_utf8(line)) throw_row_error(percent_encode(line, "/"), "is not UTF-8");
  if (line.find("://") == std::string_view::npos) return ListEntry{"", {std::string{line}, {}, 0, {}}};
  auto entry = parse_object_url(line);
  if (!entry) throw_row_error(line, "is no URL of an object");
  return entry;
}

// A scene's folder and the file in it: `…/LC08_…/index.html` or `…/LC08_…`.
void add_mtl(std::string& folder, std::string_view id, std::string_view ending) {
  if (!folder.ends_with('/')) folder += '/';
  folder.append(id).append(ending);
}

RowReader scene_list_reader(const Columns& columns) {
  columns.require({"entityId", "download_url"}, "The scene list");
  return [columns](std::string_view line) -> std::optional<ListEntry> {
    if (line.empty()) return {};
    const auto row = split_csv(line);
    const auto id = columns.has("productId") ? columns.of(row, "productId") : columns.of(row, "entityId");
    auto entry = parse_object_url(columns.of(row, "download_url"));
    if (!entry || id.empty()) throw_row_error(line, "names no scene in a bucket");
    auto& key = entry->object.key;
    key.resize(key.rfind('/') + 1);
    add_mtl(key, id, "_MTL.txt");
    entry->object.cloud_cover = percent(columns.of(row, "cloudCover"));
    return entry;
  };
}

RowReader gcs_index_reader(const Columns& columns) {
  columns.require({"SCENE_ID", "BASE_URL"}, "The index");
  return [columns](std::string_view line) -> std::optional<ListEntry> {
    if (line.empty()) return {};
    const auto row = split_csv(line);
    const auto product = columns.of(row, "PRODUCT_ID");
    const auto id = product.empty() ? columns.of(row, "SCENE_ID") : product;
    auto entry = parse_object_url(columns.of(row, "BASE_URL"));
    if (!entry || id.empty()) throw_row_error(line, "names no scene in a bucket");
    add_mtl(entry->object.key, id, "_MTL.txt");
    entry->object.cloud_cover = percent(columns.of(row, "CLOUD_COVER"));
    return entry;
  };
}

std::string padded(int number) {
  auto text = std::to_string(number);
  return std::string(3 - std::min<std::size_t>(3, text.size()), '0') + text;
}

// Where USGS keeps a product of Collection 2 (docs/crawler.md).
std::optional<ListEntry> usgs_object(std::string_view id) {
  const auto name = parse_product_name(id);
  if (!name) return {};
  if (name->level.empty()) {
    if (name->spacecraft != 8) return {};
    std::string key = "L8/" + padded(name->path) + "/" + padded(name->row) + "/" + std::string{id};
    add_mtl(key, id, "_MTL.txt");
    return ListEntry{"s3://landsat-pds", {std::move(key), {}, 0, {}}};
  }
  if (name->collection != "02") return {};
  const char* sensor = "oli-tirs";
  if (name->sensor == 'E') sensor = "etm";
  if (name->sensor == 'T' && name->spacecraft < 8) sensor = "tm";
  if (name->sensor == 'M') sensor = "mss";
  std::string key = std::string{"collection02/level-"} + name->level[1] + "/standard/" + sensor + "/" +
                    std::string{id.substr(17, 4)} + "/" + padded(name->path) + "/" + padded(name->row) + "/" +
                    std::string{id};
  add_mtl(key, id, "_MTL.json");
  return ListEntry{"s3://usgs-landsat", {std::move(key), {}, 0, {}}};
}

constexpr std::array<std::string_view, 4> bulk_id_columns{
    "Landsat Product Identifier L2", "Landsat Product Identifier L1", "LANDSAT_PRODUCT_ID", "sceneID"};

RowReader bulk_metadata_reader(const Columns& columns) {
  const auto* id_column = std::find_if(bulk_id_columns.begin(), bulk_id_columns.end(),
                                       [&](std::string_view name) { return columns.has(name); });
  if (id_column == bulk_id_columns.end())
    throw SourceError("The bulk metadata have no column with a product's or scene's id.");
  return [columns, id = *id_column](std::string_view line) -> std::optional<ListEntry> {
    if (line.empty()) return {};
    const auto row = split_csv(line);
    auto entry = usgs_object(columns.of(row, id));
    if (!entry) throw_row_error(line, "names no product whose place is known");
    for (const auto* column : {"Scene Cloud Cover L1", "cloudCoverFull"}) {
      if (columns.has(column)) entry->object.cloud_cover = percent(columns.of(row, column));
    }
    return entry;
  };
}

bool has_name_of_a_list(std::string_view name) {
  for (const std::string_view ending : {".csv", ".csv.gz", "scene_list.gz", ".keys", ".keys.gz"}) {
    if (name.ends_with(ending)) return true;
  }
  return name.substr(name.rfind('/') + 1) == "manifest.json";
}

}  // namespace

std::optional<ListAddress> parse_list_address(const std::string& source) {
  if (source == "-") return ListAddress{ListFormat::automatic, "-"};
  const auto colon = source.find(':');
  if (colon != std::string::npos && source.compare(colon, 3, "://") != 0) {
    const auto format = format_names().find(source.substr(0, colon));
    if (format != format_names().end()) return ListAddress{format->second, source.substr(colon + 1)};
  }
  if (has_name_of_a_list(source)) return ListAddress{ListFormat::automatic, source};
  return {};
}

std::vector<std::string> split_csv(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += '"';
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

ListFormat recognise_list(std::string_view first_line, const std::string& name) {
  if (first_line.starts_with('{')) return ListFormat::inventory;
  const Columns columns(split_csv(first_line));
  if (columns.has("entityId") && columns.has("download_url")) return ListFormat::scene_list;
  if (columns.has("SCENE_ID") && columns.has("BASE_URL")) return ListFormat::gcs_index;
  if (std::any_of(bulk_id_columns.begin(), bulk_id_columns.end(),
                  [&](std::string_view column) { return columns.has(column); }))
    return ListFormat::bulk_metadata;
  if (first_line.find(',') == std::string_view::npos && first_line.find('/') != std::string_view::npos)
    return ListFormat::keys;
  if (mtl_stem(first_line)) return ListFormat::keys;
  throw SourceError(name +
                    " is no list that can be recognised: say which with keys:, inventory:, scene-list:, "
                    "bulk-metadata: or gcs-index: before its name.");
}

RowReader make_row_reader(ListFormat format, std::string_view header) {
  const Columns columns(split_csv(header));
  if (format == ListFormat::scene_list) return scene_list_reader(columns);
  if (format == ListFormat::gcs_index) return gcs_index_reader(columns);
  if (format == ListFormat::bulk_metadata) return bulk_metadata_reader(columns);
  return read_key;
}

InventoryManifest parse_manifest(const std::string& text, const std::string& name) {
  const auto wrong = name + " is no manifest of an S3 Inventory.";
  try {
    const auto json = parse_json(text);
    InventoryManifest manifest;
    if (json.at("fileFormat").get<std::string>() != "CSV") {
      throw SourceError(name + " lists files in " + json.at("fileFormat").get<std::string>() +
                        "; only inventories in CSV are read.");
    }
    manifest.source_bucket = json.value("sourceBucket", "");
    const auto arn = json.at("destinationBucket").get<std::string>();
    manifest.destination_bucket = arn.substr(arn.rfind(':') + 1);
    for (auto& column : split_csv(json.at("fileSchema").get<std::string>()))
      manifest.columns.push_back(column.substr(std::min(column.size(), column.find_first_not_of(' '))));
    for (const auto& file : json.at("files")) manifest.files.push_back(file.at("key").get<std::string>());
    return manifest;
  } catch (const Problem&) {
    throw SourceError(wrong);
  } catch (const Json::exception&) {
    throw SourceError(wrong);
  }
}

RowReader make_inventory_reader(const InventoryManifest& manifest) {
  const Columns columns(manifest.columns);
  columns.require({"Bucket", "Key"}, "The inventory");
  return [columns](std::string_view line) -> std::optional<ListEntry> {
    if (line.empty()) return {};
    const auto row = split_csv(line);
    if (columns.of(row, "IsDeleteMarker") == "true" || columns.of(row, "IsLatest") == "false") return {};
    auto key = percent_decode(columns.of(row, "Key"), true);
    if (!key || key->empty()) throw_row_error(line, "has no key that is UTF-8");
    return ListEntry{
        "s3://" + std::string{columns.of(row, "Bucket")},
        {std::move(*key), std::string{columns.of(row, "ETag")}, number(columns.of(row, "Size")), {}}};
  };
}

ListFile::ListFile(const ListAddress& address, ListOpener opener)
    : name_(address.location == "-" ? "standard input" : address.location), opener_(std::move(opener)) {
  lines_ = std::make_unique<LineReader>(opener_.list(), name_);
  auto format = address.format;
  const auto start = lines_->peek(4096);
  if (format == ListFormat::automatic && !start.empty()) {
    const auto first = start.substr(0, start.find('\n'));
    format = recognise_list(first.substr(0, first.find('\r')), name_);
  }
  if (format == ListFormat::inventory) {
    const auto manifest = parse_manifest(lines_->rest(largest_manifest), name_);
    read_row_ = make_inventory_reader(manifest);
    parts_.assign(manifest.files.rbegin(), manifest.files.rend());
    open_next_part();
  } else {
    const bool has_header = format != ListFormat::keys && format != ListFormat::automatic;
    read_row_ = make_row_reader(format, has_header ? lines_->next().value_or("") : "");
  }
  first_ = next(mistakes_);
  if (first_) store_ = first_->store;
}

bool ListFile::open_next_part() {
  if (parts_.empty()) return false;
  lines_ = std::make_unique<LineReader>(opener_.part(parts_.back()), parts_.back());
  parts_.pop_back();
  return true;
}

std::optional<ListEntry> ListFile::next(std::vector<std::string>& mistakes) {
  for (;;) {
    const auto line = lines_->next();
    if (!line) {
      if (!open_next_part()) return {};
      continue;
    }
    try {
      auto entry = read_row_(*line);
      if (!entry) continue;
      if (!is_utf8(entry->object.key) || !is_utf8(entry->store) || !is_utf8(entry->object.mark))
        throw ObjectError("it is not UTF-8.");
      if (!first_ || entry->store == store_) return entry;
      throw ObjectError("it is in " + entry->store + ", not in " + store_ + " as the others are.");
    } catch (const ObjectError& error) {
      mistakes.push_back(name_ + " line " + std::to_string(lines_->number()) + ": " + error.what());
    }
    if (!first_ && mistakes.size() >= most_mistakes_before_a_row) throw SourceError(mistakes.front());
    if (mistakes.size() >= page_size) return {};
  }
}

void ListFile::list(const Take& take, const std::stop_token& stop) {
  MtlFilter filter;
  Page page;
  page.unreadable = std::exchange(mistakes_, {});
  if (!first_) {
    take(std::move(page), filter);
    return;
  }
  page.objects.push_back(first_->object);
  for (bool more = true; more && !stop.stop_requested();) {
    auto entry = next(page.unreadable);
    const bool full = page.objects.size() >= page_size || page.unreadable.size() >= page_size;
    if (entry) page.objects.push_back(std::move(entry->object));
    const bool at_end = !entry && page.unreadable.size() < page_size;
    page.last = at_end;
    if (full || at_end) more = take(std::exchange(page, {}), filter) && !at_end;
  }
}

}  // namespace hayden::crawl
