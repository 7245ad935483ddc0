#include "http/encoding.hpp"

#include <brotli/encode.h>
#define ZLIB_CONST  // next_in takes const bytes
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <new>
#include <stdexcept>

#include "http/field.hpp"

namespace hayden::http {

namespace {

// Chosen for answers made once and sent once: close to the speed of sending them plain, at 8 to 12 times
// less.
constexpr int gzip_level = 5;
constexpr int brotli_quality = 4;
constexpr int brotli_window_bits = 18;
constexpr int zstd_level = 3;
constexpr std::size_t step = std::size_t{32} * 1024;

class Gzip final : public Compressor {
 public:
  Gzip() {
    constexpr int gzip_wrapper = 16;
    if (deflateInit2(&stream_, gzip_level, Z_DEFLATED, MAX_WBITS + gzip_wrapper, MAX_MEM_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~Gzip() override { deflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  void write(std::string_view piece, bool last, std::string& out) override {
    std::array<unsigned char, step> buffer;
    do {
      // zlib counts in 32 bits.
      const auto part = piece.substr(0, std::size_t{1} << 30);
      piece.remove_prefix(part.size());
      const int flush = last && piece.empty() ? Z_FINISH : Z_NO_FLUSH;
      stream_.next_in = reinterpret_cast<const Bytef*>(part.data());
      stream_.avail_in = static_cast<uInt>(part.size());
      do {
        stream_.next_out = buffer.data();
        stream_.avail_out = static_cast<uInt>(buffer.size());
        if (deflate(&stream_, flush) == Z_STREAM_ERROR) throw std::logic_error("deflate");
        out.append(buffer.begin(), buffer.end() - stream_.avail_out);
      } while (stream_.avail_out == 0);
    } while (!piece.empty());
  }

 private:
  z_stream stream_{};
};

class Brotli final : public Compressor {
 public:
  Brotli() : state_(BrotliEncoderCreateInstance(nullptr, nullptr, nullptr)) {
    if (state_ == nullptr) throw std::bad_alloc();
    BrotliEncoderSetParameter(state_, BROTLI_PARAM_QUALITY, brotli_quality);
    BrotliEncoderSetParameter(state_, BROTLI_PARAM_LGWIN, brotli_window_bits);
  }
  ~Brotli() override { BrotliEncoderDestroyInstance(state_); }
  Brotli(const Brotli&) = delete;
  Brotli& operator=(const Brotli&) = delete;

  void write(std::string_view piece, bool last, std::string& out) override {
    std::array<std::uint8_t, step> buffer;
    const auto* next_in = reinterpret_cast<const std::uint8_t*>(piece.data());
    std::size_t left_in = piece.size();
    do {
      std::uint8_t* next_out = buffer.data();
      std::size_t left_out = buffer.size();
      const auto operation = last ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_PROCESS;
      if (BrotliEncoderCompressStream(state_, operation, &left_in, &next_in, &left_out, &next_out, nullptr) !=
          BROTLI_TRUE) {
        throw std::logic_error("brotli");
      }
      out.append(buffer.data(), next_out);
    } while (left_in > 0 || BrotliEncoderHasMoreOutput(state_) == BROTLI_TRUE);
  }

 private:
  BrotliEncoderState* state_;
};

class Zstd final : public Compressor {
 public:
  Zstd() : context_(ZSTD_createCCtx()) {
    if (context_ == nullptr) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context_, ZSTD_c_compressionLevel, zstd_level);
  }
  ~Zstd() override { ZSTD_freeCCtx(context_); }
  Zstd(const Zstd&) = delete;
  Zstd& operator=(const Zstd&) = delete;

  void write(std::string_view piece, bool last, std::string& out) override {
    std::array<char, step> buffer;
    ZSTD_inBuffer input{piece.data(), piece.size(), 0};
    std::size_t left = 0;
    do {
      ZSTD_outBuffer output{buffer.data(), buffer.size(), 0};
      left = ZSTD_compressStream2(context_, &output, &input, last ? ZSTD_e_end : ZSTD_e_continue);
      if (ZSTD_isError(left) != 0) throw std::logic_error("zstd");
      out.append(buffer.data(), output.pos);
    } while (last ? left != 0 : input.pos < input.size);
  }

 private:
  ZSTD_CCtx* context_;
};

}  // namespace

std::string_view coding_name(Coding coding) {
  switch (coding) {
    case Coding::gzip:
      return "gzip";
    case Coding::br:
      return "br";
    case Coding::zstd:
      return "zstd";
    case Coding::identity:
      break;
  }
  return "identity";
}

Coding negotiate(std::string_view accept_encoding) {
  // In the server's order of preference; -1: not mentioned.
  struct Candidate {
    Coding coding;
    int quality;
  };
  std::array<Candidate, 4> candidates{
      {{Coding::zstd, -1}, {Coding::br, -1}, {Coding::gzip, -1}, {Coding::identity, -1}}};
  int any = -1;
  while (!accept_encoding.empty()) {
    auto parameters = cut(accept_encoding, ',');
    const auto name = cut(parameters, ';');
    const int q = weight(parameters);
    if (name == "*") any = q;
    for (auto& candidate : candidates) {
      if (same_name(name, coding_name(candidate.coding)) ||
          (candidate.coding == Coding::gzip && same_name(name, "x-gzip"))) {
        candidate.quality = q;
      }
    }
  }
  auto& gzip = candidates[2].quality;
  if (gzip < 0) gzip = any;
  const auto* best =
      &candidates[3];  // identity: acceptable unless a mentioned coding is liked at least as much
  for (const auto& candidate : candidates) {
    if (candidate.coding == Coding::identity || candidate.quality <= 0) continue;
    const bool beats_identity = best->coding == Coding::identity && candidate.quality >= best->quality;
    if (beats_identity || candidate.quality > best->quality) best = &candidate;
  }
  return best->coding;
}

bool compressible(std::string_view content_type) {
  const auto type = trim(content_type.substr(0, content_type.find(';')));
  if (type.size() > 5 && same_name(type.substr(0, 5), "text/")) return true;
  const auto ends_with = [&](std::string_view end) {
    return type.size() > end.size() && same_name(type.substr(type.size() - end.size()), end);
  };
  return ends_with("/json") || ends_with("+json") || ends_with("/yaml") || ends_with("+yaml") ||
         ends_with("/xml") || ends_with("+xml") || ends_with("/javascript") || ends_with("/json-seq") ||
         ends_with("/x-ndjson");
}

std::unique_ptr<Compressor> make_compressor(Coding coding) {
  switch (coding) {
    case Coding::gzip:
      return std::make_unique<Gzip>();
    case Coding::br:
      return std::make_unique<Brotli>();
    case Coding::zstd:
      return std::make_unique<Zstd>();
    case Coding::identity:
      break;
  }
  return nullptr;
}

std::string weak_etag(std::string_view etag) {
  if (!etag.starts_with('"')) return std::string(etag);
  return "W/" + std::string(etag);
}

bool etag_matches(std::string_view header, std::string_view etag) {
  const auto opaque = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
  const auto wanted = opaque(etag);
  if (trim(header) == "*") return true;
  // Split at quotes, not at commas: a tag may contain a comma.
  while (true) {
    const auto open = header.find('"');
    if (open == std::string_view::npos) return false;
    const auto close = header.find('"', open + 1);
    if (close == std::string_view::npos) return false;
    if (header.substr(open, close - open + 1) == wanted) return true;
    header.remove_prefix(close + 1);
  }
}

}  // namespace hayden::http
