#pragma once
#include <cstdint>
#include <string_view>

namespace hayden::samples {

/// splitmix64: the same numbers from the same seed on every machine, which the standard distributions do not
/// promise.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t bits();
  double unit();  ///< in [0, 1)
  double between(double low, double high);
  int whole(int low, int high);  ///< both ends included
  bool chance(double probability) { return unit() < probability; }

 private:
  std::uint64_t state_;
};

/// Well-mixed 64 bits of `a` and `b`.
std::uint64_t mix(std::uint64_t a, std::uint64_t b);

/// A shuffle of 0 … size-1 that needs no memory: a four-round Feistel network, walked until it lands inside.
class Shuffle {
 public:
  Shuffle(std::uint64_t size, std::uint64_t seed);
  std::uint64_t size() const { return size_; }
  std::uint64_t operator[](std::uint64_t index) const;

 private:
  std::uint64_t size_, seed_;
  unsigned half_bits_ = 1;
};

}  // namespace hayden::samples
