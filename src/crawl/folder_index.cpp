#include "crawl/folder_index.hpp"

#include <algorithm>
#include <future>

#include "crawl/mtl_filter.hpp"

namespace hayden::crawl {
namespace {

std::string without_slash(const std::string& folder) { return folder.substr(0, folder.size() - 1); }

}  // namespace

std::vector<std::string> FolderIndex::Level::behind(const std::string& key) const {
  std::vector<std::string> names;
  for (auto at = std::ranges::upper_bound(found.folders, key); at != found.folders.end(); ++at) {
    names.push_back(without_slash(*at));
    // `a/b/` is behind `a/b`, which is where the folder begins.
    if (names.back() <= key) names.pop_back();
  }
  // `a/b-c/` comes before `a/b/`, and `a/b` before `a/b-c`.
  std::ranges::sort(names);
  return names;
}

// Of a level that was told in part, only while most of that is still to come.
bool FolderIndex::Level::tells_behind(const std::string& key) const {
  const auto& folders = found.folders;
  return after <= key && (!found.truncated || (!folders.empty() && folders[folders.size() / 2] > key));
}

std::vector<std::string> FolderIndex::below(const std::string& parent, const std::string& after,
                                            const std::stop_token& stop) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = levels_.find(parent);
    if (known != levels_.end() && known->second.tells_behind(after)) return known->second.behind(after);
  }
  Level level{after, store_.list_folders(parent, after, stop)};
  std::ranges::sort(level.found.folders);
  auto names = level.behind(after);
  const std::lock_guard lock(mutex_);
  levels_.insert_or_assign(parent, std::move(level));
  return names;
}

void FolderIndex::learn_around(const std::string& parent, const std::string& key,
                               const std::stop_token& stop) {
  std::vector<std::string> levels{parent};
  auto slash = key.starts_with(parent) ? key.find('/', parent.size()) : std::string::npos;
  for (; slash != std::string::npos; slash = key.find('/', slash + 1)) {
    auto level = key.substr(0, slash + 1);
    if (belongs_to_scene(level)) break;
    levels.push_back(std::move(level));
  }
  std::vector<std::future<void>> asked;
  asked.reserve(levels.size());
  for (const auto& level : levels) {
    asked.push_back(std::async(std::launch::async, [&] { below(level, key, stop); }));
  }
  for (auto& one : asked) one.get();
}

bool FolderIndex::is_empty() const {
  const std::lock_guard lock(mutex_);
  return levels_.empty();
}

std::optional<std::string> FolderIndex::around(const std::string& after, const std::string& until) const {
  const auto parent = until.substr(0, until.rfind('/') + 1);
  const std::lock_guard lock(mutex_);
  const auto known = levels_.find(parent);
  if (known == levels_.end() || known->second.found.has_keys) return {};
  const auto& folders = known->second.found.folders;
  const auto next = std::ranges::lower_bound(folders, until + '/');
  if (next == folders.begin() || next == folders.end() || *next != until + '/') return {};
  const auto last = std::prev(next);
  const auto name = without_slash(*last);
  const bool begins_first = last == folders.begin() || *std::prev(last) < name;  // no `a/b-c/` before `a/b/`
  return after >= *last || (after >= name && begins_first) ? std::optional{*last} : std::nullopt;
}

}  // namespace hayden::crawl
