#include <benchmark/benchmark.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "api/item_page.hpp"
#include "core/exact_json.hpp"
#include "db/item_codec.hpp"
#include "mtl/document.hpp"
#include "mtl/landsat_item.hpp"
#include "mtl/scene.hpp"
#include "odc/dataset.hpp"
#include "samples/generator.hpp"
#include "sign/sigv4.hpp"
#include "stac/item_document.hpp"
#include "stac/item_places.hpp"
#include "stac/page_token.hpp"

namespace hayden {
namespace {

/// One level-2 OLI scene and everything that is made of it on its way.
struct Specimen {
  std::string txt, json, href;
  mtl::Scene scene;
  Json item;
  stac::ItemDocument document;
  std::string dictionary, frame;
};

samples::SampleOptions modern_level2() {
  samples::SampleOptions options;
  options.levels = samples::Levels::l2;
  options.first_year = 2022;
  return options;
}

const Specimen& specimen() {
  static const Specimen made = [] {
    constexpr std::size_t training_items = 100;
    constexpr std::uint32_t dictionary_id = 40'000;
    samples::SceneGenerator generator(modern_level2());
    Specimen one;
    std::vector<std::string> texts;
    while (texts.size() < training_items) {
      auto product = generator.next().value();
      one.txt = product.files[0].text;
      one.json = product.files[1].text;
      one.href = "s3://usgs-landsat/" + product.files[1].key;
      one.scene = mtl::read_scene(mtl::parse_mtl(one.json));
      one.item = mtl::landsat_item(one.scene, one.href);
      one.document = stac::prepare_item(one.item);
      texts.push_back(one.document.text);
    }
    one.dictionary = db::train_dictionary(texts, dictionary_id);
    one.frame = db::ItemEncoder(one.dictionary).encode(one.document.text);
    return one;
  }();
  return made;
}

void generate_scene(benchmark::State& state) {
  samples::SampleOptions options;
  options.around.reset();
  options.forms = samples::Forms::json;
  samples::SceneGenerator generator(options);
  for (auto _ : state) benchmark::DoNotOptimize(generator.next());
}
BENCHMARK(generate_scene);

void parse_mtl(benchmark::State& state, const std::string& text) {
  for (auto _ : state) benchmark::DoNotOptimize(mtl::parse_mtl(text));
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * state.iterations());
}
BENCHMARK_CAPTURE(parse_mtl, txt, specimen().txt);
BENCHMARK_CAPTURE(parse_mtl, json, specimen().json);

void read_scene(benchmark::State& state) {
  const auto document = mtl::parse_mtl(specimen().json);
  for (auto _ : state) benchmark::DoNotOptimize(mtl::read_scene(document));
}
BENCHMARK(read_scene);

void landsat_item(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(mtl::landsat_item(specimen().scene, specimen().href));
}
BENCHMARK(landsat_item);

void dataset_from_item(benchmark::State& state) {
  const auto product = odc::landsat_product_name(specimen().item);
  const auto id = odc::landsat_dataset_id(specimen().scene.product_id);
  for (auto _ : state) benchmark::DoNotOptimize(odc::dataset_from_item(specimen().item, id, product));
}
BENCHMARK(dataset_from_item);

void prepare_item(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(stac::prepare_item(specimen().item));
}
BENCHMARK(prepare_item);

void parse_item(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_exact_json(specimen().document.text));
  state.SetBytesProcessed(static_cast<std::int64_t>(specimen().document.text.size()) * state.iterations());
}
BENCHMARK(parse_item);

void encode_item(benchmark::State& state) {
  const db::ItemEncoder encoder(specimen().dictionary);
  for (auto _ : state) benchmark::DoNotOptimize(encoder.encode(specimen().document.text));
  state.counters["bytes"] = static_cast<double>(specimen().document.text.size());
  state.counters["stored"] = static_cast<double>(specimen().frame.size());
}
BENCHMARK(encode_item);

void decode_and_splice(benchmark::State& state) {
  db::ItemDecoder decoder;
  decoder.add_dictionary(db::ItemDecoder::dictionary_id(specimen().frame), specimen().dictionary);
  constexpr std::string_view links =
      R"({"rel":"self","type":"application/geo+json","href":"https://example.org"})";
  std::string decoded, out;
  for (auto _ : state) {
    out.clear();
    decoder.decode(specimen().frame, decoded);
    api::append_item(out, decoded, specimen().document.links_at, links);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(specimen().document.text.size()) * state.iterations());
}
BENCHMARK(decode_and_splice);

void find_item_places(benchmark::State& state) {
  stac::ItemPlaces places;
  for (auto _ : state) benchmark::DoNotOptimize(stac::find_item_places(specimen().document.text, places));
  state.SetBytesProcessed(static_cast<std::int64_t>(specimen().document.text.size()) * state.iterations());
}
BENCHMARK(find_item_places);

/// One URL; paths differ as those of a page do. `token`: with temporary keys, whose token is signed too.
void presign(benchmark::State& state, const std::string& token) {
  constexpr std::size_t assets = 25;
  sign::SigningKeys keys;
  sign::Presigner presigner({"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", token},
                            {.method = "GET",
                             .host = "usgs-landsat.s3.us-west-2.amazonaws.com",
                             .region = "us-west-2",
                             .request_payer = true,
                             .time = *parse_rfc3339("2024-01-01T00:00:00Z"),
                             .lifetime = std::chrono::hours{1}},
                            keys);
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < 40 * assets; ++i) {
    const auto scene = "LC08_L2SP_046028_2020" + std::to_string(1000 + i / assets) + "_20200918_02_T1";
    paths.push_back("/collection02/level-2/standard/oli-tirs/2020/046/028/" + scene + "/" + scene + "_SR_B" +
                    std::to_string(i % assets) + ".TIF");
  }
  std::size_t next = 0;
  std::string out;
  for (auto _ : state) {
    out.clear();
    presigner.append_query(out, paths[next++ % paths.size()]);
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["per_minute"] =
      benchmark::Counter(60.0 * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(presign, lasting, std::string{});
BENCHMARK_CAPTURE(presign, temporary, std::string(800, 't'));

stac::PageToken token() {
  stac::PageToken token;
  token.sort = "-datetime,-collection,-id";
  token.values = {"1599245702123456", "1", "LC08_L2SP_046028_20200904_02_T1"};
  token.matched = 12'345;
  return token;
}

void encode_token(benchmark::State& state) {
  const auto one = token();
  for (auto _ : state) benchmark::DoNotOptimize(one.encode());
}
BENCHMARK(encode_token);

void decode_token(benchmark::State& state) {
  const auto text = token().encode();
  for (auto _ : state) benchmark::DoNotOptimize(stac::PageToken::decode(text));
}
BENCHMARK(decode_token);

}  // namespace
}  // namespace hayden
