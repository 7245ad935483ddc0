#include "auth/secret.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hayden::auth {
namespace {

using ::testing::MatchesRegex;

TEST(secret, has_as_many_random_bytes_as_asked_for) {
  EXPECT_EQ(random_bytes(0), "");
  EXPECT_EQ(random_bytes(33).size(), 33U);
  EXPECT_NE(random_bytes(16), random_bytes(16));
}

TEST(secret, makes_passwords_that_need_no_escaping) {
  EXPECT_THAT(new_password(), MatchesRegex("[A-Za-z0-9_-]{24}"));
  EXPECT_NE(new_password(), new_password());
}

TEST(secret, makes_verifiers_as_postgresql_keeps_them) {
  const auto verifier = scram_verifier("pencil");
  EXPECT_THAT(
      verifier,
      MatchesRegex(R"(SCRAM-SHA-256\$4096:[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=)"));
  EXPECT_NE(scram_verifier("pencil"), verifier) << "the salt is another one each time";
}

}  // namespace
}  // namespace hayden::auth
