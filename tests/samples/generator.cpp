#include "samples/generator.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "geo/geometry.hpp"
#include "samples/mission.hpp"
#include "samples/mtl_text.hpp"
#include "samples/random.hpp"

namespace hayden::samples {
namespace {

using std::string;
using std::chrono::days;
using std::chrono::sys_days;

constexpr int antarctic_epsg = 3031;
constexpr double antarctic_lat = -63;
/// Surface reflectance is not made with the sun lower than this.
constexpr double lowest_sun_of_level2 = 14;

string digits(long value, int width) {
  string text = std::to_string(value);
  if (text.size() < static_cast<std::size_t>(width))
    text.insert(0, static_cast<std::size_t>(width) - text.size(), '0');
  return text;
}

string compact_date(sys_days day) {
  const std::chrono::year_month_day date{day};
  return digits(static_cast<int>(date.year()), 4) + digits(static_cast<unsigned>(date.month()), 2) +
         digits(static_cast<unsigned>(date.day()), 2);
}

std::vector<PathRow> with_neighbours(const Wrs& system, PathRow middle) {
  std::vector<PathRow> found;
  for (int path = middle.path - 1; path <= middle.path + 1; ++path) {
    for (int row = middle.row - 1; row <= middle.row + 1; ++row) {
      if (row >= 1) found.push_back({(path + system.paths - 1) % system.paths + 1, row});
    }
  }
  return found;
}

/// The products of one mission: every path/row in every repeat cycle, in shuffled order.
class Source {
 public:
  Source(const Mission& mission, std::vector<PathRow> places, const SampleOptions& options)
      : mission_(mission),
        places_(std::move(places)),
        first_(std::max(mission.first, sys_days{std::chrono::year{options.first_year} / 1 / 1})),
        last_(std::min(mission.last, sys_days{std::chrono::year{options.last_year + 1} / 1 / 1})),
        first_cycle_((first_ - std::chrono::floor<days>(mission.anchor)).count() / mission.system->days - 2),
        order_(count_passes(),
               mix(options.seed, static_cast<std::uint64_t>(mission.spacecraft) * 256 +
                                     static_cast<unsigned char>(mission.instrument->letter))) {}

  struct Pass {
    PathRow at;
    Ticks when;
  };
  std::optional<Pass> next() {
    while (given_ < order_.size()) {
      const std::uint64_t index = order_[given_++];
      const PathRow at = places_[index % places_.size()];
      const Ticks when = pass(mission_, at, first_cycle_ + static_cast<std::int64_t>(index / places_.size()));
      if (when >= first_ && when < last_) return Pass{at, when};
    }
    return {};
  }
  const Mission& mission() const { return mission_; }

 private:
  std::uint64_t count_passes() const {
    if (last_ <= first_) return 0;
    const auto cycles = (last_ - first_).count() / mission_.system->days + 4;
    return static_cast<std::uint64_t>(cycles) * places_.size();
  }

  const Mission& mission_;
  std::vector<PathRow> places_;
  sys_days first_, last_;
  std::int64_t first_cycle_;
  Shuffle order_;
  std::uint64_t given_ = 0;
};

void place_grid(Facts& facts, Place middle, Random& random) {
  const Instrument& instrument = *facts.mission->instrument;
  int epsg = antarctic_epsg;
  double tilt = lean(*facts.mission->system, middle.lat) * std::numbers::pi / 180;
  if (middle.lat < antarctic_lat) {
    tilt += middle.lon * std::numbers::pi / 180;
  } else {
    facts.utm_zone = std::clamp(static_cast<int>(std::floor((middle.lon + 180) / 6)) + 1, 1, 60);
    epsg = 32600 + facts.utm_zone;
  }
  const double along = std::abs(std::cos(tilt)), across = std::abs(std::sin(tilt));
  const double width = 1000 * (instrument.swath_km * along + instrument.length_km * across);
  const double height = 1000 * (instrument.swath_km * across + instrument.length_km * along);

  const std::array<geo::Point, 1> centre = {{{middle.lon, middle.lat}}};
  const geo::Point in_metres = geo::from_lonlat(epsg, centre).at(0);
  const double step = instrument.cell == 60 ? 60 : 300;
  const double offset = step == 300 && random.chance(0.05) ? 15 : 0;
  const auto snap = [&](double metres) { return std::round(metres / step) * step; };
  const double west = snap(in_metres.x - width / 2) + offset, north = snap(in_metres.y + height / 2) + offset;
  const double east = west + snap(width), south = north - snap(height);
  facts.samples = static_cast<int>((east - west) / instrument.cell) + 1;
  facts.lines = static_cast<int>((north - south) / instrument.cell) + 1;
  facts.x = {west, east, west, east};
  facts.y = {north, north, south, south};
  const std::array<geo::Point, 4> corners = {{{west, north}, {east, north}, {west, south}, {east, south}}};
  const auto degrees = geo::to_lonlat(epsg, corners);
  for (std::size_t i = 0; i < facts.corners.size(); ++i)
    facts.corners[i] = {degrees.at(i).x, degrees.at(i).y};
}

void choose_quality(Facts& facts, Random& random) {
  const double clear = random.unit();
  const double cloud = clear < 0.35 ? random.between(0, 10) : random.between(0, 100);
  const double land = std::clamp(cloud + random.between(-8, 8), 0.0, 100.0);
  const bool whole_numbers = facts.mission->instrument->letter != 'C';
  facts.cloud_cover = whole_numbers ? std::round(cloud) : cloud;
  facts.cloud_cover_land = random.chance(0.02) ? -1 : whole_numbers ? std::round(land) : land;

  const bool is_mss = facts.mission->instrument->letter == 'M';
  const bool precise = random.chance(is_mss ? 0.3 : 0.85);
  facts.category = precise ? "T1" : "T2";
  facts.level1 = precise || random.chance(0.3) ? "L1TP" : facts.mission->spacecraft >= 8 ? "L1GT" : "L1GS";
  facts.control_points = random.whole(40, 1200);
  facts.rmse_x = random.between(2.5, precise ? 7 : 14);
  facts.rmse_y = random.between(2.5, precise ? 7 : 14);
  if (facts.mission->spacecraft >= 8)
    facts.roll = random.chance(0.01) ? random.between(-15, 15) : random.between(-0.002, 0.002);
}

/// When the product was made: in the big reprocessing of 2020, or two weeks after a later acquisition. The
/// newest scenes are still real-time products, made on the day.
void choose_processing(Facts& facts, Random& random) {
  const sys_days acquired = std::chrono::floor<days>(facts.acquired);
  const sys_days reprocessing = std::chrono::year{2020} / 8 / 20;
  sys_days made = acquired < reprocessing ? reprocessing + days{random.whole(0, 100)}
                                          : acquired + days{random.whole(8, 16)};
  if (facts.mission->spacecraft >= 7 && acquired >= reprocessing && random.chance(0.04)) {
    facts.category = "RT";
    made = acquired;
  }
  facts.generated1 = made + std::chrono::seconds{random.whole(0, 22 * 3600)};
  facts.generated2 = facts.generated1 + std::chrono::seconds{random.whole(600, 1800)};
}

string product_id(const Facts& facts, const string& level, std::chrono::sys_seconds generated) {
  const Mission& mission = *facts.mission;
  return string("L") + mission.instrument->letter + digits(mission.spacecraft, 2) + '_' + level + '_' +
         digits(facts.at.path, 3) + digits(facts.at.row, 3) + '_' +
         compact_date(std::chrono::floor<days>(facts.acquired)) + '_' +
         compact_date(std::chrono::floor<days>(generated)) + "_02_" + facts.category;
}

void name_products(Facts& facts, Random& random) {
  const Mission& mission = *facts.mission;
  const sys_days date = std::chrono::floor<days>(facts.acquired);
  const std::chrono::year_month_day ymd{date};
  const auto day_of_year = (date - sys_days{ymd.year() / 1 / 1}).count() + 1;
  facts.scene_id = string("L") + mission.instrument->letter + std::to_string(mission.spacecraft) +
                   digits(facts.at.path, 3) + digits(facts.at.row, 3) +
                   digits(static_cast<int>(ymd.year()), 4) + digits(day_of_year, 3) +
                   string(mission.station) + "00";
  facts.level1_id = product_id(facts, facts.level1, facts.generated1);
  const bool has_level2 = mission.instrument->letter != 'M' && facts.category != "RT" &&
                          facts.sun.elevation >= lowest_sun_of_level2;
  if (!has_level2) return;
  facts.level2 = random.chance(0.06) ? "L2SR" : "L2SP";
  facts.level2_id = product_id(facts, facts.level2, facts.generated2);
}

Facts facts_of(const Mission& mission, PathRow at, Ticks when, std::uint64_t seed) {
  const auto place_number = static_cast<std::uint64_t>(at.path) * 1000 + static_cast<std::uint64_t>(at.row);
  Random random(mix(mix(seed, place_number), static_cast<std::uint64_t>(when.time_since_epoch().count())));
  Facts facts;
  facts.mission = &mission;
  facts.at = at;
  facts.acquired = when + std::chrono::duration_cast<Ticks::duration>(
                              std::chrono::duration<double>(random.between(-20, 20)));
  facts.request = random.whole(1, 99'999'999);
  Place middle = centre(*mission.system, at);
  facts.sun = sun_at(std::chrono::floor<std::chrono::microseconds>(facts.acquired), middle);
  constexpr double drift = 0.05;
  middle.lon += random.between(-drift, drift) / std::max(0.1, std::cos(middle.lat * std::numbers::pi / 180));
  middle.lat += random.between(-drift, drift);
  place_grid(facts, middle, random);
  choose_quality(facts, random);
  choose_processing(facts, random);
  name_products(facts, random);
  return facts;
}

SampleProduct render(const Facts& facts, int level, Forms forms) {
  SampleProduct product;
  product.id = level == 1 ? facts.level1_id : facts.level2_id;
  const std::chrono::year_month_day date{std::chrono::floor<days>(facts.acquired)};
  const string stem = "collection02/level-" + std::to_string(level) + "/standard/" +
                      string(facts.mission->instrument->folder) + '/' +
                      digits(static_cast<int>(date.year()), 4) + '/' + digits(facts.at.path, 3) + '/' +
                      digits(facts.at.row, 3) + '/' + product.id + '/' + product.id + "_MTL.";
  if (forms != Forms::json) product.files.push_back({stem + "txt", mtl_text(facts, level, Form::txt)});
  if (forms != Forms::txt) product.files.push_back({stem + "json", mtl_text(facts, level, Form::json)});
  return product;
}

/// Which mission is next, as an index of missions(): the modern ones more often, every one within each round.
constexpr std::array<std::size_t, 24> mission_order = {0, 2, 3, 1, 0, 4, 2, 9, 0, 3, 1, 5,
                                                       2, 0, 8, 3, 1, 2, 0, 7, 3, 2, 6, 0};

}  // namespace

class SceneGenerator::Impl {
 public:
  explicit Impl(const SampleOptions& options) : options_(options) {
    if (options.last_year < options.first_year)
      throw std::invalid_argument("the last year lies before the first");
    for (const Mission& mission : missions())
      sources_.emplace_back(mission, places(*mission.system), options);
  }

  std::optional<SampleProduct> next() {
    while (pending_.empty()) {
      if (!make_some()) return {};
    }
    SampleProduct product = std::move(pending_.back());
    pending_.pop_back();
    return product;
  }

 private:
  std::vector<PathRow> places(const Wrs& system) const {
    if (!options_.around) return land(system);
    if (system.type == 2) return with_neighbours(system, *options_.around);
    return with_neighbours(system, nearest(system, centre(wrs(2), *options_.around)));
  }

  bool make_some() {
    for (std::size_t tried = 0; tried < mission_order.size(); ++tried) {
      Source& source = sources_[mission_order[turn_++ % mission_order.size()]];
      if (options_.levels == Levels::l2 && source.mission().instrument->letter == 'M') continue;
      const auto pass = source.next();
      if (!pass) continue;
      const Facts facts = facts_of(source.mission(), pass->at, pass->when, options_.seed);
      if (options_.levels != Levels::l1 && !facts.level2_id.empty())
        pending_.push_back(render(facts, 2, options_.forms));
      if (options_.levels != Levels::l2) pending_.push_back(render(facts, 1, options_.forms));
      return true;
    }
    return false;
  }

  SampleOptions options_;
  std::vector<Source> sources_;
  std::vector<SampleProduct> pending_;
  std::size_t turn_ = 0;
};

SceneGenerator::SceneGenerator(const SampleOptions& options) : impl_(std::make_unique<Impl>(options)) {}
SceneGenerator::~SceneGenerator() = default;
std::optional<SampleProduct> SceneGenerator::next() { return impl_->next(); }

}  // namespace hayden::samples
