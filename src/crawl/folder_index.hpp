#pragma once
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "crawl/s3_store.hpp"

namespace hayden::crawl {

/// The folders of a bucket as far as requests with a delimiter have told them; what is known is not asked
/// again. Safe to share between threads.
class FolderIndex {
 public:
  explicit FolderIndex(S3Store& store) : store_(store) {}

  /// The folders right below `parent` (empty or with its slash) that begin behind `after`, in order and
  /// without their slashes; at most a page of them. Throws like S3Store::list_folders().
  std::vector<std::string> below(const std::string& parent, const std::string& after,
                                 const std::stop_token& stop);
  bool is_empty() const;
  /// Asks for the folders at all levels above a key and below `parent` at once, where it would be one after
  /// another. Throws like below().
  void learn_around(const std::string& parent, const std::string& key, const std::stop_token& stop);
  /// The folder, with its slash, that all keys behind `after` and not behind `until` lie in, where it is
  /// known that they do.
  std::optional<std::string> around(const std::string& after, const std::string& until) const;

 private:
  struct Level {
    std::string after;
    S3Folders found;

    std::vector<std::string> behind(const std::string& key) const;
    bool tells_behind(const std::string& key) const;
  };

  S3Store& store_;
  mutable std::mutex mutex_;
  std::map<std::string, Level> levels_;  // by parent
};

}  // namespace hayden::crawl
