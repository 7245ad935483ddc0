#include "decode.hpp"

#include <brotli/decode.h>
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <stdexcept>

namespace hayden::http::test {

namespace {

std::string gunzip(std::string_view encoded) {
  z_stream stream{};
  if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK) throw std::runtime_error("inflateInit2");
  stream.next_in = reinterpret_cast<const Bytef*>(encoded.data());
  stream.avail_in = static_cast<uInt>(encoded.size());
  std::string plain;
  std::array<unsigned char, 65'536> buffer{};
  int outcome = Z_OK;
  while (outcome == Z_OK) {
    stream.next_out = buffer.data();
    stream.avail_out = static_cast<uInt>(buffer.size());
    outcome = inflate(&stream, Z_NO_FLUSH);
    plain.append(buffer.begin(), buffer.end() - stream.avail_out);
  }
  const bool good = outcome == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  if (!good) throw std::runtime_error("not one whole gzip stream");
  return plain;
}

std::string unbrotli(std::string_view encoded) {
  auto* state = BrotliDecoderCreateInstance(nullptr, nullptr, nullptr);
  const auto* next_in = reinterpret_cast<const std::uint8_t*>(encoded.data());
  std::size_t left_in = encoded.size();
  std::string plain;
  std::array<std::uint8_t, 65'536> buffer{};
  BrotliDecoderResult outcome = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
  while (outcome == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
    auto* next_out = buffer.data();
    std::size_t left_out = buffer.size();
    outcome = BrotliDecoderDecompressStream(state, &left_in, &next_in, &left_out, &next_out, nullptr);
    plain.append(buffer.data(), next_out);
  }
  BrotliDecoderDestroyInstance(state);
  if (outcome != BROTLI_DECODER_RESULT_SUCCESS || left_in != 0)
    throw std::runtime_error("not one whole brotli stream");
  return plain;
}

std::string unzstd(std::string_view encoded) {
  auto* context = ZSTD_createDCtx();
  ZSTD_inBuffer input{encoded.data(), encoded.size(), 0};
  std::string plain;
  std::array<char, 65'536> buffer{};
  std::size_t hint = 1;
  while (hint != 0 && ZSTD_isError(hint) == 0) {
    ZSTD_outBuffer output{buffer.data(), buffer.size(), 0};
    const auto before = input.pos;
    hint = ZSTD_decompressStream(context, &output, &input);
    plain.append(buffer.data(), output.pos);
    if (output.pos == 0 && input.pos == before) break;
  }
  ZSTD_freeDCtx(context);
  if (hint != 0 || input.pos != input.size) throw std::runtime_error("not one whole zstd frame");
  return plain;
}

}  // namespace

std::string decode(std::string_view coding, std::string_view encoded) {
  if (coding == "gzip") return gunzip(encoded);
  if (coding == "br") return unbrotli(encoded);
  if (coding == "zstd") return unzstd(encoded);
  throw std::runtime_error("unknown coding");
}

}  // namespace hayden::http::test
