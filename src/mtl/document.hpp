#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/problem.hpp"

namespace hayden::mtl {

/// A metadata file as it stands: a root group of sections of keys, every value as raw text without its
/// quotes. Keys are looked up by section, never flattened: Collection 2 level 2 repeats level-1 keys with
/// other values.
struct Document {
  struct Section {
    std::string name;
    std::vector<std::pair<std::string, std::string>> values;  ///< in file order

    bool operator==(const Section&) const = default;
  };
  std::string root;  ///< `L1_METADATA_FILE`, `LANDSAT_METADATA_FILE`, `espa_metadata` or `ard_metadata`
  std::vector<Section> sections;

  const Section* section(std::string_view name) const;
  /// The value, or nullptr when the section or key is missing or the value is `NULL`.
  const std::string* find(std::string_view section, std::string_view key) const;

  bool operator==(const Document&) const = default;
};

/// A larger file is refused. The largest real one, padded with NULs, has 65,557 bytes.
inline constexpr std::size_t max_mtl_bytes = 1'048'576;
/// So is one with more keys. The largest real MTL has fewer than 500, the largest ARD tile some 2,500.
inline constexpr std::size_t max_mtl_keys = 8192;

/// Parses the ODL text form (`*_MTL.txt`): a root group of sections of `NAME = value` lines. Bears what real
/// files have: NUL padding, CRLF, TABs, blanks, `#` lines, `//` after a value, no END. Where a section
/// repeats a key, find() gives the first. Throws Problem(422, "InvalidMtl") saying where and why.
Document parse_odl(std::string_view text);
/// Parses the JSON form (`*_MTL.json`); values may be strings or numbers, null stands for
/// `NULL`. Throws like parse_odl.
Document parse_json_mtl(std::string_view text);
/// Parses the XML forms: `*_MTL.xml`, and the metadata of ESPA and of U.S. ARD tiles. In the last two each
/// `global_metadata` and each `band` is a section, named by its path below the root (`bands/band`,
/// `tile_metadata/global_metadata`); its keys are paths with attributes (`wrs@path`,
/// `projection_information/corner_point[UL]@x`, `file_name`, `bitmap_description/bit[0]`). Entities are not
/// expanded: a document type is refused. Throws like parse_odl.
Document parse_xml_mtl(std::string_view text);
/// Chooses the parser by the first character that is not white space: `{` is JSON, `<` XML.
Document parse_mtl(std::string_view bytes);

}  // namespace hayden::mtl
