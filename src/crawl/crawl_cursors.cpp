#include "crawl/crawl_cursors.hpp"

namespace hayden::crawl {

std::shared_ptr<PageTicket> CrawlCursors::open(std::int64_t range) {
  auto ticket = std::make_shared<PageTicket>(range);
  const std::lock_guard lock(mutex_);
  pages_[range].push_back(ticket);
  return ticket;
}

std::vector<CrawlCursors::Move> CrawlCursors::take_moves() {
  std::vector<Move> moves;
  const std::lock_guard lock(mutex_);
  for (auto at = pages_.begin(); at != pages_.end();) {
    auto& pages = at->second;
    std::shared_ptr<PageTicket> last;
    while (!pages.empty() && pages.front()->is_done()) {
      last = std::move(pages.front());
      pages.pop_front();
    }
    if (last) moves.push_back({at->first, last->cursor()});
    at = pages.empty() ? pages_.erase(at) : std::next(at);
  }
  return moves;
}

}  // namespace hayden::crawl
