#pragma once
#include "core/json.hpp"
#include "mtl/landsat_family.hpp"

namespace hayden::mtl {

/// `classification:bitfields` (classification extension 1.1.0) of the quality bands. Source: the USGS Landsat
/// Collection 2 data format control books; names as stactools-landsat gives them.
Json qa_pixel_bitfields(Family family);
Json qa_radsat_bitfields(Family family);
Json qa_aerosol_bitfields();
Json cloud_qa_bitfields();

}  // namespace hayden::mtl
