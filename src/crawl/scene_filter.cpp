#include "crawl/scene_filter.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <numbers>

namespace hayden::crawl {
namespace {

constexpr double degree = std::numbers::pi / 180;
// A scene reaches 1.3° of latitude from its centre; scenes taken off nadir lie up to 1.5° aside.
constexpr double reach = 3;

[[noreturn]] void refuse(const std::string& option, const std::string& text, const std::string& form) {
  throw Problem(400, "InvalidParameterValue", option + ": '" + text + "' is not of the form " + form);
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

std::vector<std::string_view> split(std::string_view text, const char* separators) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find_first_of(separators);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string changed(std::string text, int (*change)(int)) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [change](unsigned char c) { return static_cast<char>(change(c)); });
  return text;
}

double wrapped(double lon) { return lon - 360 * std::floor((lon + 180) / 360); }

bool overlap_in_longitude(double west, double east, double other_west, double other_east) {
  if (west > east)
    return overlap_in_longitude(west, 180, other_west, other_east) ||
           overlap_in_longitude(-180, east, other_west, other_east);
  if (other_west > other_east) return overlap_in_longitude(other_west, other_east, west, east);
  return west <= other_east && other_west <= east;
}

bool overlap(const Bbox& a, const Bbox& b) {
  return a.south <= b.north && b.south <= a.north && overlap_in_longitude(a.west, a.east, b.west, b.east);
}

// Around the centre of a WRS-2 place; the whole world where a place says little: near the poles.
Bbox around(int path, int row) {
  const auto [lon, lat] = wrs2_centre(path, row);
  const double south = std::max(-90.0, lat - reach);
  const double north = std::min(90.0, lat + reach);
  const double wide = reach / std::cos(std::min(89.0, std::abs(lat) + reach) * degree);
  if (std::abs(lat) > 75 || wide >= 180) return {-180, south, 180, north};
  return {wrapped(lon - wide), south, wrapped(lon + wide), north};
}

std::vector<std::string> instruments_of(const ProductName& name) {
  switch (name.sensor) {
    case 'C':
      return {"oli", "tirs"};
    case 'O':
      return {"oli"};
    case 'E':
      return {"etm"};
    case 'M':
      return {"mss"};
    default:
      return {name.spacecraft >= 8 ? "tirs" : "tm"};
  }
}

std::string code_of(const ProductName& name) {
  return std::string{"L"} + name.sensor + "0" + std::to_string(name.spacecraft);
}

// Members of an Item's properties; nothing when they are missing or of another type.
const Json* member(const Json& properties, const char* name) {
  const auto at = properties.find(name);
  return at == properties.end() || at->is_null() ? nullptr : &*at;
}
std::string text_of(const Json& properties, const char* name) {
  const auto* found = member(properties, name);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string{};
}
int integer_of(const Json& properties, const char* name) {
  const auto* found = member(properties, name);
  if (found == nullptr) return 0;
  if (found->is_number()) return found->get<int>();
  return found->is_string() ? static_cast<int>(number(found->get<std::string>()).value_or(0)) : 0;
}

bool is_sensor_folder(std::string_view name) {
  return name == "oli-tirs" || name == "etm" || name == "tm" || name == "mss";
}

bool is_year(std::string_view name) {
  return name.size() == 4 && (name.starts_with("19") || name.starts_with("20")) && number(name) &&
         name.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<Bbox> bbox_of(const Json& item) {
  const auto at = item.find("bbox");
  if (at == item.end() || !at->is_array() || at->size() < 4) return {};
  const auto half = at->size() / 2;
  return Bbox{(*at)[0].get<double>(), (*at)[1].get<double>(), (*at)[half].get<double>(),
              (*at)[half + 1].get<double>()};
}

}  // namespace

// The orbit of WRS-2: 233 paths, 248 rows, row 60 at the descending node, an inclination of 98.2°.
std::pair<double, double> wrs2_centre(int path, int row) {
  constexpr double inclination = 98.2 * degree;
  constexpr double squared_eccentricity = 0.00669438;
  const double along = (row - 60) * 360.0 / 248 * degree;
  const double geocentric = std::asin(-std::sin(along) * std::sin(inclination));
  const double lat = std::atan(std::tan(geocentric) / (1 - squared_eccentricity)) / degree;
  const double lon = -64.6 - (path - 1) * 360.0 / 233 +
                     std::atan2(std::cos(inclination) * std::sin(along), std::cos(along)) / degree -
                     (row - 60) / 248.0 * 16 * 360.0 / 233;
  return {wrapped(lon), lat};
}

void SceneFilter::set_since(const std::string& text) {
  since_ = parse_rfc3339(text.size() == 10 ? text + "T00:00:00Z" : text);
  if (!since_) refuse("--since", text, "2020-01-31 or 2020-01-31T12:00:00Z");
}

void SceneFilter::set_bbox(const std::string& text) {
  std::vector<double> numbers;
  for (const auto part : split(text, ",")) {
    const auto value = number(part);
    if (!value) refuse("--bbox", text, "west,south,east,north");
    numbers.push_back(*value);
  }
  Mistakes mistakes;
  bbox_ = bbox_from_numbers(numbers, mistakes);
  mistakes.throw_if_any();
}

void SceneFilter::add_path_row(const std::string& text) {
  const auto parts = split(text, "/,");
  const auto path = number(parts.front());
  const auto row = parts.size() == 2 ? number(parts.back()) : std::optional<double>{0};
  const auto whole = [](const std::optional<double>& value, double least, double most) {
    return value && *value >= least && *value <= most && std::floor(*value) == *value;
  };
  if (parts.size() > 2 || !whole(path, 1, 251) || !whole(row, parts.size() == 2 ? 1 : 0, 248))
    refuse("--path-row", text, "046/028 (path 1 to 251, row 1 to 248) or 046");
  places_.emplace(static_cast<int>(*path), static_cast<int>(*row));
}

void SceneFilter::add_sensor(const std::string& text) {
  const auto lower = changed(text, std::tolower);
  const auto upper = changed(text, std::toupper);
  const bool is_code = upper.size() == 4 && upper[0] == 'L' &&
                       std::string_view{"COTEM"}.find(upper[1]) != std::string_view::npos &&
                       upper[2] == '0' && upper[3] >= '1' && upper[3] <= '9';
  const bool is_name = lower == "oli" || lower == "tirs" || lower == "etm" || lower == "tm" || lower == "mss";
  if (!is_code && !is_name) refuse("--sensor", text, "oli, tirs, etm, tm, mss, or LC08, LE07, LT05, …");
  sensors_.insert(is_code ? upper : lower);
}

void SceneFilter::add_tier(const std::string& text) {
  auto tier = changed(text, std::toupper);
  if (tier != "T1" && tier != "T2" && tier != "RT") refuse("--tier", text, "T1, T2 or RT");
  tiers_.insert(std::move(tier));
}

bool SceneFilter::is_empty() const {
  return !since_ && !bbox_ && places_.empty() && sensors_.empty() && tiers_.empty() && !cloud_below_;
}

bool SceneFilter::has_sensor(const std::vector<std::string>& instruments, const std::string& code) const {
  return sensors_.contains(code) ||
         std::any_of(instruments.begin(), instruments.end(),
                     [this](const std::string& instrument) { return sensors_.contains(instrument); });
}

bool SceneFilter::has_place(int path, int row) const {
  return places_.contains({path, row}) || places_.contains({path, 0});
}

bool SceneFilter::may_match(const Object& object) const {
  if (cloud_below_ && object.cloud_cover && *object.cloud_cover >= *cloud_below_) return false;
  const auto name = parse_product_name(std::string_view{object.key}.substr(object.key.rfind('/') + 1));
  if (!name) return true;
  if (since_ && name->acquired + std::chrono::days{1} <= *since_) return false;
  if (!places_.empty() && !has_place(name->path, name->row)) return false;
  if (!sensors_.empty() && !has_sensor(instruments_of(*name), code_of(*name))) return false;
  if (!tiers_.empty() && !name->tier.empty() && !tiers_.contains(name->tier)) return false;
  return !bbox_ || name->spacecraft < 4 || overlap(*bbox_, around(name->path, name->row));
}

bool SceneFilter::matches(const Json& item) const {
  if (is_empty()) return true;
  const auto& properties = item.at("properties");
  if (since_) {
    const auto time = parse_rfc3339(text_of(properties, "datetime"));
    if (!time || *time < *since_) return false;
  }
  if (!places_.empty() &&
      !has_place(integer_of(properties, "landsat:wrs_path"), integer_of(properties, "landsat:wrs_row")))
    return false;
  if (!sensors_.empty()) {
    std::vector<std::string> instruments;
    if (const auto* named = member(properties, "instruments"); named != nullptr && named->is_array()) {
      for (const auto& instrument : *named) {
        auto text = instrument.is_string() ? instrument.get<std::string>() : std::string{};
        if (text.ends_with('+')) text.pop_back();
        instruments.push_back(std::move(text));
      }
    }
    if (!has_sensor(instruments, item.value("id", "").substr(0, 4))) return false;
  }
  if (!tiers_.empty() && !tiers_.contains(text_of(properties, "landsat:collection_category"))) return false;
  if (cloud_below_) {
    const auto* cover = member(properties, "eo:cloud_cover");
    if (cover == nullptr || !cover->is_number() || cover->get<double>() >= *cloud_below_) return false;
  }
  if (!bbox_) return true;
  const auto box = bbox_of(item);
  return box && overlap(*bbox_, *box);
}

std::optional<std::string_view> SceneFilter::ruled_out_folder(std::string_view key) const {
  if (!since_) return {};
  const std::chrono::year_month_day first{std::chrono::floor<std::chrono::days>(*since_)};
  std::string_view parent;
  for (std::size_t start = 0;;) {
    const auto end = key.find('/', start);
    if (end == std::string_view::npos) return {};
    const auto folder = key.substr(start, end - start);
    if (is_sensor_folder(parent) && is_year(folder)) {
      if (*number(folder) < static_cast<int>(first.year())) return key.substr(0, end + 1);
      return {};
    }
    parent = folder;
    start = end + 1;
  }
}

std::string SceneFilter::text() const {
  Json json = Json::object();
  if (since_) json["since"] = format_rfc3339(*since_);
  if (bbox_) json["bbox"] = {bbox_->west, bbox_->south, bbox_->east, bbox_->north};
  if (!places_.empty()) json["path_row"] = places_;
  if (!sensors_.empty()) json["sensor"] = sensors_;
  if (!tiers_.empty()) json["tier"] = tiers_;
  if (cloud_below_) json["cloud_below"] = *cloud_below_;
  return dump_json(json);
}

}  // namespace hayden::crawl
