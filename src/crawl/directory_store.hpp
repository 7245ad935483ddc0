#pragma once
#include <filesystem>

#include "crawl/listing.hpp"

namespace hayden::crawl {

/// The files below a folder, with paths relative to it as keys. Links are followed, but never in a circle.
class DirectoryStore final : public ObjectStore, public Listing {
 public:
  /// Throws SourceError unless `root` is a folder that can be read.
  explicit DirectoryStore(const std::filesystem::path& root);

  std::string name() const override;
  std::string href(const std::string& key) const override;
  std::string below_source(const std::string& key) const override { return key; }
  void list(const Take& take, const std::stop_token& stop) override;
  /// All of the folder, unless a part of it could not be read.
  std::optional<db::KeySpan> finish() override;
  Blob get(const std::string& key, const std::stop_token& stop) override;
  std::string get_beginning(const std::string& key, std::size_t most, const std::stop_token& stop) override;
  /// Files come at once, so that readers share the processors with all that is made of them.
  std::size_t most_readers() const override;

 private:
  std::filesystem::path root_;
  bool complete_ = false;
};

}  // namespace hayden::crawl
