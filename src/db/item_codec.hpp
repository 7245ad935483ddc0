#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>

struct ZSTD_CDict_s;
struct ZSTD_DDict_s;

namespace hayden::db {

/// Decompresses Items. A frame carries the id of the dictionary it was made with (0: none). Safe from any
/// thread.
class ItemDecoder {
 public:
  /// True when decode() can take this frame without add_dictionary() first.
  bool knows_dictionary_of(std::string_view frame) const;
  static std::uint32_t dictionary_id(std::string_view frame);
  void add_dictionary(std::uint32_t id, std::string_view bytes);
  /// Throws std::runtime_error when the frame is damaged or its dictionary is not known.
  void decode(std::string_view frame, std::string& text) const;

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::uint32_t, std::shared_ptr<ZSTD_DDict_s>> dictionaries_;
};

/// Compresses Items of one collection, with a dictionary trained on its Items where there is one: Items of a
/// collection are much alike, so 20 kB become about 500 bytes. Not safe from several threads at once.
class ItemEncoder {
 public:
  ItemEncoder() = default;
  explicit ItemEncoder(std::string_view dictionary);
  std::string encode(std::string_view text) const;

 private:
  std::shared_ptr<ZSTD_CDict_s> dictionary_;
};

/// The fewest Items from which a dictionary is trained.
inline constexpr std::size_t fewest_training_items = 32;

/// Trains a dictionary of up to 64 kB that carries `id`; empty when the samples do not suffice.
std::string train_dictionary(std::span<const std::string> samples, std::uint32_t id);

}  // namespace hayden::db
