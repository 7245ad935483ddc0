// Any message of a queue names objects, or is refused.
#include <cstdint>
#include <string>

#include "crawl/event_queue.hpp"
#include "keys.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hayden::crawl;
  Page page;
  try {
    for (auto& event : parse_event_message({reinterpret_cast<const char*>(data), size})) {
      announces_scene(event.object.key);
      page.objects.push_back(std::move(event.object));
    }
  } catch (const ObjectError&) {
    return 0;
  }
  use(std::move(page));
  return 0;
}
