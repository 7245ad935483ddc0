#include "crawl/directory_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <thread>

#include "core/percent.hpp"

namespace hayden::crawl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t page_size = 1000;

struct Entry {
  std::string sort_key;  // a folder sorts as its keys do: with the slash behind its name
  fs::path path;
  bool is_folder = false;
};

std::string mark_of(const struct stat& status) {
  return std::to_string(status.st_size) + "-" + std::to_string(status.st_mtim.tv_sec) + "." +
         std::to_string(status.st_mtim.tv_nsec);
}

// Walks a tree depth first in key order; holds the entries of one folder per level only.
class Walk {
 public:
  Walk(fs::path root, const Listing::Take& take, const std::stop_token& stop)
      : root_(std::move(root)), take_(take), stop_(stop) {}

  /// True when every part of the tree has been given.
  bool run() {
    walk(root_, "");
    page_.last = true;
    if (!ended_) flush(end_of_prefix(""));
    return !ended_ && complete_;
  }

 private:
  void walk(const fs::path& folder, const std::string& prefix) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0) return unreadable(folder, errno);
    const std::pair identity{status.st_dev, status.st_ino};
    if (std::find(ancestors_.begin(), ancestors_.end(), identity) != ancestors_.end()) return;
    ancestors_.push_back(identity);
    for (const auto& entry : entries(folder)) {
      if (ended_) break;
      const auto key = prefix + entry.sort_key;
      if (entry.is_folder) {
        walk(entry.path, key);
      } else {
        add(entry.path, key);
      }
    }
    ancestors_.pop_back();
  }

  std::vector<Entry> entries(const fs::path& folder) {
    std::vector<Entry> found;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
      std::error_code ignored;
      const bool is_folder = at->is_directory(ignored);
      auto name = at->path().filename().string();
      if (!is_utf8(name)) {
        unreadable(at->path(), EILSEQ);
      } else if (is_folder || at->is_regular_file(ignored)) {
        found.push_back({is_folder ? name + "/" : name, at->path(), is_folder});
      }
    }
    if (error) unreadable(folder, error.value());
    std::sort(found.begin(), found.end(),
              [](const Entry& a, const Entry& b) { return a.sort_key < b.sort_key; });
    return found;
  }

  void add(const fs::path& path, const std::string& key) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return unreadable(path, errno);
    page_.objects.push_back({key, mark_of(status), static_cast<std::uint64_t>(status.st_size), {}});
    if (page_.objects.size() >= page_size) flush(key);
  }

  void unreadable(const fs::path& path, int error) {
    complete_ = false;
    page_.unreadable.push_back(path.string() + " cannot be read: " + std::generic_category().message(error) +
                               ".");
  }

  // What lies behind something unreadable is not known for certain.
  void flush(const std::string& until) {
    if (complete_) page_.covers = {std::exchange(covered_, until), until};
    ended_ = !take_(std::exchange(page_, {}), filter_) || stop_.stop_requested();
  }

  fs::path root_;
  const Listing::Take& take_;
  const std::stop_token& stop_;
  std::vector<std::pair<dev_t, ino_t>> ancestors_;
  Page page_;
  MtlFilter filter_;
  std::string covered_;
  bool ended_ = false, complete_ = true;
};

// Closes itself.
class File {
 public:
  explicit File(const fs::path& path) : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

[[noreturn]] void throw_object_error(const std::string& key) {
  const bool may_pass = errno != ENOENT && errno != EACCES && errno != EISDIR;
  throw ObjectError(key + " cannot be read: " + std::generic_category().message(errno) + ".", may_pass);
}

std::string read_up_to(const File& file, const std::string& key, std::size_t most) {
  std::string bytes;
  std::array<char, 65536> buffer{};
  while (bytes.size() < most) {
    const auto got = ::read(file.descriptor(), buffer.data(), std::min(buffer.size(), most - bytes.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_object_error(key);
    if (got == 0) break;
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return bytes;
}

}  // namespace

DirectoryStore::DirectoryStore(const fs::path& root) {
  std::error_code error;
  root_ = fs::canonical(root, error);
  if (error) throw SourceError("The folder " + root.string() + " cannot be read: " + error.message() + ".");
  if (!fs::is_directory(root_)) throw SourceError(root.string() + " is not a folder.");
  const fs::directory_iterator probe(root_, error);
  if (error) throw SourceError("The folder " + root.string() + " cannot be read: " + error.message() + ".");
}

std::string DirectoryStore::name() const { return "file://" + percent_encode(root_.string(), "/"); }

std::string DirectoryStore::href(const std::string& key) const {
  return "file://" + percent_encode((root_ / key).string(), "/");
}

void DirectoryStore::list(const Take& take, const std::stop_token& stop) {
  complete_ = Walk(root_, take, stop).run();
}

std::optional<db::KeySpan> DirectoryStore::finish() {
  if (!complete_) return {};
  return db::KeySpan{"", end_of_prefix("")};
}

Blob DirectoryStore::get(const std::string& key, const std::stop_token& /*stop*/) {
  const File file(root_ / key);
  struct stat status {};
  if (file.descriptor() < 0 || ::fstat(file.descriptor(), &status) != 0) throw_object_error(key);
  Blob blob{read_up_to(file, key, largest_object + 1), mark_of(status)};
  if (blob.bytes.size() > largest_object) throw ObjectError(key + " is too large for an MTL.");
  return blob;
}

std::string DirectoryStore::get_beginning(const std::string& key, std::size_t most,
                                          const std::stop_token& /*stop*/) {
  const File file(root_ / key);
  if (file.descriptor() < 0) throw_object_error(key);
  return read_up_to(file, key, most);
}

std::size_t DirectoryStore::most_readers() const { return std::thread::hardware_concurrency() + 2; }

}  // namespace hayden::crawl
