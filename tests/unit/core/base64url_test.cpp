#include "core/base64url.hpp"

#include <gtest/gtest.h>

#include "random_bytes.hpp"

namespace hayden {
namespace {

TEST(Base64url, agrees_with_the_vectors_of_rfc_4648) {
  EXPECT_EQ(base64url_encode(""), "");
  EXPECT_EQ(base64url_encode("f"), "Zg");
  EXPECT_EQ(base64url_encode("fo"), "Zm8");
  EXPECT_EQ(base64url_encode("foo"), "Zm9v");
  EXPECT_EQ(base64url_encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64url_encode("\xFB\xFF\xFE"), "-__-");
}

TEST(Base64url, gives_back_any_bytes_it_encoded) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    const auto bytes = random_bytes(random, 64);
    const auto text = base64url_encode(bytes);
    EXPECT_EQ(text.find_first_of("+/= \n"), std::string::npos);
    EXPECT_EQ(base64url_decode(text), bytes);
  }
}

TEST(Base64url, refuses_what_it_cannot_have_encoded) {
  for (const auto* text : {"Z", "Zm9vY", "Zg==", "Zm+v", "Zm/v", "Zm 9", "Zm\xC3\xA9"}) {
    EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace hayden
