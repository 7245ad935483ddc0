#pragma once
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace hayden::crawl {

struct Object {
  std::string key;   ///< UTF-8, parts separated by `/`
  std::string mark;  ///< changes when the content does: ETag, or size and time; empty where a list has none
  std::uint64_t size = 0;             ///< bytes; 0 where a list has none
  std::optional<double> cloud_cover;  ///< percent, where a list has it
};

/// An object as read, with the mark of just these bytes.
struct Blob {
  std::string bytes, mark;
};

/// Something cannot be read. The text is one sentence for the user.
class ReadError : public std::runtime_error {
 public:
  /// `may_pass`: it could be read later, as it is: the server was busy or away, the answer cut short.
  explicit ReadError(const std::string& sentence, bool may_pass = false)
      : std::runtime_error(sentence), may_pass_(may_pass) {}
  bool may_pass() const { return may_pass_; }

 private:
  bool may_pass_;
};

/// The source cannot be read at all: missing, refused, unreachable.
class SourceError : public ReadError {
 public:
  using ReadError::ReadError;
};

/// One object cannot be read; others can.
class ObjectError : public ReadError {
 public:
  using ReadError::ReadError;
};

/// As many requests as were allowed have been made.
class BudgetError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Larger objects are not MTL files: real ones have 5 to 65 kB.
inline constexpr std::uint64_t largest_object = std::uint64_t{4} * 1024 * 1024;

/// Behind every key that begins so, in byte order: no UTF-8 sorts after U+10FFFF.
inline std::string end_of_prefix(const std::string& prefix) { return prefix + "\xF4\x8F\xBF\xBF"; }
/// Before every key that begins so, and behind all that are smaller.
std::string before_prefix(const std::string& prefix);

/// A place that holds objects under keys.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  /// Names the place that keys are relative to, as harvest marks are stored under it: `s3://bucket`,
  /// `file:///folder`.
  virtual std::string name() const = 0;
  /// The URI of an object.
  virtual std::string href(const std::string& key) const = 0;
  /// The part of a key below what was asked for (a bucket's prefix).
  virtual std::string below_source(const std::string& key) const = 0;
  /// Reads an object; safe to call from several threads. Throws ObjectError, or SourceError when no other
  /// object will be readable either, or BudgetError. A stop cuts waiting times between attempts short.
  virtual Blob get(const std::string& key, const std::stop_token& stop) = 0;
  /// The first `most` bytes of an object, or all where there are fewer. As get().
  virtual std::string get_beginning(const std::string& key, std::size_t most,
                                    const std::stop_token& stop) = 0;
  /// As many readers at a time are of use: without end where they wait for answers.
  virtual std::size_t most_readers() const { return std::numeric_limits<std::size_t>::max(); }
};

}  // namespace hayden::crawl
