#pragma once
#include <array>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.hpp"
#include "geo/geometry.hpp"

/// What both directions between EO3 datasets and STAC Items share; not for other modules.
namespace hayden::odc {

inline constexpr auto eo3_schema = "https://schemas.opendatacube.org/dataset";
inline constexpr auto cloud_optimized = "image/tiff; application=geotiff; profile=cloud-optimized";

/// Every reason why a document has no form on the other side.
class Reasons {
 public:
  /// `code` and `intro` are those of the Problem.
  Reasons(std::string code, std::string intro) : code_(std::move(code)), intro_(std::move(intro)) {}

  void add(const std::string& reason) { text_ += (text_.empty() ? "" : "; ") + reason; }
  void throw_if_any() const {
    if (!text_.empty()) throw Problem(422, code_, intro_ + text_);
  }

 private:
  std::string code_, intro_, text_;
};

struct Grid {
  std::array<std::int64_t, 2> shape{};  ///< rows, columns
  std::array<double, 6> transform{};    ///< pixel and line to the CRS, row by row

  geo::Point at(double pixel, double line) const;
  /// Upper left, upper right, lower right, lower left, as the grid lies.
  std::array<geo::Point, 4> corners() const;
  bool is_upright() const { return transform[1] == 0 && transform[3] == 0; }
  bool operator==(const Grid&) const = default;
};

/// Adds a reason for each of `names` that has more than 5000 members: Json finds members one by one.
void refuse_wide(const Json& object, std::initializer_list<const char*> names, Reasons& reasons);

/// A member that is there and not null.
const Json* find(const Json& object, std::string_view name);
/// A member that is a string, else empty.
std::string text(const Json& object, std::string_view name);

/// Two whole numbers from 1 to 1e12 (fractions are cut).
std::optional<std::array<std::int64_t, 2>> shape_of(const Json& json);
/// 6 numbers of at most 1e15, or 9 that end in 0, 0, 1.
std::optional<std::array<double, 6>> transform_of(const Json& json);

/// The number of `epsg:n`, in any case; nothing for WKT.
std::optional<int> epsg_of(const std::string& crs);

/// The closed ring of corners as a GeoJSON Polygon.
Json rectangle(const std::array<geo::Point, 4>& corners);
/// The rings of a GeoJSON Polygon or MultiPolygon; nothing when it is neither or malformed.
std::optional<std::vector<geo::Polygon>> polygons_of(const Json& geometry);
Json polygon_document(const geo::Polygon& polygon);

/// Properties that EO3 and STAC call differently: EO3's name and STAC's. Times and instruments among them
/// differ in their values too.
struct Renamed {
  const char* eo3;
  const char* stac;
};
inline constexpr std::array<Renamed, 7> renamed_properties = {{{"eo:platform", "platform"},
                                                               {"eo:constellation", "constellation"},
                                                               {"eo:gsd", "gsd"},
                                                               {"eo:off_nadir", "view:off_nadir"},
                                                               {"eo:azimuth", "view:azimuth"},
                                                               {"eo:sun_azimuth", "view:sun_azimuth"},
                                                               {"eo:sun_elevation", "view:sun_elevation"}}};

/// ["oli", "tirs"] → OLI_TIRS and back; `+` and `-` are not kept.
std::string instrument_code(const Json& instruments);
Json instruments_of(std::string_view code);

/// The media type told by the extension of a path, without its query and fragment;
/// application/octet-stream for unknown ones.
std::string media_type_of(std::string_view path);

/// Whether a URI begins with a scheme, and so means the same wherever it stands.
bool is_absolute(std::string_view uri);

/// `path` of a measurement seen from a dataset's location, by the rules of datacube's uri_resolve(): URIs and
/// GDAL's /vsi paths as they are, absolute paths as file URIs, others relative to the location. Within an
/// archive (`tar:/a.tar!b/c.yaml`) they are relative to the member; where there is no hierarchy to be
/// relative to, the path stays as it is.
std::string resolved(const std::string& location, const std::string& path);
/// The part of a location that relative paths replace the rest of; empty when it has none.
std::string folder_of(const std::string& location);

}  // namespace hayden::odc
