#include "http_reader.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <stdexcept>

namespace hayden::bench {
namespace {

std::size_t parse(std::string_view text, int base) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end == text.data())
    throw std::runtime_error("not a number: " + std::string(text));
  return value;
}

}  // namespace

void HttpReader::start() {
  state_ = State::head;
  status_ = 0;
  left_ = body_size_ = 0;
  line_.clear();
  tail_.clear();
}

std::string_view HttpReader::tail() const {
  const std::string_view all = tail_;
  return all.substr(all.size() - std::min(all.size(), kept));
}

bool HttpReader::take(std::string_view bytes) {
  while (!bytes.empty() && state_ != State::done) {
    switch (state_) {
      case State::head:
        if (!take_line(bytes)) break;
        if (!line_.ends_with("\n\r\n")) break;
        read_head();
        line_.clear();
        break;
      case State::body:
      case State::chunk: {
        const std::size_t size = std::min(left_, bytes.size());
        keep(bytes.substr(0, size));
        bytes.remove_prefix(size);
        left_ -= size;
        if (left_ == 0) state_ = state_ == State::body ? State::done : State::chunk_end;
        break;
      }
      case State::chunk_end:
        if (take_line(bytes)) {
          line_.clear();
          state_ = State::chunk_size;
        }
        break;
      case State::chunk_size:
        if (take_line(bytes)) {
          left_ = parse(line_, 16);
          line_.clear();
          state_ = left_ > 0 ? State::chunk : State::trailer;
        }
        break;
      case State::trailer:
        if (take_line(bytes)) {
          if (line_ == "\r\n") state_ = State::done;
          line_.clear();
        }
        break;
      case State::done:
        break;
    }
  }
  return state_ == State::done;
}

/// Moves bytes up to and with the next line feed to the end of line_; true when one was there.
bool HttpReader::take_line(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  const std::size_t size = end == std::string_view::npos ? bytes.size() : end + 1;
  line_.append(bytes.substr(0, size));
  bytes.remove_prefix(size);
  return end != std::string_view::npos;
}

void HttpReader::read_head() {
  if (!line_.starts_with("HTTP/1.1 ")) throw std::runtime_error("not an HTTP/1.1 answer");
  status_ = static_cast<int>(parse(std::string_view(line_).substr(9, 3), 10));
  std::string names = line_;
  std::transform(names.begin(), names.end(), names.begin(), [](unsigned char c) { return std::tolower(c); });
  constexpr std::string_view length = "\r\ncontent-length: ";
  if (const auto at = names.find(length); at != std::string::npos) {
    left_ = parse(std::string_view(names).substr(at + length.size()), 10);
    state_ = left_ > 0 ? State::body : State::done;
  } else if (names.find("\r\ntransfer-encoding: chunked") != std::string::npos) {
    state_ = State::chunk_size;
  } else {
    throw std::runtime_error("an answer of unknown length");
  }
}

void HttpReader::keep(std::string_view bytes) {
  body_size_ += bytes.size();
  if (bytes.size() >= kept) {
    tail_.assign(bytes.substr(bytes.size() - kept));
    return;
  }
  tail_.append(bytes);
  constexpr std::size_t too_long = 8 * kept;
  if (tail_.size() > too_long) tail_.erase(0, tail_.size() - kept);
}

}  // namespace hayden::bench
