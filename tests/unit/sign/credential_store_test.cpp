#include "sign/credential_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hayden::sign {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

const Instant start = *parse_rfc3339("2024-01-01T00:00:00Z");

TEST(CredentialStore, keys_that_end_are_fetched_well_before) {
  CredentialStore store(60s);
  Instant now = start;
  int loads = 0;
  store.add("role", [&] {
    ++loads;
    return Credentials{"AK" + std::to_string(loads), "s", "t", now + 1h};
  });
  EXPECT_EQ(store.keys(0, now), nullptr);
  EXPECT_EQ(store.refresh(now), start + 45min);
  EXPECT_EQ(store.keys(0, now)->access_key_id, "AK1");
  EXPECT_EQ(store.refresh(now = start + 44min), start + 45min);
  EXPECT_EQ(loads, 1);
  store.refresh(now = start + 45min);
  EXPECT_EQ(store.keys(0, now)->access_key_id, "AK2");
}

TEST(CredentialStore, short_keys_are_fetched_at_half_their_life) {
  CredentialStore store(60s);
  store.add("role", [] { return Credentials{"AK", "s", "t", start + 1min}; });
  EXPECT_EQ(store.refresh(start), start + 30s);
}

TEST(CredentialStore, files_are_read_again) {
  CredentialStore store(60s);
  std::string id = "AK1";
  store.add("profile", [&] { return Credentials{id, "s", "", {}}; });
  EXPECT_EQ(store.refresh(start), start + 60s);
  id = "AK2";
  store.refresh(start + 59s);
  EXPECT_EQ(store.keys(0, start + 59s)->access_key_id, "AK1");
  store.refresh(start + 60s);
  EXPECT_EQ(store.keys(0, start + 60s)->access_key_id, "AK2");
}

TEST(CredentialStore, a_source_that_fails_is_asked_again_ever_more_rarely_and_old_keys_live_on) {
  CredentialStore store(60s);
  bool away = false;
  int asked = 0;
  store.add("service", [&] {
    ++asked;
    if (away) throw CredentialsError("away");
    return Credentials{"AK", "s", "t", start + 1h};
  });
  store.refresh(start);
  EXPECT_TRUE(store.status(start)[0].usable);
  away = true;
  Instant now = start + 45min;
  for (const auto pause : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
    EXPECT_EQ(store.refresh(now), now + pause);
    now += pause;
  }
  EXPECT_EQ(asked, 8);
  EXPECT_EQ(store.status(now)[0].error, "away");
  EXPECT_TRUE(store.status(now)[0].usable);
  EXPECT_NE(store.keys(0, start + 1h - 1s), nullptr);
  EXPECT_EQ(store.keys(0, start + 1h), nullptr);
  EXPECT_FALSE(store.status(start + 1h)[0].usable);
}

TEST(CredentialStore, keys_that_have_ended_are_none) {
  CredentialStore store(60s);
  store.add("old", [] { return Credentials{"AK", "s", "t", start - 1s}; });
  store.refresh(start);
  EXPECT_EQ(store.keys(0, start), nullptr);
  EXPECT_THAT(store.status(start)[0].error, HasSubstr("expired"));
}

TEST(CredentialStore, sources_do_not_disturb_each_other) {
  CredentialStore store(60s);
  store.add("bad", []() -> Credentials { throw CredentialsError("no"); });
  store.add("good", [] { return Credentials{"AK", "s", "", {}}; });
  EXPECT_EQ(store.refresh(start), start + 1s);
  EXPECT_EQ(store.keys(0, start), nullptr);
  EXPECT_NE(store.keys(1, start), nullptr);
}

}  // namespace
}  // namespace hayden::sign
