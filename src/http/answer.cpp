#include "http/answer.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/http/status.hpp>
#include <charconv>
#include <ctime>
#include <memory>
#include <utility>

#include "http/encoding.hpp"

namespace hayden::http {

namespace {

constexpr std::size_t block = std::size_t{64} * 1024;  // of an unencoded stream
constexpr std::size_t least_chunk =
    std::size_t{16} * 1024;  // encoded blocks are gathered into chunks of at least this size
constexpr std::size_t joined_body = std::size_t{256} * 1024;  // up to here head and body go out in one send

constexpr std::array<std::string_view, 5> own_headers{"Content-Length", "Transfer-Encoding",
                                                      "Content-Encoding", "Connection", "Date"};

bool bodyless(int status) { return status < 200 || status == 204 || status == 304; }

/// IMF-fixdate (RFC 9110 §5.6.7), made once a second per thread.
const std::string& date() {
  static constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  thread_local std::time_t made = 0;
  thread_local std::string text;
  const auto now = std::time(nullptr);
  if (now != made) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, 64> buffer{};
    const int size = std::snprintf(buffer.data(), buffer.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                   days.at(static_cast<std::size_t>(utc.tm_wday)), utc.tm_mday,
                                   months.at(static_cast<std::size_t>(utc.tm_mon)), utc.tm_year + 1900,
                                   utc.tm_hour, utc.tm_min, utc.tm_sec);
    text.assign(buffer.data(), static_cast<std::size_t>(size));
    made = now;
  }
  return text;
}

/// Appends a header line. A line break within a value would let it forge headers: it becomes a space.
void append_header(std::string& out, std::string_view name, std::string_view value) {
  const auto append = [&](std::string_view text) {
    for (const char c : text) out += (c == '\r' || c == '\n' || c == '\0') ? ' ' : c;
  };
  append(name);
  out += ": ";
  append(value);
  out += "\r\n";
}

bool encodable(const Response& response) {
  const auto type = response.header("Content-Type");
  return type && compressible(*type);
}

/// Vary and weak entity tags belong to the resource, not to the coding this one answer happens to have.
void mark_encodable(Response& response) {
  if (const auto etag = response.header("ETag")) response.set("ETag", weak_etag(*etag));
  const auto vary = response.header("Vary");
  if (!vary) {
    response.set("Vary", "Accept-Encoding");
  } else if (*vary != "*" && vary->find("Accept-Encoding") == std::string_view::npos) {
    response.set("Vary", std::string(*vary) + ", Accept-Encoding");
  }
}

enum class Framing { none, length, chunked, until_close };

std::string make_head(const Response& response, const Terms& terms, bool keep_alive, Framing framing,
                      std::size_t length, Coding coding) {
  std::string out;
  out.reserve(512);
  out += "HTTP/1.1 ";
  out += std::to_string(response.status);
  out += ' ';
  const auto reason = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(response.status)));
  out.append(reason.data(), reason.size());
  out += "\r\n";
  append_header(out, "Date", date());
  for (const auto& [name, value] : response.headers) {
    const auto is_name = [&name = name](std::string_view own) { return same_name(own, name); };
    if (std::any_of(own_headers.begin(), own_headers.end(), is_name)) continue;
    if (bodyless(response.status) && same_name(name, "Content-Type")) continue;
    append_header(out, name, value);
  }
  if (coding != Coding::identity) append_header(out, "Content-Encoding", coding_name(coding));
  if (framing == Framing::length) append_header(out, "Content-Length", std::to_string(length));
  if (framing == Framing::chunked) append_header(out, "Transfer-Encoding", "chunked");
  if (!keep_alive) {
    append_header(out, "Connection", "close");
  } else if (terms.http_1_0) {
    append_header(out, "Connection", "keep-alive");
  }
  out += "\r\n";
  return out;
}

void write_whole(Response& response, const Terms& terms, const Transmit& transmit) {
  Coding coding = Coding::identity;
  if (encodable(response)) {
    mark_encodable(response);
    if (response.body.size() > compression_threshold) coding = negotiate(terms.accept_encoding);
  }
  if (const auto compressor = make_compressor(coding)) {
    std::string encoded;
    compressor->write(response.body, true, encoded);
    if (encoded.size() < response.body.size()) {
      response.body = std::move(encoded);
    } else {
      coding = Coding::identity;
    }
  }
  auto head = make_head(response, terms, terms.keep_alive, Framing::length, response.body.size(), coding);
  if (terms.head) {
    transmit(std::move(head));
  } else if (response.body.size() <= joined_body) {
    head += response.body;
    transmit(std::move(head));
  } else {
    transmit(std::move(head));
    transmit(std::move(response.body));
  }
}

/// A body that comes piece by piece. Its head waits until the first block is full, so that a short one gets a
/// Content-Length and a failure before it a proper answer.
class StreamedBody {
 public:
  StreamedBody(Response& response, const Terms& terms, const Transmit& transmit)
      : response_(response), terms_(terms), transmit_(transmit) {}

  bool started() const { return started_; }
  bool keep_alive() const { return terms_.keep_alive && !(started_ && terms_.http_1_0); }

  void take(std::string_view piece) {
    while (!piece.empty()) {
      const auto part = piece.substr(0, block - plain_.size());
      plain_ += part;
      piece.remove_prefix(part.size());
      if (plain_.size() == block) flush(false);
    }
  }

  void finish() {
    if (started_) {
      flush(true);
    } else {
      response_.body = std::move(plain_);
      write_whole(response_, terms_, transmit_);
    }
  }

 private:
  void flush(bool last) {
    std::string out;
    if (!std::exchange(started_, true)) out = start();
    if (compressor_) {
      compressor_->write(plain_, last, encoded_);
    } else {
      encoded_ += plain_;
    }
    plain_.clear();
    if (encoded_.size() >= least_chunk || last) {
      append_chunk(out, encoded_);
      encoded_.clear();
    }
    if (last && !terms_.http_1_0) out += "0\r\n\r\n";
    if (!out.empty()) transmit_(std::move(out));
  }

  std::string start() {
    Coding coding = Coding::identity;
    if (encodable(response_)) {
      mark_encodable(response_);
      coding = negotiate(terms_.accept_encoding);
    }
    compressor_ = make_compressor(coding);
    return make_head(response_, terms_, keep_alive(),
                     terms_.http_1_0 ? Framing::until_close : Framing::chunked, 0, coding);
  }

  void append_chunk(std::string& out, std::string_view payload) const {
    if (payload.empty()) return;  // a chunk of size zero ends the body
    if (terms_.http_1_0) {
      out += payload;
      return;
    }
    std::array<char, 16> size{};
    const auto end = std::to_chars(size.data(), size.data() + size.size(), payload.size(), 16).ptr;
    out.append(size.data(), end);
    out += "\r\n";
    out += payload;
    out += "\r\n";
  }

  Response& response_;
  const Terms& terms_;
  const Transmit& transmit_;
  std::string plain_;
  std::string encoded_;
  std::unique_ptr<Compressor> compressor_;
  bool started_ = false;
};

Delivery write_stream(Response& response, const Terms& terms, const Transmit& transmit,
                      const std::function<Response()>& failure) {
  StreamedBody body(response, terms, transmit);
  try {
    response.stream([&body](std::string_view piece) { body.take(piece); });
    body.finish();
    return {true, body.keep_alive()};
  } catch (const ClientGone&) {
    return {false, false};
  } catch (...) {
    // The product has logged what went wrong before it let the exception pass.
    if (body.started()) return {false, false};
  }
  Response instead = failure();
  write_whole(instead, terms, transmit);
  return {true, terms.keep_alive};
}

bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    auto element = list.substr(0, comma);
    while (element.starts_with(' ') || element.starts_with('\t')) element.remove_prefix(1);
    while (element.ends_with(' ') || element.ends_with('\t')) element.remove_suffix(1);
    if (same_name(element, token)) return true;
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return false;
}

}  // namespace

Terms terms_of(const Request& request) {
  Terms terms;
  terms.head = request.method == "HEAD";
  terms.http_1_0 = request.http_1_0;
  bool close = false;
  bool keep = false;
  for (const auto& [name, value] : request.headers) {
    if (same_name(name, "Connection")) {
      close = close || has_token(value, "close");
      keep = keep || has_token(value, "keep-alive");
    } else if (same_name(name, "Accept-Encoding")) {
      if (!terms.accept_encoding.empty()) terms.accept_encoding += ',';
      terms.accept_encoding += value;
    }
  }
  terms.keep_alive = !close && (keep || !request.http_1_0);
  return terms;
}

Delivery write_answer(Response response, const Terms& terms, const Transmit& transmit,
                      const std::function<Response()>& failure) {
  try {
    if (bodyless(response.status)) {
      if (response.status == 304) mark_encodable(response);
      transmit(make_head(response, terms, terms.keep_alive, Framing::none, 0, Coding::identity));
    } else if (response.stream && terms.head) {
      if (encodable(response)) mark_encodable(response);
      transmit(make_head(response, terms, terms.keep_alive, Framing::none, 0, Coding::identity));
    } else if (response.stream) {
      return write_stream(response, terms, transmit, failure);
    } else {
      write_whole(response, terms, transmit);
    }
    return {true, terms.keep_alive};
  } catch (const ClientGone&) {
    return {false, false};
  }
}

}  // namespace hayden::http
