#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hayden::crawl {

/// Gives the next bytes each time it is called; none at the end. Throws SourceError.
using ByteStream = std::function<std::string()>;

/// Bytes of a file, or of standard input for `-`.
ByteStream file_bytes(const std::string& path);

/// Lines of a text, plain or gzip (told apart by the first bytes; several members in a row are one text).
/// Holds a few hundred kilobytes of it, however long it is.
class LineReader {
 public:
  /// `name` is what mistakes are told of.
  LineReader(ByteStream bytes, std::string name);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// Without its end (LF or CRLF). Nothing at the end. Throws SourceError when the text is cut short or no
  /// good gzip, or when a line is longer than 1 MiB.
  std::optional<std::string> next();
  /// The first `most` bytes of what is left, without taking them.
  std::string_view peek(std::size_t most);
  /// All that is left, at most `most` bytes. Throws SourceError when there is more.
  std::string rest(std::size_t most);
  std::uint64_t number() const { return number_; }  ///< of the line last given, from 1

 private:
  struct Inflater;
  bool fill();

  ByteStream bytes_;
  std::string name_;
  std::unique_ptr<Inflater> inflater_;
  bool begun_ = false;
  std::string text_;
  std::size_t at_ = 0;
  std::uint64_t number_ = 0;
};

}  // namespace hayden::crawl
