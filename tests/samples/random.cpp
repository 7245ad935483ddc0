#include "samples/random.hpp"

namespace hayden::samples {
namespace {

std::uint64_t finish(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

std::uint64_t Random::bits() {
  state_ += 0x9e3779b97f4a7c15ULL;
  return finish(state_);
}

double Random::unit() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }

double Random::between(double low, double high) { return low + (high - low) * unit(); }

int Random::whole(int low, int high) { return low + static_cast<int>(unit() * (high - low + 1)); }

std::uint64_t mix(std::uint64_t a, std::uint64_t b) { return finish(finish(a + 0x9e3779b97f4a7c15ULL) ^ b); }

Shuffle::Shuffle(std::uint64_t size, std::uint64_t seed) : size_(size), seed_(seed) {
  while ((std::uint64_t{1} << (2 * half_bits_)) < size_) ++half_bits_;
}

std::uint64_t Shuffle::operator[](std::uint64_t index) const {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  do {
    std::uint64_t left = index >> half_bits_;
    std::uint64_t right = index & mask;
    for (std::uint64_t round = 0; round < 4; ++round) {
      const std::uint64_t next = left ^ (mix(seed_ + round, right) & mask);
      left = right;
      right = next;
    }
    index = (left << half_bits_) | right;
  } while (index >= size_);
  return index;
}

}  // namespace hayden::samples
