#include "mtl/landsat_bitfields.hpp"

#include <string>
#include <utility>
#include <vector>

namespace hayden::mtl {
namespace {

/// Name and description of the classes of a field, by value.
using Classes = std::vector<std::pair<std::string, std::string>>;

Json bitfield(const std::string& name, const std::string& description, int offset, const Classes& classes) {
  Json list = Json::array();
  for (const auto& [class_name, class_description] : classes) {
    list.push_back(Json{{"value", list.size()}, {"name", class_name}, {"description", class_description}});
  }
  return Json{{"name", name},
              {"description", description},
              {"offset", offset},
              {"length", classes.size() > 2 ? 2 : 1},
              {"classes", std::move(list)}};
}

enum class Middle { medium, reserved };

Json confidence(const std::string& name, const std::string& title, const std::string& low_and_high,
                int offset, Middle middle) {
  const std::pair<std::string, std::string> second =
      middle == Middle::medium
          ? std::pair<std::string, std::string>{"medium", "Medium confidence " + low_and_high}
          : std::pair<std::string, std::string>{"reserved", "Reserved - value not used"};
  return bitfield(name, title + " confidence levels", offset,
                  {{"not_set", "No confidence level set"},
                   {"low", "Low confidence " + low_and_high},
                   second,
                   {"high", "High confidence " + low_and_high}});
}

Json fill() {
  return bitfield("fill", "Image or fill data", 0, {{"not_fill", "Image data"}, {"fill", "Fill data"}});
}

Json cloud() {
  return bitfield("cloud", "Cloud mask", 3,
                  {{"not_cloud", "Cloud confidence is not high"}, {"cloud", "High confidence cloud"}});
}

Json saturation(const std::string& band, const std::string& label, int offset) {
  return bitfield("band" + band, label + " radiometric saturation", offset,
                  {{"not_saturated", label + " not saturated"}, {"saturated", label + " saturated"}});
}

Json saturation(int band) {
  return saturation(std::to_string(band), "Band " + std::to_string(band), band - 1);
}

Json dropped() {
  return bitfield("dropped", "Dropped pixel", 9,
                  {{"not_dropped", "Detector has a value - pixel present"},
                   {"dropped", "Detector does not have a value - no data"}});
}

}  // namespace

Json qa_pixel_bitfields(Family family) {
  Json fields = Json::array({fill()});
  if (is_mss(family)) {
    fields.push_back(cloud());
    fields.push_back(confidence("cloud_confidence", "Cloud", "cloud", 8, Middle::reserved));
    return fields;
  }
  const bool cirrus = family == Family::oli;
  fields.push_back(
      bitfield("dilated_cloud", "Dilated cloud", 1,
               {{"not_dilated", "Cloud is not dilated or no cloud"}, {"dilated", "Cloud dilation"}}));
  if (cirrus) {
    fields.push_back(
        bitfield("cirrus", "Cirrus mask", 2,
                 {{"not_cirrus", "Cirrus confidence is not high"}, {"cirrus", "High confidence cirrus"}}));
  }
  fields.push_back(cloud());
  fields.push_back(bitfield(
      "cloud_shadow", "Cloud shadow mask", 4,
      {{"not_shadow", "Cloud shadow confidence is not high"}, {"shadow", "High confidence cloud shadow"}}));
  fields.push_back(
      bitfield("snow", "Snow/Ice mask", 5,
               {{"not_snow", "Snow/Ice confidence is not high"}, {"snow", "High confidence snow cover"}}));
  fields.push_back(bitfield("clear", "Clear mask", 6,
                            {{"not_clear", "Cloud or dilated cloud bits are set"},
                             {"clear", "Cloud and dilated cloud bits are not set"}}));
  fields.push_back(bitfield("water", "Water mask", 7, {{"not_water", "Land or cloud"}, {"water", "Water"}}));
  fields.push_back(confidence("cloud_confidence", "Cloud", "cloud", 8, Middle::medium));
  fields.push_back(
      confidence("cloud_shadow_confidence", "Cloud shadow", "cloud shadow", 10, Middle::reserved));
  fields.push_back(confidence("snow_confidence", "Snow/Ice", "snow/ice", 12, Middle::reserved));
  if (cirrus) fields.push_back(confidence("cirrus_confidence", "Cirrus", "cirrus", 14, Middle::reserved));
  return fields;
}

Json qa_radsat_bitfields(Family family) {
  Json fields = Json::array();
  for (const int band : {1, 2, 3, 4, 5}) fields.push_back(saturation(band));
  if (family == Family::etm) {
    fields.push_back(saturation("6L", "Band 6 low-gain", 5));
    fields.push_back(saturation(7));
    fields.push_back(saturation("6H", "Band 6 high-gain", 8));
    fields.push_back(dropped());
    return fields;
  }
  fields.push_back(saturation(6));
  fields.push_back(saturation(7));
  if (family == Family::oli) {
    fields.push_back(saturation(9));
    fields.push_back(
        bitfield("occlusion", "Terrain not visible from sensor due to intervening terrain", 11,
                 {{"not_occluded", "Terrain is not occluded"}, {"occluded", "Terrain is occluded"}}));
  } else {
    fields.push_back(dropped());
  }
  return fields;
}

Json qa_aerosol_bitfields() {
  return Json::array(
      {bitfield("fill", "Image or fill data", 0,
                {{"not_fill", "Pixel is not fill"}, {"fill", "Pixel is fill"}}),
       bitfield("retrieval", "Valid aerosol retrieval", 1,
                {{"not_valid", "Pixel retrieval is not valid"}, {"valid", "Pixel retrieval is valid"}}),
       bitfield("water", "Water mask", 2, {{"not_water", "Pixel is not water"}, {"water", "Pixel is water"}}),
       bitfield("interpolated", "Aerosol interpolation", 5,
                {{"not_interpolated", "Pixel is not interpolated aerosol"},
                 {"interpolated", "Pixel is interpolated aerosol"}}),
       bitfield("level", "Aerosol level", 6,
                {{"climatology", "No aerosol correction applied"},
                 {"low", "Low aerosol level"},
                 {"medium", "Medium aerosol level"},
                 {"high", "High aerosol level"}})});
}

Json cloud_qa_bitfields() {
  return Json::array(
      {bitfield("ddv", "Dense Dark Vegetation (DDV)", 0,
                {{"not_ddv", "Pixel has no DDV"}, {"ddv", "Pixel has DDV"}}),
       bitfield("cloud", "Cloud mask", 1,
                {{"not_cloud", "Pixel has no cloud"}, {"cloud", "Pixel has cloud"}}),
       bitfield("cloud_shadow", "Cloud shadow mask", 2,
                {{"not_shadow", "Pixel has no cloud shadow"}, {"shadow", "Pixel has cloud shadow"}}),
       bitfield(
           "cloud_adjacent", "Cloud adjacency", 3,
           {{"not_adjacent", "Pixel is not adjacent to cloud"}, {"adjacent", "Pixel is adjacent to cloud"}}),
       bitfield("snow", "Snow mask", 4, {{"not_snow", "Pixel is not snow"}, {"snow", "Pixel is snow"}}),
       bitfield("water", "Water mask", 5,
                {{"not_water", "Pixel is not water"}, {"water", "Pixel is water"}})});
}

Json bqa_collection1_bitfields(Family family) {
  const bool oli = family == Family::oli;
  Json fields = Json::array({fill()});
  fields.push_back(
      oli ? bitfield("occlusion", "Terrain not visible from sensor due to intervening terrain", 1,
                     {{"not_occluded", "Terrain is not occluded"}, {"occluded", "Terrain is occluded"}})
          : bitfield("dropped", "Dropped pixel", 1,
                     {{"not_dropped", "Detector has a value - pixel present"},
                      {"dropped", "Detector does not have a value - no data"}}));
  fields.push_back(bitfield("saturation", "Number of bands with radiometric saturation", 2,
                            {{"none", "No band is saturated"},
                             {"few", "1 or 2 bands are saturated"},
                             {"some", "3 or 4 bands are saturated"},
                             {"many", "5 or more bands are saturated"}}));
  fields.push_back(bitfield("cloud", "Cloud mask", 4, {{"not_cloud", "No cloud"}, {"cloud", "Cloud"}}));
  fields.push_back(confidence("cloud_confidence", "Cloud", "cloud", 5, Middle::medium));
  fields.push_back(confidence("cloud_shadow_confidence", "Cloud shadow", "cloud shadow", 7, Middle::medium));
  fields.push_back(confidence("snow_confidence", "Snow/Ice", "snow/ice", 9, Middle::medium));
  if (oli) fields.push_back(confidence("cirrus_confidence", "Cirrus", "cirrus", 11, Middle::medium));
  return fields;
}

Json bqa_pre_collection_bitfields() {
  return Json::array(
      {fill(),
       bitfield("dropped_frame", "Dropped frame", 1,
                {{"not_dropped", "Frame is present"}, {"dropped", "Frame is dropped"}}),
       bitfield("occlusion", "Terrain not visible from sensor due to intervening terrain", 2,
                {{"not_occluded", "Terrain is not occluded"}, {"occluded", "Terrain is occluded"}}),
       confidence("water_confidence", "Water", "water", 4, Middle::medium),
       confidence("snow_confidence", "Snow/Ice", "snow/ice", 10, Middle::medium),
       confidence("cirrus_confidence", "Cirrus", "cirrus", 12, Middle::medium),
       confidence("cloud_confidence", "Cloud", "cloud", 14, Middle::medium)});
}

}  // namespace hayden::mtl
