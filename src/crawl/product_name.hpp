#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace hayden::crawl {

/// What the name of a Landsat product tells. Sources: USGS, "Landsat Collections naming convention"; scene
/// ids of before the collections.
struct ProductName {
  char sensor = 0;     ///< C, O, T, E, M
  int spacecraft = 0;  ///< 1 to 9
  int path = 0, row = 0;
  std::chrono::sys_days acquired;
  std::string level;       ///< L1TP, L2SP, …; empty in a scene id
  std::string collection;  ///< 01, 02; empty in a scene id
  std::string tier;        ///< T1, T2, RT, A1, …; empty in a scene id
};

/// `LC08_L2SP_046028_20200904_20200906_02_T1…` or `LC80460282020248LGN00…`, at the beginning of a file name.
/// Nothing for any other name.
std::optional<ProductName> parse_product_name(std::string_view file_name);

}  // namespace hayden::crawl
