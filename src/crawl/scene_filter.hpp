#pragma once
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/bbox.hpp"
#include "core/json.hpp"
#include "core/time.hpp"
#include "crawl/object_store.hpp"
#include "crawl/product_name.hpp"

namespace hayden::crawl {

/// Which scenes of a source are wanted. What a key tells is decided before anything is read; what it does not
/// tell, and the exact footprint, when the Item is made. A scene of which a fact is not known is wanted only
/// where that fact is not asked for.
class SceneFilter {
 public:
  /// These take an option's text and throw Problem(400) naming what is wrong with it.
  void set_since(const std::string& text);     ///< `2020-01-31`, or a time as RFC 3339 has it
  void set_bbox(const std::string& text);      ///< `west,south,east,north`
  void add_path_row(const std::string& text);  ///< `046/028`, `46,28`, or a path alone
  void add_sensor(const std::string& text);    ///< `oli`, `tirs`, `etm`, `tm`, `mss`, or `LC08`, `LE07`, …
  void add_tier(const std::string& text);      ///< `T1`, `T2`, `RT`
  void set_cloud_below(double percent) { cloud_below_ = percent; }

  bool is_empty() const;
  /// False when the key and what a list says of it rule a scene out.
  bool may_match(const Object& object) const;
  bool matches(const Json& item) const;
  /// The folder around a key that holds no scene wanted: in the layouts of USGS that of a year,
  /// `…/oli-tirs/2013/`, before --since. Nothing when there is none.
  std::optional<std::string_view> ruled_out_folder(std::string_view key) const;
  /// The filter as one line, equal for equal filters.
  std::string text() const;

 private:
  bool has_sensor(const std::vector<std::string>& instruments, const std::string& code) const;
  bool has_place(int path, int row) const;

  std::optional<Instant> since_;
  std::optional<Bbox> bbox_;
  std::set<std::pair<int, int>> places_;  // row 0: any
  std::set<std::string> sensors_, tiers_;
  std::optional<double> cloud_below_;
};

/// Longitude and latitude, in degrees, of the centre of a scene's place in WRS-2 (Landsat 4 and later).
/// Within 0.05° of USGS's centres by day.
std::pair<double, double> wrs2_centre(int path, int row);

}  // namespace hayden::crawl
