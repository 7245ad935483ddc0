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
/// BQA of Collection 1 (not of MSS, which has none) and of OLI before the collections. Source: the USGS pages
/// on the quality bands of these archives.
Json bqa_collection1_bitfields(Family family);
Json bqa_pre_collection_bitfields();

}  // namespace hayden::mtl
