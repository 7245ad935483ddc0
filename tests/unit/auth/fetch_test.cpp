#include "auth/fetch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hayden::auth {
namespace {

using ::testing::HasSubstr;

TEST(fetch, trusts_https_and_this_machine) {
  for (const auto* url : {"https://login.example.org", "https://login.example.org:8443/realms/earth/",
                          "http://localhost:8080/x", "http://127.0.0.1", "http://[::1]:1/"}) {
    EXPECT_EQ(mistake_of_url(url), "") << url;
  }
  for (const auto* url :
       {"http://login.example.org", "http://127.0.0.2", "ftp://localhost", "file:///etc/passwd"}) {
    EXPECT_THAT(mistake_of_url(url), HasSubstr("must be https")) << url;
  }
  for (const auto* url : {"", "login.example.org", "/x", "https://", "https://a b"}) {
    EXPECT_THAT(mistake_of_url(url), HasSubstr("absolute https URL")) << url;
  }
  for (const auto* url : {"https://u:p@h/", "https://h/?q=1", "https://h/#f"}) {
    EXPECT_THAT(mistake_of_url(url), HasSubstr("no login, query or fragment")) << url;
  }
}

TEST(fetch, says_when_nobody_answers) { EXPECT_THROW(fetch("http://127.0.0.1:1/"), Unreachable); }

}  // namespace
}  // namespace hayden::auth
