#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "db/catalog.hpp"
#include "samples/wrs.hpp"

namespace hayden::bench {

/// A thing clients do, asked both ways: through the API, and as the statements behind it.
class Case {
 public:
  virtual ~Case() = default;
  virtual std::string name() const = 0;
  /// The request target of question number i. The same number is the same question on both sides.
  virtual std::string target(std::uint64_t i) const = 0;
  /// Runs the statements of question number i and fetches their rows, without decompressing them; how many
  /// came.
  virtual std::size_t rows(db::Catalog& catalog, std::uint64_t i) const = 0;
};

/// Walks through a collection by its next links; every walk is this long.
inline constexpr int walk_pages = 40;
inline constexpr int walk_limit = 250;

/// The questions, prepared from what the database holds. `collection` is the one that is searched.
std::vector<std::unique_ptr<Case>> all_cases(db::Catalog& catalog, const std::string& collection);

/// The first page of a walk, as a target and as a request.
std::string walk_target(const std::string& collection);
stac::SearchRequest walk_request(const std::string& collection);

}  // namespace hayden::bench
