#include "load.hpp"

#include <chrono>
#include <cstdio>
#include <exception>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "crawl/scene_row.hpp"
#include "db/pool.hpp"
#include "db/scene_writer.hpp"
#include "mtl/landsat_item.hpp"
#include "odc/dataset.hpp"

namespace hayden::bench {
namespace {

constexpr std::size_t batch_size = 500;
const std::string source = "s3://usgs-landsat";

/// Hands out batches of generated scenes to the threads that convert and write them.
class Supply {
 public:
  Supply(const samples::SampleOptions& options, std::uint64_t scenes) : generator_(options), left_(scenes) {}

  std::vector<samples::SampleProduct> batch() {
    const std::lock_guard lock(mutex_);
    std::vector<samples::SampleProduct> products;
    while (left_ > 0 && products.size() < batch_size) {
      auto product = generator_.next();
      if (!product) throw std::runtime_error("the generator has no more scenes");
      products.push_back(std::move(*product));
      --left_;
    }
    return products;
  }

  void written(std::size_t count) {
    const std::lock_guard lock(mutex_);
    written_ += count;
    if (written_ % 10'000 < count)
      std::fprintf(stderr, "%ju scenes\n", static_cast<std::uintmax_t>(written_));
  }

  void fail(std::exception_ptr reason) {
    const std::lock_guard lock(mutex_);
    if (!reason_) reason_ = std::move(reason);
    left_ = 0;
  }
  void rethrow() const {
    if (reason_) std::rethrow_exception(reason_);
  }
  std::uint64_t written() const { return written_; }

 private:
  std::mutex mutex_;
  samples::SceneGenerator generator_;
  std::uint64_t left_, written_ = 0;
  std::exception_ptr reason_;
};

db::SceneRow row_of(const samples::SampleFile& file) {
  auto row = crawl::scene_row(file.text, source + '/' + file.key);
  row.source = source;
  row.key = file.key;
  row.mark = std::to_string(file.text.size());
  return row;
}

void convert_and_write(Supply& supply, db::Pool& pool) {
  db::SceneWriter writer(pool);
  std::set<std::string> known;
  for (auto products = supply.batch(); !products.empty(); products = supply.batch()) {
    std::vector<db::SceneRow> rows;
    rows.reserve(products.size());
    for (const auto& product : products) {
      rows.push_back(row_of(product.files.front()));
      const auto collection = rows.back().item.at("collection").get<std::string>();
      const auto& name = rows.back().product;
      if (known.insert(collection).second)
        writer.ensure_collection(collection, mtl::landsat_collection(collection));
      if (known.insert(name).second) writer.ensure_product(name, odc::landsat_product(name), collection);
    }
    writer.write(rows);
    supply.written(rows.size());
  }
}

}  // namespace

LoadReport load(const LoadOptions& options) {
  auto samples = options.samples;
  samples.forms = samples::Forms::json;
  Supply supply(samples, options.scenes);
  db::PoolOptions pool_options;
  pool_options.url = options.database_url;
  pool_options.application = "hayden-bench";
  pool_options.size = options.threads;
  db::Pool pool(pool_options);

  const auto begun = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < options.threads; ++i) {
      threads.emplace_back([&] {
        try {
          convert_and_write(supply, pool);
        } catch (...) {
          supply.fail(std::current_exception());
        }
      });
    }
  }
  supply.rethrow();
  return {supply.written(), std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count()};
}

}  // namespace hayden::bench
