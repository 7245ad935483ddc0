#include "crawl/estimate.hpp"

#include <fmt/format.h>

#include <cmath>
#include <deque>
#include <random>
#include <set>
#include <vector>

#include "crawl/mtl_filter.hpp"

namespace hayden::crawl {
namespace {

constexpr double keys_of_a_page = 1000;
constexpr int fewest_samples = 10, pages_to_count_keys = 3;

struct Count {
  double wanted = 0, all = 0;  ///< scenes

  Count& add(const Count& other, double weight = 1) {
    wanted += weight * other.wanted;
    all += weight * other.all;
    return *this;
  }
};

std::string_view name_of(std::string_view folder) {
  folder.remove_suffix(1);
  return folder.substr(folder.rfind('/') + 1);
}

class Estimator {
 public:
  Estimator(S3Store& store, const SceneFilter& filter, std::uint64_t most, const std::stop_token& stop)
      : store_(store), filter_(filter), most_(most), stop_(stop) {}

  Estimate run() {
    std::deque<std::string> open{store_.prefix()};
    Count total;
    while (!open.empty() && (requests_ < most_ / 2 || requests_ < 2) && !stop_.stop_requested()) {
      const auto folder = look(open.front());
      open.pop_front();
      total.add(folder.scenes);
      open.insert(open.end(), folder.folders.begin(), folder.folders.end());
    }
    Estimate made;
    if (!open.empty()) made.scenes_error = sample(open, total);
    made.scenes = total.wanted;
    made.keys = loose_keys_ + total.all * keys_of_a_scene();
    made.gets = static_cast<std::uint64_t>(std::llround(total.wanted));
    made.lists = static_cast<std::uint64_t>(std::ceil(made.keys / keys_of_a_page));
    made.requests = requests_;
    return made;
  }

 private:
  struct Folder {
    Count scenes;
    std::vector<std::string> folders;  ///< that are no scenes
  };

  Folder look(const std::string& place) {
    Folder found;
    bool is_empty = true;
    std::string after;
    for (bool more = true; more && !stop_.stop_requested();) {
      ++requests_;
      const auto page = store_.list_folders(place, after, stop_);
      for (const auto& folder : page.folders) {
        if (parse_product_name(name_of(folder))) {
          count(found.scenes, folder + std::string{name_of(folder)} + "_MTL.json");
          if (scene_folders_.size() < pages_to_count_keys) scene_folders_.insert(folder);
        } else {
          found.folders.push_back(folder);
        }
      }
      is_empty = is_empty && page.folders.empty();
      more = page.folders.size() >= static_cast<std::size_t>(keys_of_a_page);
      if (more) after = end_of_prefix(page.folders.back());
    }
    if (is_empty) found.scenes = count_loose(place);
    return found;
  }

  void count(Count& scenes, const std::string& key) const {
    ++scenes.all;
    if (filter_.may_match({key, {}, 0, {}})) ++scenes.wanted;
  }

  /// Scenes whose files lie in a folder that has none below.
  Count count_loose(const std::string& place) {
    Count scenes;
    std::set<std::string, std::less<>> stems;
    std::string token;
    do {
      ++requests_;
      const auto listing = store_.list_page(place, "", token, stop_);
      token = listing.truncated ? listing.next_token : "";
      for (const auto& object : listing.page.objects) {
        ++loose_keys_;
        const auto stem = mtl_stem(object.key);
        if (stem && stems.emplace(*stem).second) count(scenes, object.key);
      }
    } while (!token.empty() && requests_ < most_);
    return scenes;
  }

  // Adds what is likely to be in those folders; tells the standard error.
  double sample(const std::deque<std::string>& open, Count& total) {
    std::vector<double> wanted;
    Count sum;
    while ((requests_ < most_ || wanted.size() < fewest_samples) && !stop_.stop_requested()) {
      Count way;
      double weight = 1;
      for (auto folder = look(chosen(open));; folder = look(chosen(folder.folders))) {
        way.add(folder.scenes, weight);
        if (folder.folders.empty()) break;
        weight *= static_cast<double>(folder.folders.size());
      }
      wanted.push_back(way.wanted);
      sum.add(way);
    }
    const auto samples = static_cast<double>(wanted.size());
    const auto all = static_cast<double>(open.size());
    if (samples == 0) return 0;
    total.add(sum, all / samples);
    double squares = 0;
    for (const auto value : wanted) squares += std::pow(value - sum.wanted / samples, 2);
    return samples > 1 ? all * std::sqrt(squares / (samples - 1) / samples) : 0;
  }

  template <typename Folders>
  const std::string& chosen(const Folders& folders) {
    return folders[std::uniform_int_distribution<std::size_t>(0, folders.size() - 1)(random_)];
  }

  // By the pages that begin with some scenes; the last scene of a page may be cut.
  double keys_of_a_scene() {
    double keys = 0, scenes = 0;
    for (const auto& folder : scene_folders_) {
      ++requests_;
      const auto listing = store_.list_page(store_.prefix(), before_prefix(folder), "", stop_);
      const auto& objects = listing.page.objects;
      std::set<std::string_view> folders;
      for (const auto& object : objects)
        folders.insert(std::string_view{object.key}.substr(0, object.key.rfind('/') + 1));
      keys += static_cast<double>(objects.size());
      scenes += static_cast<double>(folders.size());
    }
    return scenes == 0 ? 0 : keys / scenes;
  }

  S3Store& store_;
  const SceneFilter& filter_;
  std::uint64_t most_, requests_ = 0;
  const std::stop_token& stop_;
  double loose_keys_ = 0;
  std::set<std::string> scene_folders_;
  std::mt19937_64 random_;  // the same bucket gives the same estimate
};

}  // namespace

Estimate estimate(S3Store& store, const SceneFilter& filter, std::uint64_t most_requests,
                  const std::stop_token& stop) {
  return Estimator(store, filter, most_requests, stop).run();
}

Json estimate_json(const Estimate& estimate, const Prices& prices) {
  return {{"scenes", std::llround(estimate.scenes)},
          {"scenes_error", std::llround(estimate.scenes_error)},
          {"keys", std::llround(estimate.keys)},
          {"requests", {{"list", estimate.lists}, {"get", estimate.gets}}},
          {"cost", estimate.cost(prices)},
          {"prices", {{"list", prices.lists}, {"get", prices.gets}}},
          {"made_with_requests", estimate.requests}};
}

std::string estimate_text(const Estimate& estimate, const Prices& prices) {
  const auto error = estimate.scenes_error > 0 ? fmt::format(" ± {:.0f}", estimate.scenes_error) : "";
  return fmt::format(
      "  scenes   {:.0f}{}\n"
      "  requests {} to list some {:.0f} keys, {} to read\n"
      "  cost     {:.4f} USD, at {} USD for 1000 to list and {} to read\n"
      "  this estimate took {} requests to list\n",
      estimate.scenes, error, estimate.lists, estimate.keys, estimate.gets, estimate.cost(prices),
      prices.lists, prices.gets, estimate.requests);
}

}  // namespace hayden::crawl
