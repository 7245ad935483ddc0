#include "crawl/text_stream.hpp"

#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "crawl/object_store.hpp"

namespace hayden::crawl {
namespace {

constexpr std::size_t piece = std::size_t{64} * 1024;
constexpr std::size_t longest_line = std::size_t{1024} * 1024;

}  // namespace

ByteStream file_bytes(const std::string& path) {
  const bool is_input = path == "-";
  std::shared_ptr<std::FILE> file(is_input ? stdin : std::fopen(path.c_str(), "rbe"),
                                  [is_input](std::FILE* f) {
                                    if (f != nullptr && !is_input) std::fclose(f);
                                  });
  if (!file) throw SourceError(path + " cannot be read: " + std::generic_category().message(errno) + ".");
  return [file, path] {
    std::string bytes(piece, '\0');
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file.get()));
    if (bytes.empty() && std::ferror(file.get()) != 0)
      throw SourceError(path + " cannot be read to its end.");
    return bytes;
  };
}

struct LineReader::Inflater {
  z_stream stream{};
  std::string input;
  bool between_members = false;

  Inflater() {
    constexpr int gzip_only = 16 + MAX_WBITS;
    if (inflateInit2(&stream, gzip_only) != Z_OK) throw SourceError("zlib cannot be initialised.");
  }
  ~Inflater() { inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
};

LineReader::LineReader(ByteStream bytes, std::string name)
    : bytes_(std::move(bytes)), name_(std::move(name)) {}
LineReader::~LineReader() = default;

// Adds to the text; false at the end.
bool LineReader::fill() {
  text_.erase(0, at_);
  at_ = 0;
  if (!begun_) {
    begun_ = true;
    text_ = bytes_();
    if (text_.size() == 1) text_ += bytes_();
    if (!text_.starts_with("\x1f\x8b")) return !text_.empty();
    inflater_ = std::make_unique<Inflater>();
    inflater_->input = std::exchange(text_, {});
  }
  if (!inflater_) {
    const auto more = bytes_();
    text_ += more;
    return !more.empty();
  }
  auto& [stream, input, between_members] = *inflater_;
  for (std::array<char, piece> output{};;) {
    if (input.empty()) input = bytes_();
    if (input.empty()) {
      if (between_members) return false;
      throw SourceError(name_ + " is cut short.");
    }
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(output.data());
    stream.avail_out = output.size();
    const int result = inflate(&stream, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
      throw SourceError(name_ + " is no good gzip file.");
    input.erase(0, input.size() - stream.avail_in);
    between_members = result == Z_STREAM_END;
    if (between_members) inflateReset(&stream);
    const auto got = output.size() - stream.avail_out;
    text_.append(output.data(), got);
    if (got > 0) return true;
  }
}

std::optional<std::string> LineReader::next() {
  for (;;) {
    const auto end = text_.find('\n', at_);
    if (end != std::string::npos) {
      auto line = text_.substr(at_, end - at_);
      at_ = end + 1;
      ++number_;
      if (line.ends_with('\r')) line.pop_back();
      return line;
    }
    if (text_.size() - at_ > longest_line)
      throw SourceError(name_ + " has a line of more than 1 MiB: it is not a list of scenes.");
    if (fill()) continue;
    if (at_ == text_.size()) return {};
    ++number_;
    auto line = text_.substr(at_);
    at_ = text_.size();
    if (line.ends_with('\r')) line.pop_back();
    return line;
  }
}

std::string_view LineReader::peek(std::size_t most) {
  while (text_.size() - at_ < most && fill()) continue;
  return std::string_view{text_}.substr(at_, most);
}

std::string LineReader::rest(std::size_t most) {
  while (text_.size() - at_ <= most && fill()) continue;
  if (text_.size() - at_ > most) throw SourceError(name_ + " is larger than can be.");
  return std::exchange(text_, {}).substr(std::exchange(at_, 0));
}

}  // namespace hayden::crawl
