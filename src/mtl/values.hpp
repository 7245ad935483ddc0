#pragma once
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/problem.hpp"
#include "core/time.hpp"
#include "mtl/document.hpp"

/// What the readers of scenes share; not for other modules.
namespace hayden::mtl {

/// A section and a key in it. An empty name: that generation has no such key.
struct Key {
  std::string_view section, name;
};

std::optional<int> whole_number(std::string_view text);
std::optional<double> real_number(std::string_view text);
/// Fixed notation without needless digits.
std::string plain(double number);

/// A name that is safe to put behind a `/`.
bool is_file_name(std::string_view text);
/// Capitals and digits only.
bool is_code(std::string_view text);

/// Reads typed values out of a document and notes every mistake, so that one pass names them all.
class Values {
 public:
  explicit Values(const Document& document) : document_(document) {}

  const Document& document() const { return document_; }
  const std::string* find(const Key& key) const;

  /// A key that the file must have and that is not empty; empty on a mistake.
  std::string text(const Key& key);
  std::string one_of(const Key& key, std::initializer_list<std::string_view> allowed);
  int integer(const Key& key, int least, int most);
  double number(const Key& key, double least, double most);
  std::optional<double> optional_number(const Key& key, double least = -std::numeric_limits<double>::max(),
                                        double most = std::numeric_limits<double>::max());
  /// -1 stands for "not computed".
  std::optional<double> percentage(const Key& key);
  /// `value` read as a time, which `key` is to blame for.
  Instant instant(const Key& key, const std::string& value);

  void mistake(const Key& key, const std::string& what);
  bool mistaken_about(const Key& key) const;
  /// Throws Problem(422, "InvalidMtl").
  void throw_if_mistaken() const;

 private:
  const Document& document_;
  Mistakes mistakes_;
  std::vector<std::string> mistaken_;
};

/// The EPSG code of polar stereographic grids that Landsat products are on; nothing for others.
std::optional<int> polar_epsg(double true_scale_latitude, double vertical_longitude, double false_easting,
                              double false_northing);
/// Zones -60 to 60. USGS writes the northern zone everywhere, with negative northings in the south: still the
/// northern CRS. A negative zone is the southern one.
int utm_epsg(int zone);

}  // namespace hayden::mtl
