#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "db/pool.hpp"

namespace hayden::db {

enum class Direction { sources, derived };

struct Edge {
  int depth = 1;  ///< steps away from the dataset that was asked for
  std::string dataset, classifier, source;
};

struct Lineage {
  std::vector<Edge> edges;  ///< nearest first
  bool more = false;        ///< there are more edges than these
};

inline constexpr int most_edges = 10'000;

Lineage lineage_of(Pool& readers, const std::string& id, Direction direction, int depth);
/// Adds edges; those that are there stay. Throws Problem: 404 naming datasets that are not in the index, 409
/// when a classifier has another source already or a dataset would become its own source.
std::int64_t add_edges(Pool& writers, std::string_view role, const std::string& id,
                       const std::vector<Edge>& edges);
/// Throws Problem(404) when there is none of that classifier.
void remove_edge(Pool& writers, std::string_view role, const std::string& id, const std::string& classifier);

}  // namespace hayden::db
