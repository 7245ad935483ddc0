#include "crawl/harvest.hpp"

#include <limits>
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
  fetchers_ = options_.concurrency;
  std::vector<std::jthread> threads;
  threads.emplace_back([this] { list(); });
  for (std::size_t i = 0; i < options_.concurrency; ++i) threads.emplace_back([this] { fetch_all(); });
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
  auto scenes = filter.choose(std::move(page.objects));
  counters_.found += scenes.size();
  counters_.filtered +=
      std::erase_if(scenes, [this](const Object& scene) { return !options_.filter.may_match(scene); });
  return scenes.empty() ? !stop_.stop_requested() : queue_new(scenes, page.ticket);
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
bool Harvest::queue_new(const std::vector<Object>& scenes, const std::shared_ptr<PageTicket>& ticket) {
  std::vector<std::string> keys;
  keys.reserve(scenes.size());
  for (const auto& scene : scenes) keys.push_back(scene.key);
  const auto marks = in_database([&] { return marks_.find(store_.name(), keys); });

  for (const auto& scene : scenes) {
    const auto known = marks.find(scene.key);
    const bool unchanged = known != marks.end() && !known->second.was_gone &&
                           (scene.mark.empty() || known->second.mark == scene.mark);
    if (!options_.force && unchanged) {
      ++counters_.skipped;
      continue;
    }
    if (counters_.queued++ >= options_.limit.value_or(std::numeric_limits<std::uint64_t>::max())) {
      --counters_.queued;
      return false;
    }
    if (options_.dry_run) {
      const bool is_new = known == marks.end();
      events_.would(href(scene.key), is_new ? HarvestEvents::Change::added : HarvestEvents::Change::changed);
      continue;
    }
    if (ticket) ticket->hold();
    if (!to_fetch_.push({scene, ticket})) return false;
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
  const auto& object = job.object;
  db::HarvestFailure failure{object.key, object.mark, "read", {}, {}};
  try {
    if (object.size > largest_object) throw ObjectError(href(object.key) + " is too large for an MTL.");
    auto blob = store_.get(object.key, stop_.get_token());
    ++counters_.fetched;
    counters_.bytes += blob.bytes.size();
    failure.stage = "parse";
    failure.bytes = std::move(blob.bytes);
    auto row = scene_row(failure.bytes, href(object.key));
    if (!options_.filter.matches(row.item)) {
      ++counters_.filtered;
      if (job.ticket) job.ticket->release();
      return true;
    }
    row.source = store_.name();
    row.key = object.key;
    row.mark = object.mark;
    if (!blob.mark.empty()) row.mark = std::move(blob.mark);
    return to_write_.push({writer_.prepare(std::move(row)), job.ticket});
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
