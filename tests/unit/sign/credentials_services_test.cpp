#include "sign/credentials_services.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <vector>

namespace hayden::sign {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const auto* const keys_json =
    R"({"AccessKeyId":"AKROLE","SecretAccessKey":"role-secret","Token":"role-token","Expiration":"2030-01-01T00:00:00Z"})";

class Services : public ::testing::Test {
 protected:
  Services() {
    std::string pattern = (std::filesystem::temp_directory_path() / "hayden-aws-XXXXXX").string();
    home_ = mkdtemp(pattern.data());
    variables_["HOME"] = home_.string();
  }
  ~Services() override { std::filesystem::remove_all(home_); }

  std::string file(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((home_ / name).parent_path());
    std::ofstream(home_ / name) << text;
    return (home_ / name).string();
  }
  Environment environment() const {
    return [variables = variables_](const char* name) -> std::optional<std::string> {
      const auto at = variables.find(name);
      return at == variables.end() ? std::optional<std::string>{} : at->second;
    };
  }
  AskService ask() {
    return [this](const std::string& method, const std::string& url, const Pairs& headers,
                  std::chrono::milliseconds) -> std::optional<ServiceReply> {
      asked_.push_back(method + " " + url);
      headers_ = headers;
      const auto at = answers_.find(asked_.back());
      return at == answers_.end() ? std::optional<ServiceReply>{} : at->second;
    };
  }
  AwsSettings load(const std::optional<std::string>& profile = {}) {
    return load_aws_settings(environment(), profile, ask());
  }
  std::string mistake() {
    try {
      load();
    } catch (const CredentialsError& error) {
      return error.what();
    }
    return {};
  }

  std::filesystem::path home_;
  std::map<std::string, std::string> variables_;
  std::map<std::string, ServiceReply> answers_;
  std::vector<std::string> asked_;
  Pairs headers_;
};

TEST_F(Services, the_instance_gives_its_keys_for_a_token) {
  const std::string base = "http://169.254.169.254/latest/";
  answers_["PUT " + base + "api/token"] = {200, "TOKEN"};
  answers_["GET " + base + "meta-data/iam/security-credentials/"] = {200, "crawler\n"};
  answers_["GET " + base + "meta-data/iam/security-credentials/crawler"] = {200, keys_json};
  const auto settings = load();
  EXPECT_EQ(settings.credentials.value().access_key_id, "AKROLE");
  EXPECT_EQ(settings.credentials->session_token, "role-token");
  EXPECT_EQ(settings.credentials->expires, parse_rfc3339("2030-01-01T00:00:00Z"));
  EXPECT_THAT(headers_,
              ElementsAre(std::pair<std::string, std::string>{"X-aws-ec2-metadata-token", "TOKEN"}));
  EXPECT_TRUE(settings.renew);
}

TEST_F(Services, without_any_service_requests_are_anonymous) {
  EXPECT_EQ(load().credentials, std::nullopt);
  EXPECT_THAT(asked_, ElementsAre("PUT http://169.254.169.254/latest/api/token"));
  asked_.clear();
  variables_["AWS_EC2_METADATA_DISABLED"] = "true";
  EXPECT_EQ(load().credentials, std::nullopt);
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(Services, keys_of_the_environment_and_of_a_profile_come_first) {
  variables_["AWS_ACCESS_KEY_ID"] = "AKENV";
  variables_["AWS_SECRET_ACCESS_KEY"] = "s";
  EXPECT_EQ(load().credentials.value().access_key_id, "AKENV");
  variables_.erase("AWS_ACCESS_KEY_ID");
  variables_.erase("AWS_SECRET_ACCESS_KEY");
  file(".aws/credentials", "[default]\naws_access_key_id = AKFILE\naws_secret_access_key = s\n");
  EXPECT_EQ(load().credentials.value().access_key_id, "AKFILE");
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(Services, the_container_gives_its_keys) {
  variables_["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials/x";
  answers_["GET http://169.254.170.2/v2/credentials/x"] = {200, keys_json};
  EXPECT_EQ(load().credentials.value().access_key_id, "AKROLE");
}

TEST_F(Services, a_pod_shows_its_token_to_the_container_service) {
  variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://169.254.170.23/v1/credentials";
  variables_["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = file("token", "pod-token\n");
  answers_["GET http://169.254.170.23/v1/credentials"] = {200, keys_json};
  EXPECT_EQ(load().credentials.value().access_key_id, "AKROLE");
  EXPECT_THAT(headers_, ElementsAre(std::pair<std::string, std::string>{"Authorization", "pod-token"}));
}

TEST_F(Services, keys_are_not_asked_of_other_hosts_in_clear) {
  for (const auto* url :
       {"http://example.com/keys", "http://127.0.0.1.example.com/keys", "http://169.254.170.2@evil/"}) {
    variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    EXPECT_THAT(mistake(), HasSubstr("without TLS")) << url;
  }
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(Services, a_container_without_keys_is_a_mistake) {
  variables_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://localhost:1/keys";
  EXPECT_THAT(mistake(), HasSubstr("gives no keys"));
  answers_["GET http://localhost:1/keys"] = {200, "<html>"};
  EXPECT_THAT(mistake(), HasSubstr("gives no keys"));
}

TEST_F(Services, a_web_identity_is_traded_for_the_keys_of_its_role) {
  variables_["AWS_WEB_IDENTITY_TOKEN_FILE"] = file("token", "web/token");
  variables_["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/crawler";
  variables_["AWS_REGION"] = "us-west-2";
  answers_
      ["GET https://sts.us-west-2.amazonaws.com/?Action=AssumeRoleWithWebIdentity&Version=2011-06-15&"
       "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fcrawler&RoleSessionName=hayden&WebIdentityToken=web%"
       "2Ftoken"] = {200,
                     "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
                     "<SessionToken>st</SessionToken><SecretAccessKey>sk</"
                     "SecretAccessKey><Expiration>2030-01-01T00:00:00Z</Expiration>"
                     "<AccessKeyId>AKWEB</AccessKeyId></Credentials></AssumeRoleWithWebIdentityResult></"
                     "AssumeRoleWithWebIdentityResponse>"};
  const auto settings = load();
  EXPECT_EQ(settings.credentials.value().access_key_id, "AKWEB");
  EXPECT_EQ(settings.credentials->secret_access_key, "sk");
  EXPECT_EQ(settings.credentials->session_token, "st");
}

TEST_F(Services, a_profile_may_name_a_web_identity) {
  const auto token = file("token", "t");
  file(".aws/config", "[profile web]\nrole_arn = arn:r\nweb_identity_token_file = " + token + "\n");
  variables_["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:1";
  answers_
      ["GET http://127.0.0.1:1/?Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Ar&"
       "RoleSessionName=hayden&WebIdentityToken=t"] = {
          200, "<AccessKeyId>AKWEB</AccessKeyId><SecretAccessKey>sk</SecretAccessKey>"};
  EXPECT_EQ(load("web").credentials.value().access_key_id, "AKWEB");
}

TEST_F(Services, says_why_sts_gives_no_keys_and_never_shows_the_token) {
  variables_["AWS_WEB_IDENTITY_TOKEN_FILE"] = file("token", "secret-token");
  variables_["AWS_ROLE_ARN"] = "arn:r";
  variables_["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:1";
  EXPECT_THAT(mistake(), HasSubstr("STS at http://127.0.0.1:1 does not answer."));
  answers_
      ["GET http://127.0.0.1:1/?Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Ar&"
       "RoleSessionName=hayden&WebIdentityToken=secret-token"] = {
          403, "<Error><Code>ExpiredTokenException</Code></Error>"};
  EXPECT_THAT(mistake(), HasSubstr("ExpiredTokenException"));
  EXPECT_THAT(mistake(), Not(HasSubstr("secret-token")));
  variables_["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/nowhere";
  EXPECT_THAT(mistake(), HasSubstr("The token file /nowhere cannot be read"));
}

TEST(CredentialsProvider, fetches_keys_again_shortly_before_they_end) {
  const auto start = *parse_rfc3339("2024-01-01T00:00:00Z");
  int renewals = 0;
  CredentialsProvider provider({"AK0", "s", "t", start + 1h}, [&] {
    ++renewals;
    return Credentials{"AK" + std::to_string(renewals), "s", "t", start + (1 + renewals) * 1h};
  });
  EXPECT_EQ(provider.current(start).access_key_id, "AK0");
  EXPECT_EQ(provider.current(start + 54min).access_key_id, "AK0");
  EXPECT_EQ(provider.current(start + 56min).access_key_id, "AK1");
  EXPECT_EQ(provider.current(start + 57min).access_key_id, "AK1");
  EXPECT_EQ(renewals, 1);
}

TEST(CredentialsProvider, uses_keys_to_their_end_when_they_cannot_be_had_again) {
  const auto start = *parse_rfc3339("2024-01-01T00:00:00Z");
  CredentialsProvider provider({"AK", "s", "t", start + 1h},
                               []() -> Credentials { throw CredentialsError("no."); });
  EXPECT_EQ(provider.current(start + 59min).access_key_id, "AK");
  EXPECT_THROW(provider.current(start + 60min), CredentialsError);
  CredentialsProvider for_ever({"AK", "s", "", {}});
  EXPECT_EQ(for_ever.current(start + 10000h).access_key_id, "AK");
}

}  // namespace
}  // namespace hayden::sign
