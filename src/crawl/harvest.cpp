#include "crawl/harvest.hpp"

#include <algorithm>
#include <limits>
#include <thread>

#include "core/percent.hpp"
#include "crawl/product_name.hpp"
#include "crawl/scene_row.hpp"
#include "mtl/landsat_item.hpp"
#include "odc/dataset.hpp"

namespace hayden::crawl {
namespace {

using Clock = std::chrono::steady_clock;

// A slow source still shows its scenes after this time, full batch or not.
constexpr std::chrono::seconds longest_wait{5};

// Runs one call to the database and turns its failures into DatabaseError; what the data is to blame for
// stays Problem.
template <typename Call>
auto in_database(Call&& call) {
  try {
    return call();
  } catch (const Problem& problem) {
    if (problem.status() == 400 || problem.status() == 422) throw;
    throw DatabaseError(std::string{"The database cannot be used: "} + problem.what() + ".");
  } catch (const std::exception& error) {
    const std::string text = error.what();
    throw DatabaseError("The database cannot be used: " + text.substr(0, text.find('\n')) + ".");
  }
}

// Where nothing certain is known of what lies beside a scene, its metadata alone tells; an empty mark is that
// of a scene which is to be read again.
bool is_unchanged(const ListedScene& scene, const db::HarvestMark& known) {
  if (known.was_gone || known.mark.empty()) return false;
  if (scene.whole) return known.mark == scene.mark();
  return scene.metadata.mark.empty() || scene.metadata.mark == metadata_mark(known.mark);
}

// USGS gives one for level 1, two of the same polygon for level 2.
const Object* usgs_item_of(const ListedScene& scene) {
  for (const auto* ending : {"_stac.json", "_SR_stac.json", "_ST_stac.json"}) {
    if (const auto* item = scene.neighbour(ending)) return item;
  }
  return nullptr;
}

}  // namespace

Harvest::Harvest(ObjectStore& store, Listing& listing, db::Pool& pool, HarvestOptions options,
                 Counters& counters, HarvestEvents events)
    : store_(store),
      listing_(listing),
      pool_(pool),
      marks_(pool),
      writer_(pool),
      options_(std::move(options)),
      counters_(counters),
      events_(std::move(events)),
      to_fetch_(4 * options_.concurrency),
      to_write_(options_.batch + options_.concurrency) {}  // a batch is made ready while one is written

void Harvest::run(const std::stop_token& stop) {
  const std::stop_callback pass_on(stop, [this] { abandon(nullptr); });
  fetchers_ = std::min(options_.concurrency, store_.most_readers());
  std::vector<std::jthread> threads;
  threads.emplace_back([this] { list(); });
  for (std::size_t i = fetchers_; i > 0; --i) threads.emplace_back([this] { fetch_all(); });
  write_all();
  threads.clear();
  if (reason_) std::rethrow_exception(reason_);
  settle();
}

// Once all is written: what does a source that has been listed to its end not hold any more?
void Harvest::settle() {
  if (options_.dry_run) return;
  const auto span = in_database([this] { return listing_.finish(); });
  if (!span || stop_.stop_requested()) return;
  counters_.gone += in_database([&] { return marks_.count_gone(store_.name(), *span); });
  if (!options_.archive_removed || counters_.gone == 0) return;
  if (counters_.found == 0) {
    throw SourceError(store_.name() +
                      " holds no scene at all: nothing is archived, in case it is the wrong place.");
  }
  counters_.archived += in_database([&] { return marks_.archive_gone(store_.name(), *span); });
}

// Ends listing and reading; what has been read is still written. The first reason counts.
void Harvest::abandon(std::exception_ptr reason) {
  {
    const std::lock_guard lock(reason_mutex_);
    if (!reason_) reason_ = std::move(reason);
  }
  stop_.request_stop();
  to_fetch_.cancel();
}

void Harvest::list() {
  try {
    const auto take = [this](Page page, MtlFilter& filter) { return take_page(std::move(page), filter); };
    listing_.list(take, stop_.get_token());
    if (!stop_.stop_requested()) counters_.listing_done = true;
  } catch (const Problem& problem) {
    const auto reason = DatabaseError(std::string{"The database cannot be used: "} + problem.what() + ".");
    if (!stop_.stop_requested()) abandon(std::make_exception_ptr(reason));
  } catch (...) {
    if (!stop_.stop_requested()) abandon(std::current_exception());
  }
  to_fetch_.close();
}

bool Harvest::take_page(Page page, MtlFilter& filter) {
  counters_.listed += page.objects.size();
  counters_.failed += page.unreadable.size();
  for (const auto& sentence : page.unreadable) events_.failed(sentence);
  account_for(page);
  auto scenes = filter.choose(page);
  counters_.found += scenes.size();
  counters_.filtered += std::erase_if(
      scenes, [this](const ListedScene& scene) { return !options_.filter.may_match(scene.metadata); });
  return scenes.empty() ? !stop_.stop_requested() : queue_new(std::move(scenes), page.ticket);
}

// Scenes that are known where the source has none.
void Harvest::account_for(const Page& page) {
  if (!page.covers) return;
  std::vector<std::string> listed;
  for (const auto& object : page.objects) {
    if (mtl_stem(object.key)) listed.push_back(object.key);
  }
  if (!options_.dry_run) {
    in_database([&] { return marks_.mark_missing(store_.name(), *page.covers, listed); });
    return;
  }
  const auto missing = in_database([&] { return marks_.missing(store_.name(), *page.covers, listed); });
  counters_.gone += missing.size();
  for (const auto& key : missing) events_.would(href(key), HarvestEvents::Change::gone);
}

// False when the limit is reached or the harvest is over.
bool Harvest::queue_new(std::vector<ListedScene> scenes, const std::shared_ptr<PageTicket>& ticket) {
  std::vector<std::string> keys;
  keys.reserve(scenes.size());
  for (const auto& scene : scenes) keys.push_back(scene.metadata.key);
  const auto marks = in_database([&] { return marks_.find(store_.name(), keys); });

  for (auto& scene : scenes) {
    const auto& key = scene.metadata.key;
    const auto known = marks.find(key);
    if (!options_.force && known != marks.end() && is_unchanged(scene, known->second)) {
      ++counters_.skipped;
      continue;
    }
    if (counters_.queued++ >= options_.limit.value_or(std::numeric_limits<std::uint64_t>::max())) {
      --counters_.queued;
      return false;
    }
    counters_.reads += reads_beside(scene) ? 2 : 1;
    if (options_.dry_run) {
      const bool is_new = known == marks.end();
      events_.would(href(key), is_new ? HarvestEvents::Change::added : HarvestEvents::Change::changed);
      continue;
    }
    if (ticket) ticket->hold();
    if (!to_fetch_.push({std::move(scene), ticket})) return false;
  }
  return true;
}

std::string Harvest::href(const std::string& key) const {
  if (options_.href_base.empty()) return store_.href(key);
  const auto below = store_.below_source(key);
  return options_.href_base + (options_.href_base.starts_with("s3://") ? below : percent_encode(below, "/"));
}

void Harvest::fetch_all() {
  while (const auto job = to_fetch_.pop()) {
    try {
      if (!fetch(*job)) break;
    } catch (...) {
      abandon(std::current_exception());
    }
  }
  if (--fetchers_ == 0) to_write_.close();
}

// False when a stop came between.
bool Harvest::fetch(const Job& job) {
  const auto& object = job.scene.metadata;
  db::HarvestFailure failure{object.key, object.mark, "read", {}, {}};
  bool incomplete = false;
  try {
    if (object.size > largest_object) throw ObjectError(href(object.key) + " is too large for an MTL.");
    auto blob = store_.get(object.key, stop_.get_token());
    ++counters_.fetched;
    counters_.bytes += blob.bytes.size();
    failure.stage = "parse";
    failure.bytes = std::move(blob.bytes);
    const auto place = href(object.key);
    // The product's rectangle holds the better footprints: what it rules out is not worth reading them.
    const bool wanted =
        options_.filter.is_empty() || options_.filter.matches(scene_row(failure.bytes, place).item);
    db::SceneRow row;
    if (wanted) row = scene_row(failure.bytes, place, neighbours_of(job.scene, incomplete));
    if (!wanted || !options_.filter.matches(row.item)) {
      ++counters_.filtered;
      if (job.ticket) job.ticket->release();
      return true;
    }
    ++counters_.parsed;
    if (incomplete && stop_.stop_requested()) return false;
    row.source = store_.name();
    row.key = object.key;
    if (!incomplete) row.mark = job.scene.mark_with(blob.mark.empty() ? object.mark : blob.mark);
    return to_write_.push({writer_.prepare(std::move(row)), job.ticket, incomplete});
  } catch (const SourceError&) {
    if (stop_.stop_requested()) return false;
    throw;
  } catch (const BudgetError&) {
    throw;
  } catch (const std::exception& error) {
    if (stop_.stop_requested() && failure.stage == "read") return false;
    failure.reason = error.what();
  }
  return to_write_.push({std::move(failure), job.ticket});
}

// By the name of the scene: only the angle coefficients of OLI are read.
bool Harvest::reads_beside(const ListedScene& scene) const {
  if (options_.footprints == Footprints::mtl) return false;
  const std::string_view key = scene.metadata.key;
  const auto name = parse_product_name(key.substr(key.rfind('/') + 1));
  const bool may_be_oli = !name || name->sensor == 'C' || name->sensor == 'O';
  if (may_be_oli && scene.neighbour("_ANG.txt") != nullptr) return true;
  return options_.footprints == Footprints::best && usgs_item_of(scene) != nullptr;
}

mtl::Neighbours Harvest::neighbours_of(const ListedScene& scene, bool& incomplete) const {
  mtl::Neighbours neighbours;
  const auto add_size = [&](const Object& object) {
    if (object.size > 0) neighbours.sizes.emplace(object.key.substr(object.key.rfind('/') + 1), object.size);
  };
  add_size(scene.metadata);
  for (const auto& object : scene.beside) add_size(object);
  if (options_.footprints == Footprints::mtl) return neighbours;
  if (const auto* angles = scene.neighbour("_ANG.txt")) {
    neighbours.angle_coefficients = [this, angles, &incomplete] {
      return read_beside(*angles, mtl::enough_of_angle_coefficients, incomplete);
    };
  }
  if (options_.footprints == Footprints::angles) return neighbours;
  if (const auto* item = usgs_item_of(scene)) {
    neighbours.usgs_item = [this, item, &incomplete] {
      return read_beside(*item, largest_object, incomplete);
    };
  }
  return neighbours;
}

// Nothing when it cannot be read: the scene is then indexed with the footprint that is left, and read again
// by the next run if that may help.
std::string Harvest::read_beside(const Object& object, std::size_t most, bool& incomplete) const {
  try {
    return store_.get_beginning(object.key, most, stop_.get_token());
  } catch (const ReadError& error) {
    if (!error.may_pass() && dynamic_cast<const SourceError*>(&error) != nullptr) throw;
    incomplete = incomplete || error.may_pass();
    if (error.may_pass() && !stop_.stop_requested())
      events_.failed(std::string{error.what()} + " The footprint is a lesser one until the next run.");
    return {};
  }
}

void Harvest::write_all() {
  try {
    auto deadline = Clock::now() + longest_wait;
    while (!to_write_.finished()) {
      if (auto result = to_write_.pop(deadline)) add_to_batch(std::move(*result));
      if (batch_.size() < options_.batch && Clock::now() < deadline) continue;
      flush();
      deadline = Clock::now() + longest_wait;
    }
    flush();
  } catch (...) {
    abandon(std::current_exception());
    to_write_.cancel();
  }
}

void Harvest::add_to_batch(Result result) {
  if (auto* failure = std::get_if<db::HarvestFailure>(&result.outcome)) {
    record(std::move(*failure));
  } else {
    batch_.push_back(std::move(std::get<db::PreparedScene>(result.outcome)));
    if (result.incomplete) ++counters_.incomplete;
  }
  if (result.ticket) written_of_.push_back(std::move(result.ticket));
}

void Harvest::record(db::HarvestFailure failure) {
  ++counters_.failed;
  events_.failed(href(failure.key) + ": " + failure.reason);
  failures_.push_back(std::move(failure));
}

// How far the listing is done commits with the last scenes of its pages.
void Harvest::flush() {
  if (options_.dry_run) return written_of_.clear();
  for (const auto& row : batch_) ensure_kind(row);
  if (!failures_.empty()) in_database([this] { writer_.record_failures(store_.name(), failures_); });
  failures_.clear();
  for (const auto& ticket : written_of_) ticket->release();
  written_of_.clear();
  const auto progress = listing_.progress();
  auto within = progress;
  within.emplace_back("select hayden.archive_superseded()");
  if (!batch_.empty() && write(batch_, within)) return batch_.clear();
  batch_.clear();
  if (!failures_.empty()) in_database([this] { writer_.record_failures(store_.name(), failures_); });
  failures_.clear();
  if (!progress.empty()) in_database([&] { db::run_for_harvest(pool_, progress); });
}

// The database may refuse a scene for its content; the batch is then halved until that scene is alone. False
// when it came to that: of `within` only the last, which is about the scenes, has been run then.
bool Harvest::write(std::span<const db::PreparedScene> rows, std::span<const db::Sql> within) {
  try {
    const auto report = in_database([&] { return writer_.write(rows, within); });
    counters_.added += static_cast<std::uint64_t>(report.added);
    counters_.changed += static_cast<std::uint64_t>(report.changed);
    counters_.unchanged += static_cast<std::uint64_t>(report.unchanged);
    return true;
  } catch (const Problem& problem) {
    if (rows.size() == 1) {
      record({rows[0].key, rows[0].mark, "write", problem.what(), {}});
    } else {
      write(rows.first(rows.size() / 2), within.last(1));
      write(rows.subspan(rows.size() / 2), within.last(1));
    }
    return false;
  }
}

void Harvest::ensure_kind(const db::PreparedScene& row) {
  const auto& collection = row.document.collection;
  in_database([&] {
    if (kinds_.insert(collection).second)
      writer_.ensure_collection(collection, mtl::landsat_collection(collection));
    if (!row.product.empty() && kinds_.insert(row.product).second) {
      writer_.ensure_product(row.product, odc::landsat_product(row.product), collection);
    }
  });
}

}  // namespace hayden::crawl
