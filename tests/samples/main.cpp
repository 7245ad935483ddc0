#include <CLI/CLI.hpp>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>

#include "samples/generator.hpp"

namespace {

namespace fs = std::filesystem;
using hayden::samples::Forms;
using hayden::samples::Levels;
using hayden::samples::PathRow;
using hayden::samples::SampleFile;

/// Two numbers around a separator, `046/028` or `1985:2024`.
std::pair<int, int> two_numbers(const std::string& text, char separator, const std::string& option) {
  const auto at = text.find(separator);
  try {
    std::size_t first_end = 0, second_end = 0;
    const std::string second_text = at == std::string::npos ? "" : text.substr(at + 1);
    const int first = std::stoi(text.substr(0, at), &first_end), second = std::stoi(second_text, &second_end);
    if (first_end == at && second_end == second_text.size()) return {first, second};
  } catch (const std::logic_error&) {
  }
  throw CLI::ValidationError(
      option, "needs two numbers with a '" + std::string(1, separator) + "' between, not " + text);
}

PathRow path_row(const std::string& text) {
  const auto [path, row] = two_numbers(text, '/', "--around");
  if (path < 1 || path > 233 || row < 1 || row > 122) {
    throw CLI::ValidationError("--around", "needs a WRS-2 path (1 to 233) and a descending row (1 to 122)");
  }
  return {path, row};
}

void write(const fs::path& folder, const SampleFile& file) {
  const fs::path path = folder / file.key;
  fs::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary);
  out << file.text;
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Makes a tree of Landsat Collection 2 MTL files, laid out like the usgs-landsat bucket"};
  std::string output, around = "046/028", years = "1972:2024";
  std::uint64_t scenes = 80;
  bool world = false, dry_run = false;
  hayden::samples::SampleOptions options;
  auto* folder = app.add_option("output_dir", output, "Folder to write to; made if missing");
  app.add_option("--scenes", scenes, "Number of products")->capture_default_str();
  app.add_option("--seed", options.seed, "The same seed gives the same bytes")->capture_default_str();
  app.add_option("--level", options.levels, "l1, l2 or both")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Levels>{{"l1", Levels::l1}, {"l2", Levels::l2}, {"both", Levels::both}}));
  app.add_option("--format", options.forms, "txt, json or both")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Forms>{{"txt", Forms::txt}, {"json", Forms::json}, {"both", Forms::both}}));
  auto* place = app.add_option("--around", around, "WRS-2 path/row; its eight neighbours are included")
                    ->capture_default_str();
  app.add_flag("--world", world, "The land of the whole world")->excludes(place);
  app.add_option("--years", years, "First and last year")->capture_default_str();
  app.add_flag("--dry-run", dry_run, "Write nothing; say what would be made")->excludes(folder);
  try {
    app.parse(argc, argv);
    if (!dry_run && output.empty()) throw CLI::RequiredError("output_dir");
    std::tie(options.first_year, options.last_year) = two_numbers(years, ':', "--years");
    options.around = world ? std::nullopt : std::optional(path_row(around));
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  try {
    hayden::samples::SceneGenerator generator(options);
    std::uint64_t products = 0, files = 0, bytes = 0;
    for (; products < scenes; ++products) {
      const auto product = generator.next();
      if (!product) break;
      for (const SampleFile& file : product->files) {
        ++files;
        bytes += file.text.size();
        if (!dry_run) write(output, file);
      }
    }
    std::cout << products << " products, " << files << " files, " << bytes << " bytes\n";
    if (products == scenes) return 0;
    std::cerr << "hayden-samples: only " << products << " products exist for that place, level and years\n";
  } catch (const std::exception& error) {
    std::cerr << "hayden-samples: " << error.what() << '\n';
  }
  return 1;
}
