#pragma once
#include <optional>
#include <string_view>

#include "core/json.hpp"
#include "core/percent.hpp"
#include "core/problem.hpp"
#include "stac/cql2/expression.hpp"

namespace hayden::stac {

/// Reads what searches of items and of collections are filtered by: the Filter Extension (OGC API - Features
/// Part 3, CQL2) and the Query Extension. All that is read must hold.
class FilterReader {
 public:
  explicit FilterReader(Mistakes& mistakes) : mistakes_(mistakes) {}

  /// filter-crs
  void crs(std::string_view crs);
  /// filter-lang; one that is none is a mistake whether there is a filter or not.
  void language(std::string_view language);
  /// Text is CQL2 text unless another language was read, JSON is CQL2 JSON.
  void filter(std::string_view text);
  void filter(const Json& value);
  void query(const Json& value);
  /// All of them from a query string; of a repeated one the last counts.
  void read(const Pairs& query);

  /// Nothing when nothing is asked or a mistake was found.
  std::optional<cql2::Expression> take() { return std::move(filter_); }

 private:
  enum class Language { unsaid, text, json, unknown };

  void restrict_to(std::optional<cql2::Expression> condition);
  void check(std::optional<cql2::Expression> parsed);

  Mistakes& mistakes_;
  Language language_ = Language::unsaid;
  std::optional<cql2::Expression> filter_;
};

}  // namespace hayden::stac
