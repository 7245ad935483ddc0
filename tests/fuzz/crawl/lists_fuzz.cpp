// Any bytes are a list of scenes with good and mistaken rows, or refused; the first NUL divides a manifest
// from its files, unless they are gzip.
#include <cstdint>
#include <string>
#include <utility>

#include "crawl/list_file.hpp"
#include "keys.hpp"

namespace {

using namespace hayden::crawl;

ByteStream once(std::string bytes) {
  return [bytes = std::move(bytes)]() mutable { return std::exchange(bytes, {}); };
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto end = bytes.starts_with("\x1f\x8b") ? bytes.size() : std::min(bytes.size(), bytes.find('\0'));
  const auto part = bytes.substr(std::min(bytes.size(), end + 1));
  try {
    ListFile list({ListFormat::automatic, "list"}, {[&] { return once(bytes.substr(0, end)); },
                                                    [&](const std::string&) { return once(part); }});
    const auto take = [](Page page, MtlFilter& /*filter*/) {
      use(std::move(page));
      return true;
    };
    list.list(take, {});
  } catch (const SourceError&) {
    return 0;
  }
  return 0;
}
