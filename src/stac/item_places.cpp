#include "stac/item_places.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/json.hpp"

namespace hayden::stac {
namespace {

/// Which of 64 bytes are of a kind, the first one in the lowest bit.
struct Block {
  std::uint64_t quotes = 0, backslashes = 0, brackets = 0;
};
constexpr std::size_t block_size = 64;

// `[` and `{`, and `]` and `}`, differ in one bit.
constexpr char bracket_bit = 0x20;

#ifdef __SSE2__
Block classify(const char* bytes) {
  Block block;
  constexpr std::size_t lane = 16;
  for (std::size_t at = 0; at < block_size; at += lane) {
    const __m128i read = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + at));
    const __m128i folded = _mm_or_si128(read, _mm_set1_epi8(bracket_bit));
    const auto mask = [at](__m128i equal) {
      return std::uint64_t{static_cast<std::uint32_t>(_mm_movemask_epi8(equal))} << at;
    };
    block.quotes |= mask(_mm_cmpeq_epi8(read, _mm_set1_epi8('"')));
    block.backslashes |= mask(_mm_cmpeq_epi8(read, _mm_set1_epi8('\\')));
    block.brackets |= mask(
        _mm_or_si128(_mm_cmpeq_epi8(folded, _mm_set1_epi8('{')), _mm_cmpeq_epi8(folded, _mm_set1_epi8('}'))));
  }
  return block;
}
#else
Block classify(const char* bytes) {
  Block block;
  for (std::size_t at = 0; at < block_size; ++at) {
    const auto bit = std::uint64_t{1} << at;
    const char folded = static_cast<char>(bytes[at] | bracket_bit);
    if (bytes[at] == '"') block.quotes |= bit;
    if (bytes[at] == '\\') block.backslashes |= bit;
    if (folded == '{' || folded == '}') block.brackets |= bit;
  }
  return block;
}
#endif

/// In bit n the exclusive or of the bits 0 to n: from an opening quote to before the closing one.
std::uint64_t prefix_xor(std::uint64_t bits) {
  for (unsigned shift = 1; shift < block_size; shift *= 2) bits ^= bits << shift;
  return bits;
}

/// The bytes that stand behind a backslash which is not itself escaped; `escaping` tells of the blocks before
/// and behind.
std::uint64_t escaped(std::uint64_t backslashes, bool& escaping) {
  std::uint64_t out = escaping ? 1 : 0;
  backslashes &= ~out;
  escaping = false;
  while (backslashes != 0) {
    const auto at = static_cast<unsigned>(std::countr_zero(backslashes));
    if (at == block_size - 1) {
      escaping = true;
      break;
    }
    out |= std::uint64_t{2} << at;
    backslashes &= ~(std::uint64_t{3} << at);
  }
  return out;
}

/// Calls `bracket(offset)` for each bracket and brace outside strings, until it returns false.
template <typename Bracket>
void each_bracket(std::string_view text, const Bracket& bracket) {
  std::uint64_t in_string = 0;  // all ones while a string goes on from the block before
  bool escaping = false;
  std::array<char, block_size> last{};
  for (std::size_t at = 0; at < text.size(); at += block_size) {
    const bool whole = text.size() - at >= block_size;
    if (!whole) text.copy(last.data(), block_size, at);
    Block block = classify(whole ? text.data() + at : last.data());
    if (block.backslashes != 0 || escaping) block.quotes &= ~escaped(block.backslashes, escaping);
    const auto strings = prefix_xor(block.quotes) ^ in_string;
    in_string = (strings >> (block_size - 1)) != 0 ? ~std::uint64_t{0} : 0;
    for (auto left = block.brackets & ~strings; left != 0; left &= left - 1) {
      if (!bracket(at + static_cast<std::size_t>(std::countr_zero(left)))) return;
    }
  }
}

/// Where the name of the member ends whose value begins at `at`, and begins; an element of an array has none.
Place key_before(std::string_view text, std::size_t at) {
  if (at < 3 || text[at - 1] != ':' || text[at - 2] != '"') return {};
  const auto end = at - 2;
  for (auto begin = end; begin > 0; --begin) {
    if (text[begin - 1] == '"' && (begin == 1 || text[begin - 2] == '{' || text[begin - 2] == ','))
      return {begin, end};
  }
  return {};
}

/// Follows the nesting: the Item is at depth 1, its members at 2, an asset at 3, its members at 4.
class Search {
 public:
  Search(std::string_view text, ItemPlaces& places) : text_(text), places_(places) {}

  bool run() {
    if (!text_.starts_with('{')) return false;
    each_bracket(text_, [this](std::size_t at) {
      if ((text_[at] | bracket_bit) == '{') {
        ++depth_;
        open(at);
      } else {
        close(at);
        --depth_;
      }
      return depth_ > 0;
    });
    return depth_ == 0;
  }

 private:
  void open(std::size_t at) {
    const bool is_object = text_[at] == '{';
    if (depth_ == 2) {
      open_member(key_before(text_, at).in(text_), is_object, at + 1);
    } else if (depth_ == 3 && in_assets_ && is_object) {
      places_.assets.emplace_back().key = key_before(text_, at);
      asset_ = &places_.assets.back();
      flat_from_ = at + 1;
    } else if (depth_ == 4 && asset_ != nullptr) {
      find_href(at);
      if (is_object && key_before(text_, at).in(text_) == "alternate") {
        asset_->alternates.emplace().begin = at + 1;
        in_alternates_ = true;
      }
    } else if (depth_ == 5 && in_alternates_) {
      const auto name = key_before(text_, at).in(text_);
      if (is_object && name == "s3") member_ = &asset_->s3.emplace(Place{at + 1, 0});
      asset_->has_https = asset_->has_https || name == "https";
    }
  }

  void open_member(std::string_view name, bool is_object, std::size_t begin) {
    in_assets_ = is_object && name == "assets";
    if (is_object && name == "properties") member_ = &places_.properties.emplace();
    if (!is_object && name == "stac_extensions") member_ = &places_.extensions.emplace();
    if (member_ != nullptr) member_->begin = begin;
  }

  void close(std::size_t at) {
    if (depth_ == 2) {
      if (member_ != nullptr) member_->end = at;
      member_ = nullptr;
      in_assets_ = false;
    } else if (depth_ == 3 && asset_ != nullptr) {
      find_href(at);
      asset_ = nullptr;
    } else if (depth_ == 5 && member_ != nullptr && in_alternates_) {
      member_->end = at;
      member_ = nullptr;
    } else if (depth_ == 4 && asset_ != nullptr) {
      if (in_alternates_) asset_->alternates->end = at;
      in_alternates_ = false;
      flat_from_ = at + 1;
    }
  }

  /// Looks between the brackets seen last, where all there is belongs to the asset itself.
  void find_href(std::size_t end) {
    if (asset_->href.begin != 0) return;
    static constexpr std::string_view start = R"("href":")";
    const auto flat = text_.substr(0, end);
    for (auto at = flat_from_; (at = flat.find(start, at)) != std::string_view::npos; ++at) {
      // Else the first quote is an escaped one in some other name.
      if (text_[at - 1] != '{' && text_[at - 1] != ',') continue;
      const auto begin = at + start.size();
      auto quote = flat.find('"', begin);
      while (quote != std::string_view::npos && is_escaped(quote)) quote = flat.find('"', quote + 1);
      if (quote != std::string_view::npos) asset_->href = {begin, quote};
      return;
    }
  }

  bool is_escaped(std::size_t at) const {
    const auto last_other = text_.find_last_not_of('\\', at - 1);
    return (at - 1 - last_other) % 2 == 1;
  }

  std::string_view text_;
  ItemPlaces& places_;
  std::size_t depth_ = 0, flat_from_ = 0;
  bool in_assets_ = false, in_alternates_ = false;
  AssetPlaces* asset_ = nullptr;
  Place* member_ = nullptr;
};

}  // namespace

bool find_item_places(std::string_view text, ItemPlaces& places) {
  places.extensions.reset();
  places.properties.reset();
  places.assets.clear();
  return Search(text, places).run();
}

std::optional<std::string> unescaped(std::string_view written) {
  if (written.find('\\') == std::string_view::npos) return std::string{written};
  try {
    const auto json = parse_json('"' + std::string{written} + '"');
    if (json.is_string()) return json.get<std::string>();
  } catch (const Problem&) {
    // Not JSON, so not an href either.
  }
  return {};
}

}  // namespace hayden::stac
