#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "samples/wrs.hpp"

namespace hayden::samples {

enum class Levels { l1, l2, both };
enum class Forms { txt, json, both };

struct SampleOptions {
  std::uint64_t seed = 46028;
  Levels levels = Levels::both;
  Forms forms = Forms::both;
  /// This WRS-2 path/row and its eight neighbours; nothing: the land of the whole world.
  std::optional<PathRow> around = PathRow{46, 28};
  int first_year = 1972, last_year = 2024;
};

struct SampleFile {
  std::string key;  ///< below the bucket: collection02/level-1/standard/…_MTL.txt
  std::string text;
};

struct SampleProduct {
  std::string id;
  std::vector<SampleFile> files;  ///< one per form; txt before json
};

/// Makes Landsat Collection 2 products that could be real: orbits, sun, grids and names follow from place and
/// time. The same options give the same bytes. Never gives a product twice.
class SceneGenerator {
 public:
  explicit SceneGenerator(const SampleOptions& options);
  ~SceneGenerator();
  SceneGenerator(const SceneGenerator&) = delete;
  SceneGenerator& operator=(const SceneGenerator&) = delete;

  /// Nothing when every pass over the chosen place and years has been given.
  std::optional<SampleProduct> next();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hayden::samples
