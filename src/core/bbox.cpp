#include "core/bbox.hpp"

#include <cmath>

namespace hayden {

std::optional<Bbox> bbox_from_numbers(std::span<const double> numbers, Mistakes& mistakes) {
  if (numbers.size() != 4 && numbers.size() != 6) {
    mistakes.add("bbox", "expected 4 or 6 numbers, got " + std::to_string(numbers.size()));
    return {};
  }
  for (const double number : numbers) {
    if (!std::isfinite(number)) {
      mistakes.add("bbox", "every number must be finite");
      return {};
    }
  }
  const bool with_height = numbers.size() == 6;
  const Bbox box{numbers[0], numbers[1], numbers[with_height ? 3 : 2], numbers[with_height ? 4 : 3]};
  const auto before = mistakes.all().size();
  if (std::abs(box.west) > 180 || std::abs(box.east) > 180) {
    mistakes.add("bbox", "longitudes must be between -180 and 180");
  }
  if (std::abs(box.south) > 90 || std::abs(box.north) > 90) {
    mistakes.add("bbox", "latitudes must be between -90 and 90");
  }
  if (box.south > box.north) mistakes.add("bbox", "the southern latitude is greater than the northern");
  if (with_height && numbers[2] > numbers[5])
    mistakes.add("bbox", "the lower height is greater than the upper");
  if (mistakes.all().size() != before) return {};
  return box;
}

}  // namespace hayden
