#pragma once
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "crawl/listing.hpp"

namespace hayden::crawl {

class PageTicket {
 public:
  explicit PageTicket(std::int64_t range) : range_(range) {}

  void hold() { ++pending_; }
  void release() { --pending_; }
  bool is_done() const { return pending_ == 0; }
  std::int64_t range() const { return range_; }
  /// Up to which key all is done with the page; nothing for the last page of its range. Set before the lister
  /// releases the page.
  const std::optional<std::string>& cursor() const { return cursor_; }
  void set_cursor(std::string key) { cursor_ = std::move(key); }

 private:
  std::int64_t range_;
  std::optional<std::string> cursor_;
  std::atomic<std::uint64_t> pending_ = 1;  // one for the lister, one for each scene on its way
};

/// How far each range of a crawl is written. A cursor moves over pages in their order only, so that no scene
/// of an earlier page can be lost. Safe to share between threads.
class CrawlCursors {
 public:
  /// The next page of a range; held until release()d as often as held.
  std::shared_ptr<PageTicket> open(std::int64_t range);

  struct Move {
    std::int64_t range = 0;
    std::optional<std::string> cursor;  ///< nothing: the whole range is done
  };
  /// The ranges whose cursor has moved since the last call, each once.
  std::vector<Move> take_moves();

 private:
  std::mutex mutex_;
  std::map<std::int64_t, std::deque<std::shared_ptr<PageTicket>>> pages_;
};

}  // namespace hayden::crawl
