#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace hayden::http {

/// Content codings this server can apply (RFC 9110 §8.4, RFC 8878, RFC 7932).
enum class Coding { identity, gzip, br, zstd };

/// As written in Content-Encoding.
std::string_view coding_name(Coding coding);

/// The coding the client likes best (RFC 9110 §12.5.3); zstd before br before gzip among equals. br and zstd
/// only when named: `*` stands for gzip. identity when nothing else is acceptable, even where the client
/// refuses that too: an answer it can read in all likelihood is worth more than a 406.
Coding negotiate(std::string_view accept_encoding);

/// True for media types that shrink: JSON of all kinds, YAML, XML, text.
bool compressible(std::string_view content_type);

/// Bodies smaller than this are sent as they are, in bytes.
constexpr std::size_t compression_threshold = 1024;

/// Compresses one body piece by piece.
class Compressor {
 public:
  virtual ~Compressor() = default;
  /// Appends to `out` what of the compressed body is ready. With `last` the body ends here.
  virtual void write(std::string_view piece, bool last, std::string& out) = 0;
};

/// Null for identity.
std::unique_ptr<Compressor> make_compressor(Coding coding);

/// `"x"` → `W/"x"`. Entity tags of compressible answers are weak, whatever coding they go out with: the bytes
/// differ from coding to coding, what they mean does not.
std::string weak_etag(std::string_view etag);

/// If-None-Match (RFC 9110 §13.1.2): lists and `*`, weak comparison, so a tag matches under every coding.
/// Serves If-Match as well, where weak comparison is a deliberate leniency: clients only ever see weak tags.
bool etag_matches(std::string_view header, std::string_view etag);

}  // namespace hayden::http
