#pragma once
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace hayden::crawl {

/// Real documents that lie beside the project, where present (HAYDEN_FIXTURES).
inline std::filesystem::path fixtures() {
  const char* folder = std::getenv("HAYDEN_FIXTURES");
  return folder != nullptr ? folder : std::filesystem::path(HAYDEN_SOURCE_DIR) / "../shared/fixtures";
}

inline bool fixtures_present() { return std::filesystem::is_directory(fixtures()); }

/// All files below a folder of the fixtures with that ending, in order.
inline std::vector<std::filesystem::path> fixture_files(const std::string& folder,
                                                        const std::string& ending) {
  std::vector<std::filesystem::path> files;
  if (!fixtures_present()) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(fixtures() / folder)) {
    if (entry.path().string().ends_with(ending)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A folder that dies with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "hayden-crawl-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace hayden::crawl
