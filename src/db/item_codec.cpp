#include "db/item_codec.hpp"

#include <zdict.h>
#include <zstd.h>

#include <mutex>
#include <stdexcept>
#include <vector>

namespace hayden::db {
namespace {

// Level 9 makes frames 8 % smaller and takes twice the time, level 3 makes them a fifth larger: a crawler
// spends more of its time here than anywhere else.
constexpr int level = 5;
constexpr std::size_t dictionary_size = std::size_t{64} * 1024;
/// Damaged frames may claim any size.
constexpr unsigned long long largest_item = 64ULL * 1024 * 1024;

template <typename Context, std::size_t (*release)(Context*)>
struct ContextDeleter {
  void operator()(Context* context) const { release(context); }
};

ZSTD_DCtx* decompression_context() {
  thread_local const std::unique_ptr<ZSTD_DCtx, ContextDeleter<ZSTD_DCtx, ZSTD_freeDCtx>> context{
      ZSTD_createDCtx()};
  return context.get();
}

ZSTD_CCtx* compression_context() {
  thread_local const std::unique_ptr<ZSTD_CCtx, ContextDeleter<ZSTD_CCtx, ZSTD_freeCCtx>> context{
      ZSTD_createCCtx()};
  return context.get();
}

}  // namespace

std::uint32_t ItemDecoder::dictionary_id(std::string_view frame) {
  return ZSTD_getDictID_fromFrame(frame.data(), frame.size());
}

bool ItemDecoder::knows_dictionary_of(std::string_view frame) const {
  const auto id = dictionary_id(frame);
  if (id == 0) return true;
  const std::shared_lock lock{mutex_};
  return dictionaries_.contains(id);
}

void ItemDecoder::add_dictionary(std::uint32_t id, std::string_view bytes) {
  const std::shared_ptr<ZSTD_DDict> dictionary{ZSTD_createDDict(bytes.data(), bytes.size()), ZSTD_freeDDict};
  const std::unique_lock lock{mutex_};
  dictionaries_[id] = dictionary;
}

void ItemDecoder::decode(std::string_view frame, std::string& text) const {
  const auto size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  // The two error values are larger than any size.
  if (size > largest_item) throw std::runtime_error("a stored item is not a whole zstd frame");
  std::shared_ptr<ZSTD_DDict> dictionary;
  if (const auto id = dictionary_id(frame); id != 0) {
    const std::shared_lock lock{mutex_};
    const auto found = dictionaries_.find(id);
    if (found == dictionaries_.end())
      throw std::runtime_error("dictionary " + std::to_string(id) + " is not known");
    dictionary = found->second;
  }
  text.resize(size);
  const auto written = ZSTD_decompress_usingDDict(decompression_context(), text.data(), text.size(),
                                                  frame.data(), frame.size(), dictionary.get());
  if (written != size) throw std::runtime_error("a stored item cannot be decompressed");
}

ItemEncoder::ItemEncoder(std::string_view dictionary)
    : dictionary_{ZSTD_createCDict(dictionary.data(), dictionary.size(), level), ZSTD_freeCDict} {}

std::string ItemEncoder::encode(std::string_view text) const {
  std::string frame(ZSTD_compressBound(text.size()), '\0');
  auto* const context = compression_context();
  const auto size =
      dictionary_ == nullptr
          ? ZSTD_compressCCtx(context, frame.data(), frame.size(), text.data(), text.size(), level)
          : ZSTD_compress_usingCDict(context, frame.data(), frame.size(), text.data(), text.size(),
                                     dictionary_.get());
  if (ZSTD_isError(size) != 0U) throw std::runtime_error(ZSTD_getErrorName(size));
  frame.resize(size);
  return frame;
}

std::string train_dictionary(std::span<const std::string> samples, std::uint32_t id) {
  if (samples.size() < fewest_training_items) return {};
  std::string all;
  std::vector<std::size_t> sizes;
  for (const auto& sample : samples) {
    all += sample;
    sizes.push_back(sample.size());
  }
  const auto count = static_cast<unsigned>(sizes.size());
  std::string content(dictionary_size, '\0');
  const auto content_size =
      ZDICT_trainFromBuffer(content.data(), content.size(), all.data(), sizes.data(), count);
  if (ZDICT_isError(content_size) != 0U) return {};
  // Trained dictionaries carry a random id; ours must be one that nobody else has.
  const auto header = ZDICT_getDictHeaderSize(content.data(), content_size);
  if (ZDICT_isError(header) != 0U) return {};
  ZDICT_params_t parameters{};
  parameters.compressionLevel = level;
  parameters.dictID = id;
  std::string dictionary(dictionary_size, '\0');
  const auto size =
      ZDICT_finalizeDictionary(dictionary.data(), dictionary.size(), content.data() + header,
                               content_size - header, all.data(), sizes.data(), count, parameters);
  if (ZDICT_isError(size) != 0U) return {};
  dictionary.resize(size);
  return dictionary;
}

}  // namespace hayden::db
