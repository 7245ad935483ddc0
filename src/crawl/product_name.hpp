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

/// The id of a U.S. ARD tile, `LC08_CU_027009_20130701_20181123_C01_V01` or, of Collection 2,
/// `LC08_CU_027009_20130701_20210504_02`, at the beginning of a name; else nothing.
std::string_view tile_name(std::string_view name);
/// The id of the product that a name begins with: a scene's or a tile's; else nothing.
std::string_view product_part(std::string_view name);

}  // namespace hayden::crawl
