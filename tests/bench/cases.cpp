#include "cases.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "core/percent.hpp"
#include "samples/random.hpp"

namespace hayden::bench {
namespace {

using samples::Random;

constexpr std::size_t known_items = 2000;
constexpr int deep = 50;  ///< pages of a thousand

struct BoxSearch {
  double size;  ///< degrees
  int limit;
  bool with_datetime;
};

/// Box searches over land, newest first.
class SearchCase : public Case {
 public:
  SearchCase(std::string collection, BoxSearch kind)
      : collection_(std::move(collection)), kind_(kind), places_(samples::land(samples::wrs(2))) {}

  std::string name() const override {
    std::array<char, 80> text{};
    std::snprintf(text.data(), text.size(), "search, limit %d, %g° box%s", kind_.limit, kind_.size,
                  kind_.with_datetime ? " and one year" : "");
    return text.data();
  }

  std::string target(std::uint64_t i) const override { return "/search?" + query(i); }

  std::size_t rows(db::Catalog& catalog, std::uint64_t i) const override {
    return catalog.search(stac::SearchRequest::from_query(parse_query(query(i)).value())).items.size();
  }

 private:
  std::string query(std::uint64_t i) const {
    Random random(samples::mix(i, 17));
    const auto last = static_cast<int>(places_.size()) - 1;
    const auto middle =
        samples::centre(samples::wrs(2), places_[static_cast<std::size_t>(random.whole(0, last))]);
    const double half = kind_.size / 2;
    const double west = std::clamp(middle.lon, -180 + half, 180 - half) - half;
    const double south = std::clamp(middle.lat, -90 + half, 90 - half) - half;
    std::array<char, 200> text{};
    std::snprintf(text.data(), text.size(), "collections=%s&bbox=%.4f,%.4f,%.4f,%.4f&limit=%d",
                  collection_.c_str(), west, south, west + kind_.size, south + kind_.size, kind_.limit);
    std::string all = text.data();
    if (kind_.with_datetime) {
      const auto year = std::to_string(random.whole(1986, 2023));
      all += "&datetime=" + year + "-01-01T00:00:00Z/" + year + "-12-31T23:59:59Z";
    }
    return all;
  }

  std::string collection_;
  BoxSearch kind_;
  std::vector<samples::PathRow> places_;
};

/// Searches that differ in one thing each from the newest of a collection.
class QueryCase : public Case {
 public:
  QueryCase(std::string name, std::string query) : name_(std::move(name)), query_(std::move(query)) {}

  std::string name() const override { return name_; }
  std::string target(std::uint64_t) const override { return "/search?" + query_; }
  std::size_t rows(db::Catalog& catalog, std::uint64_t) const override {
    return catalog.search(stac::SearchRequest::from_query(parse_query(query_).value())).items.size();
  }

 private:
  std::string name_, query_;
};

/// A page far behind the first, as a client that walks comes to it.
std::string deep_page(db::Catalog& catalog, const std::string& query, int pages) {
  std::string token;
  for (int page = 0; page < pages; ++page) {
    const auto all = query + "&limit=1000" + (token.empty() ? "" : "&token=" + token);
    const auto found = catalog.search(stac::SearchRequest::from_query(parse_query(all).value()));
    if (!found.next) break;
    token = *found.next;
  }
  return query + "&limit=10" + (token.empty() ? "" : "&token=" + token);
}

class ItemCase : public Case {
 public:
  ItemCase(db::Catalog& catalog, std::string collection) : collection_(std::move(collection)) {
    stac::SearchRequest request;
    request.collections = {collection_};
    request.limit = known_items;
    for (const auto& item : catalog.search(request).items) ids_.push_back(item.id);
    if (ids_.empty()) throw std::runtime_error("the database holds no items of " + collection_);
  }

  std::string name() const override { return "item by id"; }
  std::string target(std::uint64_t i) const override {
    return "/collections/" + collection_ + "/items/" + id(i);
  }
  std::size_t rows(db::Catalog& catalog, std::uint64_t i) const override {
    return catalog.find_item(collection_, id(i)) ? 1 : 0;
  }

 private:
  const std::string& id(std::uint64_t i) const { return ids_[samples::mix(i, 5) % ids_.size()]; }

  std::string collection_;
  std::vector<std::string> ids_;
};

class CollectionsCase : public Case {
 public:
  std::string name() const override { return "collections"; }
  std::string target(std::uint64_t) const override { return "/collections"; }
  std::size_t rows(db::Catalog& catalog, std::uint64_t) const override {
    return catalog.collections({}).collections.size();
  }
};

}  // namespace

std::vector<std::unique_ptr<Case>> all_cases(db::Catalog& catalog, const std::string& collection) {
  std::vector<std::unique_ptr<Case>> cases;
  cases.push_back(std::make_unique<ItemCase>(catalog, collection));
  for (const BoxSearch kind :
       {BoxSearch{10, 10, false}, BoxSearch{10, 100, false}, BoxSearch{30, 1000, false},
        BoxSearch{10, 10, true}, BoxSearch{1, 10, false}}) {
    cases.push_back(std::make_unique<SearchCase>(collection, kind));
  }
  const auto of_collection = "collections=" + collection;
  const auto add = [&](std::string name, std::string query) {
    cases.push_back(std::make_unique<QueryCase>(std::move(name), std::move(query)));
  };
  add("search, limit 10, newest first", of_collection + "&limit=10");
  add("search, limit 10, by cloud cover", of_collection + "&limit=10&sortby=eo:cloud_cover");
  add("search, limit 10, most clouds first", of_collection + "&limit=10&sortby=-eo:cloud_cover");
  add("search, limit 10, box in the ocean", of_collection + "&limit=10&bbox=-150,-40,-140,-30");
  add("search, limit 10, box in the ocean by cloud cover",
      of_collection + "&limit=10&bbox=-150,-40,-140,-30&sortby=eo:cloud_cover");
  add("search, limit 10, 50,000 items on", deep_page(catalog, of_collection, deep));
  add("search, limit 10, 50,000 items on by cloud cover",
      deep_page(catalog, of_collection + "&sortby=-eo:cloud_cover", deep));
  add("search, limit 10, filter: one path and row",
      of_collection + "&limit=10&filter=landsat:wrs_path%3D'046'%20and%20landsat:wrs_row%3D'028'");
  add("search, limit 10, filter: one grid cell",
      of_collection + "&limit=10&filter=grid:code%3D'WRS2-046028'");
  add("search, limit 10, filter: clouds below 0.05 %",
      of_collection + "&limit=10&filter=eo:cloud_cover%3C0.05");
  add("search, limit 10, filter: no match", of_collection + "&limit=10&filter=platform%3D'landsat-0'");
  add("search, limit 10, filter: no match by number",
      of_collection + "&limit=10&filter=eo:cloud_cover%3E100");
  add("search, limit 100, two fields", of_collection + "&limit=100&fields=id,properties.datetime");
  cases.push_back(std::make_unique<CollectionsCase>());
  return cases;
}

std::string walk_target(const std::string& collection) {
  return "/search?collections=" + collection + "&limit=" + std::to_string(walk_limit);
}

stac::SearchRequest walk_request(const std::string& collection) {
  stac::SearchRequest request;
  request.collections = {collection};
  request.limit = walk_limit;
  return request;
}

}  // namespace hayden::bench
