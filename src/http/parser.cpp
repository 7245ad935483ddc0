#include "http/parser.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstdint>
#include <optional>
#include <utility>

#include "http/field.hpp"

namespace hayden::http {

namespace {

namespace beast = boost::beast::http;
using Error = boost::beast::error_code;
using Text = boost::beast::string_view;

// A chunk-size line, or the last one with all trailers.
constexpr std::size_t chunk_line_limit = 4096;
// Room for a method and the version around the longest target.
constexpr std::size_t request_line_extra = 64;
// Empty lines before a request are to be ignored (RFC 9112 §2.2), but not for ever.
constexpr std::size_t line_break_limit = 1024;
// Framing a client may spend on its chunks: one-byte chunks pass, a flood of chunk extensions does not.
constexpr std::size_t chunk_overhead_floor = std::size_t{16} * 1024;
constexpr std::size_t chunk_overhead_factor = 8;

std::string to_string(Text text) { return {text.data(), text.size()}; }

/// Collects what Beast finds. Trailers are read and dropped: merging them into the headers is a smuggling
/// hole.
class Message final : public beast::basic_parser<true> {
 public:
  explicit Message(const ParserLimits& limits) {
    header_limit(static_cast<std::uint32_t>(std::max(limits.head, chunk_line_limit)));
    body_limit(limits.body);
  }

  /// True where a chunk-size line or the trailers come next.
  bool between_chunks() const { return chunked() && chunk_left_ == 0; }

  Request request;
  std::string target;

 private:
  void on_request_impl(beast::verb, Text method, Text uri, int version, Error&) override {
    request.method = to_string(method);
    target = to_string(uri);
    request.http_1_0 = version == 10;
  }
  void on_response_impl(int, Text, int, Error&) override {}
  void on_field_impl(beast::field, Text name, Text value, Error&) override {
    if (!head_done_) request.headers.emplace_back(to_string(name), to_string(value));
  }
  void on_header_impl(Error&) override { head_done_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, Error&) override {
    if (length)
      request.body.reserve(
          static_cast<std::size_t>(std::min<std::uint64_t>(*length, std::uint64_t{64} * 1024)));
  }
  std::size_t on_body_impl(Text piece, Error&) override {
    request.body.append(piece.data(), piece.size());
    return piece.size();
  }
  void on_chunk_header_impl(std::uint64_t size, Text, Error&) override { chunk_left_ = size; }
  std::size_t on_chunk_body_impl(std::uint64_t, Text piece, Error&) override {
    request.body.append(piece.data(), piece.size());
    chunk_left_ -= piece.size();
    return piece.size();
  }
  void on_finish_impl(Error&) override {}

  bool head_done_ = false;
  std::uint64_t chunk_left_ = 0;
};

Bad bad_request(std::string description) { return {400, std::move(description)}; }

Bad describe(const Error& error) {
  if (error == beast::error::body_limit) return {413, "The request body is too large."};
  if (error == beast::error::header_limit) return {431, "The request headers are too large."};
  if (error == beast::error::bad_version) return {505, "Only HTTP/1.0 and HTTP/1.1 are spoken here."};
  if (error == beast::error::bad_content_length) return bad_request("Content-Length is malformed.");
  if (error == beast::error::multiple_content_length) return bad_request("Content-Length is given twice.");
  if (error == beast::error::bad_transfer_encoding) {
    return bad_request("Transfer-Encoding is malformed, repeated, or given beside Content-Length.");
  }
  if (error == beast::error::bad_chunk || error == beast::error::bad_chunk_extension) {
    return bad_request("The chunked body is malformed.");
  }
  if (error == beast::error::bad_target) return bad_request("The request target is malformed.");
  if (error == beast::error::bad_method) return bad_request("The request method is malformed.");
  return bad_request("The request is not well-formed HTTP.");
}

/// The first line, before Beast sees it: what it would wait for or answer with the wrong status.
std::optional<Bad> check_request_line(std::string_view line, const ParserLimits& limits) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == 0) return bad_request("The request line is malformed.");
  if (first == last) return bad_request("The request line has no HTTP version.");
  const auto version = line.substr(last + 1);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (version.size() != 8 || !version.starts_with("HTTP/") || version[6] != '.' || !digit(version[5]) ||
      !digit(version[7])) {
    return bad_request("The request line is malformed.");
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return Bad{505, "Only HTTP/1.0 and HTTP/1.1 are spoken here."};
  if (last - first - 1 > limits.url) return Bad{414, "The URL is too long."};
  return {};
}

bool plausible_host(std::string_view host) {
  return host.find_first_of(" \t/?#@\\\"<>,{}|^`") == std::string_view::npos;
}

std::optional<Bad> read_host(Request& request) {
  std::size_t hosts = 0;
  for (const auto& [name, value] : request.headers) {
    if (!same_name(name, "Host")) continue;
    ++hosts;
    if (!plausible_host(value)) return bad_request("The Host header is malformed.");
  }
  if (hosts > 1) return bad_request("The Host header is given twice.");
  if (hosts == 0 && !request.http_1_0) return bad_request("The Host header is missing.");
  return {};
}

std::optional<Bad> read_transfer_coding(const Request& request) {
  std::size_t codings = 0;
  bool length = false;
  for (const auto& [name, value] : request.headers) {
    if (same_name(name, "Content-Length")) length = true;
    if (!same_name(name, "Transfer-Encoding")) continue;
    ++codings;
    if (!same_name(trim(value), "chunked")) {
      return Bad{501, "The only transfer coding understood is chunked."};
    }
  }
  if (codings > 1) return bad_request("Transfer-Encoding is given twice.");
  if (codings == 1 && length) return bad_request("Content-Length and Transfer-Encoding exclude each other.");
  if (codings == 1 && request.http_1_0) return bad_request("HTTP/1.0 knows no Transfer-Encoding.");
  return {};
}

/// Splits the target into path and query; an absolute form (RFC 9112 §3.2.2) replaces the Host header.
std::optional<Bad> read_target(std::string_view target, Request& request) {
  if (request.method == "CONNECT") return Bad{501, "CONNECT is not supported."};
  if (target.find('#') != std::string_view::npos) return bad_request("The request target has a fragment.");
  const auto scheme = target.find("://");
  if (scheme != std::string_view::npos &&
      (same_name(target.substr(0, scheme), "http") || same_name(target.substr(0, scheme), "https"))) {
    target.remove_prefix(scheme + 3);
    const auto end = std::min(target.find_first_of("/?"), target.size());
    const auto authority = target.substr(0, end);
    if (authority.empty() || !plausible_host(authority))
      return bad_request("The request target is malformed.");
    std::erase_if(request.headers, [](const auto& header) { return same_name(header.first, "Host"); });
    request.headers.emplace_back("Host", authority);
    target.remove_prefix(end);
  } else if (target == "*") {
    if (request.method != "OPTIONS") return bad_request("The target * is for OPTIONS only.");
  } else if (!target.starts_with('/')) {
    return bad_request("The request target must start with a slash.");
  }
  const auto mark = std::min(target.find('?'), target.size());
  request.path = target.substr(0, mark);
  if (request.path.empty()) request.path = "/";
  if (mark < target.size()) request.query = target.substr(mark + 1);
  return {};
}

}  // namespace

class RequestParser::Framing {
 public:
  using Result = std::variant<Incomplete, Bad, Complete>;

  explicit Framing(const ParserLimits& limits) : limits_(limits) {}

  Result feed(std::string_view bytes) {
    if (failed_) return *failed_;
    const std::size_t carried = kept_.size();
    if (carried > 0) kept_.append(bytes);
    std::string_view window = carried > 0 ? std::string_view(kept_) : bytes;
    auto result = advance(window);
    if (const auto* bad = std::get_if<Bad>(&result)) {
      failed_ = *bad;
    } else if (auto* complete = std::get_if<Complete>(&result)) {
      // What was carried over was not enough, so the request ends within the new bytes.
      complete->consumed -= carried;
      kept_.clear();
    } else if (carried > 0) {
      kept_.erase(0, at_);
    } else {
      kept_.assign(window.substr(at_));
    }
    at_ = 0;
    return result;
  }

  bool started() const { return in_head_ || message_.has_value(); }

  bool take_continue() { return std::exchange(continue_wanted_, false); }

 private:
  /// Moves at_ over as much of the window as can be decided.
  Result advance(std::string_view window) {
    if (!message_) {
      if (auto bad = find_head_end(window)) return *bad;
      if (head_end_ == 0) return Incomplete{};
      if (auto bad = read_head(window.substr(at_, head_end_ - at_))) return *bad;
      at_ = std::exchange(head_end_, 0);
      scanned_ = line_start_ = lines_ = 0;
      in_head_ = false;
    }
    return read_body(window);
  }

  /// Looks at each line once, as it ends, so that a verdict falls at the same byte however the bytes arrive.
  std::optional<Bad> find_head_end(std::string_view window) {
    if (!in_head_) {
      if (auto bad = skip_line_breaks(window)) return bad;
      if (at_ == window.size() || window[at_] == '\r') return {};
      in_head_ = true;
      line_breaks_ = 0;
    }
    const auto head = window.substr(at_);
    while (true) {
      const auto end = head.find('\n', scanned_);
      const auto line_limit =
          lines_ == 0 ? std::min(limits_.url + request_line_extra, limits_.head) : limits_.head;
      const auto size = end == std::string_view::npos ? head.size() : end + 1;
      if (size > line_limit) {
        if (lines_ == 0) return Bad{414, "The URL is too long."};
        return Bad{431, "The request headers are too large."};
      }
      scanned_ = size;
      if (end == std::string_view::npos) return {};
      if (end == line_start_ || head[end - 1] != '\r')
        return bad_request("A header line ends with a bare line feed.");
      const auto line = head.substr(line_start_, end - 1 - line_start_);
      line_start_ = size;
      if (line.empty()) {
        head_end_ = at_ + size;
        return {};
      }
      if (auto bad = check_line(line)) return bad;
    }
  }

  std::optional<Bad> skip_line_breaks(std::string_view window) {
    while (at_ < window.size()) {
      if (window[at_] == '\n') return bad_request("A bare line feed before the request.");
      if (window[at_] != '\r') return {};
      if (at_ + 1 == window.size()) return {};
      if (window[at_ + 1] != '\n') return bad_request("A bare carriage return before the request.");
      at_ += 2;
      line_breaks_ += 2;
      if (line_breaks_ > line_break_limit) return bad_request("Too many empty lines before the request.");
    }
    return {};
  }

  std::optional<Bad> check_line(std::string_view line) {
    const auto control = [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    };
    if (std::any_of(line.begin(), line.end(), control)) {
      return bad_request("The request head contains control characters.");
    }
    if (lines_++ == 0) return check_request_line(line, limits_);
    if (line.front() == ' ' || line.front() == '\t')
      return bad_request("A header is folded over several lines.");
    if (lines_ - 1 > limits_.header_count) return Bad{431, "The request has too many headers."};
    return {};
  }

  std::optional<Bad> read_head(std::string_view head) {
    auto& message = message_.emplace(limits_);
    Error error;
    message.put(boost::asio::const_buffer(head.data(), head.size()), error);
    // A body too large is reported last: framing that cannot be trusted matters more.
    const bool too_large = error == beast::error::body_limit;
    if (error && !too_large) return describe(error);
    Request& request = message.request;
    if (auto bad = read_host(request)) return bad;
    if (auto bad = read_transfer_coding(request)) return bad;
    if (auto bad = read_target(message.target, request)) return bad;
    bool expects = false;
    for (const auto& [name, value] : request.headers) {
      if (!same_name(name, "Expect") || request.http_1_0) continue;
      if (!same_name(trim(value), "100-continue"))
        return Bad{417, "The only expectation met is 100-continue."};
      expects = true;
    }
    if (too_large) return describe(error);
    continue_wanted_ = expects && !message.is_done();
    return {};
  }

  Result read_body(std::string_view window) {
    while (!message_->is_done()) {
      if (at_ == window.size()) return Incomplete{};
      const bool line = message_->between_chunks();
      const auto view = window.substr(at_, line ? chunk_line_limit : std::string_view::npos);
      if (line && !chunk_line_complete(view)) {
        if (view.size() == chunk_line_limit) return bad_request("A chunk-size line is too long.");
        return Incomplete{};
      }
      if (line && quoted(view)) return bad_request("A chunk extension is quoted.");
      Error error;
      const auto taken = message_->put(boost::asio::const_buffer(view.data(), view.size()), error);
      at_ += taken;
      if (error == beast::error::need_more) {
        if (line && view.size() == chunk_line_limit) return bad_request("The trailers are too long.");
        return Incomplete{};
      }
      if (error) return describe(error);
      if (line) chunk_overhead_ += taken;
      if (chunk_overhead_ > chunk_overhead_floor + chunk_overhead_factor * message_->request.body.size()) {
        return bad_request("The chunks are more framing than body.");
      }
      continue_wanted_ = false;
    }
    Complete complete{std::move(message_->request), at_};
    message_.reset();
    chunk_overhead_ = 0;
    continue_wanted_ = false;
    return complete;
  }

  // Beast 1.81 asserts at least five bytes once it has seen the last chunk's line; no chunked body ends with
  // fewer.
  static bool chunk_line_complete(std::string_view view) {
    return view.size() >= 5 && view.find('\n', chunk_line_start(view)) != std::string_view::npos;
  }

  // Asked twice about a quoted string that spans lines, Beast would count the chunk's size twice.
  static bool quoted(std::string_view view) {
    const auto start = chunk_line_start(view);
    return view.substr(start, view.find('\n', start) - start).find('"') != std::string_view::npos;
  }

  static std::size_t chunk_line_start(std::string_view view) { return view.starts_with("\r\n") ? 2 : 0; }

  ParserLimits limits_;
  std::optional<Bad> failed_;
  std::string kept_;    // bytes fed but not yet decided on
  std::size_t at_ = 0;  // how far into the window we are
  bool in_head_ = false;
  std::size_t scanned_ = 0;     // bytes of the head looked at
  std::size_t line_start_ = 0;  // of the line being looked at, from the head's start
  std::size_t lines_ = 0;
  std::size_t head_end_ = 0;  // in the window; 0 while unknown
  std::size_t line_breaks_ = 0;
  std::optional<Message> message_;
  std::size_t chunk_overhead_ = 0;
  bool continue_wanted_ = false;
};

RequestParser::RequestParser(const ParserLimits& limits) : framing_(std::make_unique<Framing>(limits)) {}
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;
RequestParser::~RequestParser() = default;

std::variant<Incomplete, Bad, Complete> RequestParser::feed(std::string_view bytes) {
  return framing_->feed(bytes);
}
bool RequestParser::started() const { return framing_->started(); }
bool RequestParser::take_continue() { return framing_->take_continue(); }

}  // namespace hayden::http
