#pragma once
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

namespace hayden::crawl {

struct Object {
  std::string key;         ///< UTF-8, parts separated by `/`
  std::string mark;        ///< changes when the content does: ETag, or size and time
  std::uint64_t size = 0;  ///< bytes
};

/// A piece of a listing.
struct Page {
  std::vector<Object> objects;          ///< in the byte order of their keys, over all pages
  std::vector<std::string> unreadable;  ///< one sentence for each thing that is there but cannot be listed
};

/// An object as read, with the mark of just these bytes.
struct Blob {
  std::string bytes, mark;
};

/// The source cannot be read at all: missing, refused, unreachable. The text is one sentence for the user.
class SourceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One object cannot be read; others can.
class ObjectError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Larger objects are not MTL files: real ones have 5 to 65 kB.
inline constexpr std::uint64_t largest_object = std::uint64_t{4} * 1024 * 1024;

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
  /// Gives every object of the source page by page, until `take` returns false or a stop is asked for.
  /// Throws SourceError.
  virtual void list(const std::function<bool(Page)>& take, const std::stop_token& stop) = 0;
  /// Reads an object; safe to call from several threads. Throws ObjectError, or SourceError when no other
  /// object will be readable either. A stop cuts waiting times between attempts short.
  virtual Blob get(const std::string& key, const std::stop_token& stop) = 0;
};

}  // namespace hayden::crawl
