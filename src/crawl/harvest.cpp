#include "crawl/harvest.hpp"

#include <thread>

#include "core/percent.hpp"
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

}  // namespace

Harvest::Harvest(ObjectStore& store, db::Pool& pool, HarvestOptions options, Counters& counters,
                 HarvestEvents events)
    : store_(store),
      marks_(pool),
      writer_(pool),
      options_(std::move(options)),
      counters_(counters),
      events_(std::move(events)),
      to_fetch_(4 * options_.concurrency),
      to_write_(2 * options_.concurrency) {}

void Harvest::run(const std::stop_token& stop) {
  const std::stop_callback pass_on(stop, [this] { abandon(nullptr); });
  fetchers_ = options_.concurrency;
  std::vector<std::jthread> threads;
  threads.emplace_back([this] { list(); });
  for (std::size_t i = 0; i < options_.concurrency; ++i) threads.emplace_back([this] { fetch_all(); });
  write_all();
  threads.clear();
  if (reason_) std::rethrow_exception(reason_);
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
    store_.list([this](Page page) { return take_page(std::move(page)); }, stop_.get_token());
    if (!stop_.stop_requested()) counters_.listing_done = true;
  } catch (...) {
    if (!stop_.stop_requested()) abandon(std::current_exception());
  }
  to_fetch_.close();
}

bool Harvest::take_page(Page page) {
  counters_.listed += page.objects.size();
  counters_.failed += page.unreadable.size();
  for (const auto& sentence : page.unreadable) events_.failed(sentence);
  std::erase_if(page.objects, [this](const Object& object) { return !filter_.accepts(object.key); });
  counters_.found += page.objects.size();
  return page.objects.empty() || queue_new(page.objects);
}

// False when the limit is reached or the harvest is over.
bool Harvest::queue_new(const std::vector<Object>& scenes) {
  std::vector<std::string> keys;
  keys.reserve(scenes.size());
  for (const auto& scene : scenes) keys.push_back(scene.key);
  const auto marks = in_database([&] { return marks_.known_marks(store_.name(), keys); });

  for (const auto& scene : scenes) {
    const auto known = marks.find(scene.key);
    if (!options_.force && known != marks.end() && known->second == scene.mark) {
      ++counters_.skipped;
      continue;
    }
    if (options_.limit && counters_.queued >= *options_.limit) return false;
    ++counters_.queued;
    if (options_.dry_run) {
      events_.would_read(href(scene.key), known == marks.end());
    } else if (!to_fetch_.push(scene)) {
      return false;
    }
  }
  return true;
}

std::string Harvest::href(const std::string& key) const {
  if (options_.href_base.empty()) return store_.href(key);
  const auto below = store_.below_source(key);
  return options_.href_base + (options_.href_base.starts_with("s3://") ? below : percent_encode(below, "/"));
}

void Harvest::fetch_all() {
  while (const auto object = to_fetch_.pop()) {
    try {
      auto result = fetch(*object);
      if (!result || !to_write_.push(std::move(*result))) break;
    } catch (...) {
      abandon(std::current_exception());
    }
  }
  if (--fetchers_ == 0) to_write_.close();
}

// Nothing when a stop came between.
std::optional<Harvest::Result> Harvest::fetch(const Object& object) {
  db::HarvestFailure failure{object.key, object.mark, "read", {}, {}};
  try {
    if (object.size > largest_object) throw ObjectError(href(object.key) + " is too large for an MTL.");
    auto blob = store_.get(object.key, stop_.get_token());
    ++counters_.fetched;
    counters_.bytes += blob.bytes.size();
    failure.stage = "parse";
    failure.bytes = std::move(blob.bytes);
    auto row = scene_row(failure.bytes, href(object.key));
    row.source = store_.name();
    row.key = object.key;
    row.mark = object.mark;
    if (!blob.mark.empty()) row.mark = std::move(blob.mark);
    return row;
  } catch (const SourceError&) {
    if (stop_.stop_requested()) return {};
    throw;
  } catch (const std::exception& error) {
    if (stop_.stop_requested() && failure.stage == "read") return {};
    failure.reason = error.what();
    return failure;
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
  if (auto* failure = std::get_if<db::HarvestFailure>(&result)) {
    record(std::move(*failure));
  } else {
    batch_.push_back(std::move(std::get<db::SceneRow>(result)));
  }
}

void Harvest::record(db::HarvestFailure failure) {
  ++counters_.failed;
  events_.failed(href(failure.key) + ": " + failure.reason);
  failures_.push_back(std::move(failure));
}

void Harvest::flush() {
  for (const auto& row : batch_) ensure_kind(row);
  write(batch_);
  batch_.clear();
  if (failures_.empty()) return;
  in_database([this] { writer_.record_failures(store_.name(), failures_); });
  failures_.clear();
}

// The database may refuse a scene for its content; the batch is then halved until that scene is alone.
void Harvest::write(std::span<const db::SceneRow> rows) {
  if (rows.empty()) return;
  try {
    const auto report = in_database([&] { return writer_.write(rows); });
    counters_.added += static_cast<std::uint64_t>(report.added);
    counters_.changed += static_cast<std::uint64_t>(report.changed);
    counters_.unchanged += static_cast<std::uint64_t>(report.unchanged);
  } catch (const Problem& problem) {
    if (rows.size() == 1) return record({rows[0].key, rows[0].mark, "write", problem.what(), {}});
    write(rows.first(rows.size() / 2));
    write(rows.subspan(rows.size() / 2));
  }
}

void Harvest::ensure_kind(const db::SceneRow& row) {
  const auto collection = row.item.at("collection").get<std::string>();
  in_database([&] {
    if (kinds_.insert(collection).second)
      writer_.ensure_collection(collection, mtl::landsat_collection(collection));
    if (!row.product.empty() && kinds_.insert(row.product).second) {
      writer_.ensure_product(row.product, odc::landsat_product(row.product), collection);
    }
  });
}

}  // namespace hayden::crawl
