#include <gtest/gtest.h>

#include "odc/documents.hpp"

namespace hayden::odc {
namespace {

struct GridCase {
  std::array<int, 2> shape;
  std::array<double, 6> transform;
};

struct Extent {
  double south, north, west, east;
};

/// What a document says and the extent it gets.
struct Case {
  const char* name;
  const char* crs;
  std::vector<GridCase> grids;  ///< the first is the default
  std::vector<std::array<double, 2>> ring;
  Extent extent;
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

Json document_of(const Case& each) {
  Json document = {{"$schema", "https://schemas.opendatacube.org/dataset"},
                   {"id", "5e1359de-0f91-5988-a6f0-8a0a840906f4"},
                   {"product", {{"name", "p"}}},
                   {"crs", each.crs},
                   {"properties", {{"datetime", "2020-01-01T00:00:00Z"}}},
                   {"measurements", {{"red", {{"path", "red.tif"}}}}}};
  for (std::size_t i = 0; i < each.grids.size(); ++i) {
    Json transform = each.grids[i].transform;
    for (const int last_row : {0, 0, 1}) transform.push_back(last_row);
    document["grids"][i == 0 ? "default" : "g" + std::to_string(i)] = {{"shape", each.grids[i].shape},
                                                                       {"transform", transform}};
  }
  if (!each.ring.empty()) document["geometry"] = {{"type", "Polygon"}, {"coordinates", {each.ring}}};
  return document;
}

void expect_extent(const Json& extent, const Extent& expected) {
  constexpr double tolerance = 1e-6;
  EXPECT_NEAR(extent["lat"]["begin"].get<double>(), expected.south, tolerance);
  EXPECT_NEAR(extent["lat"]["end"].get<double>(), expected.north, tolerance);
  EXPECT_NEAR(extent["lon"]["begin"].get<double>(), expected.west, tolerance);
  EXPECT_NEAR(extent["lon"]["end"].get<double>(), expected.east, tolerance);
}

class ExtentOfPrepEo3 : public testing::TestWithParam<Case> {};

TEST_P(ExtentOfPrepEo3, is_the_same) {
  const Json document = document_of(GetParam());
  Mistakes mistakes;
  check_dataset(document, mistakes);
  EXPECT_TRUE(mistakes.empty()) << mistakes.all().front();
  expect_extent(stored_dataset(document)["extent"], GetParam().extent);
}

// The numbers are those of `extent` from prep_eo3() of datacube 1.8.20 (PROJ 9.5.1) for these documents.
INSTANTIATE_TEST_SUITE_P(
    documents, ExtentOfPrepEo3,
    testing::ValuesIn(std::vector<Case>{
        {"utm_north",
         "epsg:32633",
         {{{7821, 7721}, {30, 0, 300000, 0, -30, 5100000}}},
         {},
         {43.91429324721697, 46.05284303419126, 12.415934879614607, 15.408875320975996}},
        {"utm_south_upper_case",
         "EPSG:32755",
         {{{7821, 7721}, {30, 0, 594285, 0, -30, 5878715}}},
         {},
         {-39.34753572588701, -37.18116824474006, 148.06290706802744, 150.77880945047653}},
        {"several_grids_nested",
         "epsg:32610",
         {{{7941, 7811}, {30, 0, 451485, 0, -30, 5214315}},
          {{15881, 15621}, {15, 0, 451492.5, 0, -15, 5214307.5}},
          {{120, 118}, {2000, 0, 450000, 0, -2000, 5216000}}},
         {},
         {44.913116396301156, 47.095613858737124, -123.65885073365801, -120.55014091286235}},
        {"several_grids_one_inside_of_the_other",
         "epsg:32610",
         {{{10000, 9000}, {30, 0, 365000, 0, -30, 5214315}}, {{10, 10}, {30, 0, 500000, 0, -30, 5214310}}},
         {},
         {44.369546782916146, 47.06854314264628, -124.77801353574355, -121.22198646425646}},
        {"several_grids_crossing",
         "epsg:32610",
         {{{1000, 8000}, {30, 0, 400000, 0, -30, 5214315}}, {{8000, 1000}, {30, 0, 500000, 0, -30, 5300000}}},
         {},
         {45.69290285039233, 47.85334194560885, -124.31719376643088, -121.15616843734136}},
        {"geometry_given",
         "epsg:32633",
         {{{7821, 7721}, {30, 0, 300000, 0, -30, 5100000}}},
         {{310000, 5000000}, {480000, 4990000.5}, {500000, 5090000}, {330000, 5099000}, {310000, 5000000}},
         {45.06318159652964, 46.023464616324894, 12.583916365651879, 14.999999999999982}},
        {"rotated",
         "epsg:32633",
         {{{1000, 2000}, {25.98, 15, 500000, 15, -25.98, 5100000}}},
         {},
         {45.81957966716296, 46.32158364736764, 14.999999999999982, 15.866106673737706}},
        {"geographic",
         "epsg:4326",
         {{{4000, 4000}, {0.00025, 0, 147, 0, -0.00025, -35}}},
         {},
         {-36, -35, 147, 148}},
        {"geographic_gda94",
         "epsg:4283",
         {{{4000, 4000}, {0.00025, 0, 147, 0, -0.00025, -35}}},
         {},
         {-36, -35, 147, 148}},
        {"albers",
         "epsg:3577",
         {{{3200, 3200}, {30, 0, 1500000, 0, -30, -3900000}}},
         {},
         {-35.68460357899133, -34.713835195153735, 148.4962611388814, 149.68430780349627}},
        {"polar_off_pole",
         "epsg:3031",
         {{{8000, 8000}, {30, 0, -2400000, 0, -30, 2000000}}},
         {},
         {-64.75622728578364, -61.80684732528793, -53.74616226255522, -47.20259816176581}},
        {"polar_north_off_pole",
         "epsg:3995",
         {{{8000, 8000}, {30, 0, 600000, 0, -30, -800000}}},
         {},
         {77.74106892552591, 80.81526528874716, 29.981639368849336, 46.39718102729637}},
        {"nad83_utm",
         "epsg:26910",
         {{{7821, 7721}, {30, 0, 500000, 0, -30, 5100000}}},
         {},
         {43.90503176951852, 46.05357437086302, -123.00000000000001, -120.00779091989563}},
    }),
    [](const auto& each) { return std::string(each.param.name); });

class ExtentOnBothSides : public testing::TestWithParam<Case> {};

/// prep_eo3 gives longitudes beyond 180, or of two corners only; latitudes are the same but at the pole.
TEST_P(ExtentOnBothSides, holds_all_longitudes) {
  expect_extent(stored_dataset(document_of(GetParam()))["extent"], GetParam().extent);
}

INSTANTIATE_TEST_SUITE_P(documents, ExtentOnBothSides,
                         testing::ValuesIn(std::vector<Case>{
                             {"polar_antimeridian_north",
                              "epsg:3995",
                              {{{8000, 8000}, {30, 0, -100000, 0, -30, 2000000}}},
                              {},
                              {71.69856154696032, 73.87835010144958, -180, 180}},
                             {"around_the_pole",
                              "epsg:3031",
                              {{{8000, 8000}, {30, 0, -120000, 0, -30, 120000}}},
                              {},
                              {-90, -88.43818012330179, -180, 180}},
                             {"antimeridian_utm1",
                              "epsg:32601",
                              {{{8000, 8000}, {30, 0, 240000, 0, -30, 5800000}}},
                              {},
                              {50.13516795205507, 52.34992855727397, -180, 180}},
                             {"antimeridian_utm60s",
                              "epsg:32760",
                              {{{8000, 8000}, {30, 0, 600000, 0, -30, 8000000}}},
                              {},
                              {-20.255096598969615, -18.061986332444004, -180, 180}},
                             {"geographic_beyond_180",
                              "epsg:4326",
                              {{{100, 100}, {0.1, 0, 175, 0, -0.1, -15}}},
                              {},
                              {-25, -15, -180, 180}},
                         }),
                         [](const auto& each) { return std::string(each.param.name); });

Case utm() { return {"utm", "epsg:32633", {{{100, 200}, {30, 0, 300000, 0, -30, 5100000}}}, {}, {}}; }

TEST(stored_dataset, has_the_corners_and_the_rectangle_of_the_default_grid) {
  const Json stored = stored_dataset(document_of(utm()));
  EXPECT_EQ(stored["grid_spatial"], Json::parse(R"({"projection": {
      "spatial_reference": "epsg:32633",
      "geo_ref_points": {"ul": {"x": 300000, "y": 5100000}, "ur": {"x": 306000, "y": 5100000},
                         "lr": {"x": 306000, "y": 5097000}, "ll": {"x": 300000, "y": 5097000}},
      "valid_data": {"type": "Polygon", "coordinates": [[[300000, 5100000], [306000, 5100000],
          [306000, 5097000], [300000, 5097000], [300000, 5100000]]]}}})"));
}

TEST(stored_dataset, has_the_geometry_as_its_valid_data) {
  Case each = utm();
  each.ring = {{300000, 5100000}, {306000, 5100000}, {306000, 5097000}, {300000, 5100000}};
  const Json document = document_of(each);
  EXPECT_EQ(stored_dataset(document)["grid_spatial"]["projection"]["valid_data"], document["geometry"]);
}

TEST(stored_dataset, leaves_everything_else_as_it_came) {
  Json document = document_of(utm());
  document["own"] = {{"b", 1}, {"a", nullptr}};
  Json stored = stored_dataset(document);
  for (const char* made : {"extent", "grid_spatial", "lineage"}) EXPECT_EQ(stored.erase(made), 1U);
  EXPECT_EQ(dump_json(stored), dump_json(document));
}

TEST(stored_dataset, empties_the_lineage) {
  Json document = document_of(utm());
  document["lineage"] = {{"level1", {"5e1359de-0f91-5988-a6f0-8a0a840906f5"}}};
  EXPECT_EQ(stored_dataset(document)["lineage"], Json::parse(R"({"source_datasets": {}})"));
}

TEST(stored_dataset, is_already_what_it_would_make) {
  const Json stored = stored_dataset(document_of(utm()));
  EXPECT_EQ(stored_dataset(stored), stored);
  Json own = stored;
  own["extent"]["lon"]["begin"] = 1.5;
  EXPECT_EQ(stored_dataset(own), own);
}

TEST(stored_dataset, refuses_positions_that_lie_nowhere_on_earth) {
  Case each = utm();
  each.grids[0].transform = {1e9, 0, 1e12, 0, -1e9, 1e12};
  try {
    stored_dataset(document_of(each));
    FAIL() << "not refused";
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 422);
  }
}

}  // namespace
}  // namespace hayden::odc
