#include "sign/credentials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace hayden::sign {
namespace {

using ::testing::HasSubstr;

class AwsFiles : public ::testing::Test {
 protected:
  AwsFiles() {
    std::string pattern = (std::filesystem::temp_directory_path() / "hayden-aws-XXXXXX").string();
    home_ = mkdtemp(pattern.data());
    std::filesystem::create_directory(home_ / ".aws");
    variables_["HOME"] = home_.string();
  }
  ~AwsFiles() override { std::filesystem::remove_all(home_); }

  std::string path(const std::string& name) const { return (home_ / ".aws" / name).string(); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
  void set(const std::string& name, const std::string& value) { variables_[name] = value; }
  AwsSettings load(const std::optional<std::string>& profile = {}) const {
    return load_aws_settings(
        [this](const char* name) -> std::optional<std::string> {
          const auto at = variables_.find(name);
          if (at == variables_.end()) return {};
          return at->second;
        },
        profile);
  }
  std::string mistake(const std::optional<std::string>& profile = {}) const {
    try {
      load(profile);
    } catch (const CredentialsError& error) {
      return error.what();
    }
    return {};
  }

 private:
  std::filesystem::path home_;
  std::map<std::string, std::string> variables_;
};

const char* const two_profiles =
    "# keys\n"
    "[default]\n"
    "aws_access_key_id = DEFAULTID\n"
    "aws_secret_access_key=default/secret+=\r\n"
    "\n"
    "[usgs]\n"
    "  ; a comment\n"
    "aws_access_key_id=USGSID\n"
    "aws_secret_access_key=usgs-secret\n"
    "aws_session_token = usgs-token\n";

TEST_F(AwsFiles, finds_nothing_on_a_bare_machine) {
  const auto settings = load();
  EXPECT_FALSE(settings.credentials);
  EXPECT_FALSE(settings.region);
}

TEST_F(AwsFiles, reads_the_default_profile) {
  write("credentials", two_profiles);
  const auto settings = load();
  ASSERT_TRUE(settings.credentials);
  EXPECT_EQ(settings.credentials->access_key_id, "DEFAULTID");
  EXPECT_EQ(settings.credentials->secret_access_key, "default/secret+=");
  EXPECT_EQ(settings.credentials->session_token, "");
}

TEST_F(AwsFiles, the_environment_wins_over_files_and_aws_profile) {
  write("credentials", two_profiles);
  set("AWS_PROFILE", "usgs");
  set("AWS_ACCESS_KEY_ID", "ENVID");
  set("AWS_SECRET_ACCESS_KEY", "env-secret");
  EXPECT_EQ(load().credentials->access_key_id, "ENVID");
}

TEST_F(AwsFiles, a_profile_asked_for_wins_over_the_environment) {
  write("credentials", two_profiles);
  set("AWS_ACCESS_KEY_ID", "ENVID");
  set("AWS_SECRET_ACCESS_KEY", "env-secret");
  const auto settings = load("usgs");
  EXPECT_EQ(settings.credentials->access_key_id, "USGSID");
  EXPECT_EQ(settings.credentials->session_token, "usgs-token");
}

TEST_F(AwsFiles, reads_region_and_keys_of_a_profile_of_the_config_file) {
  write("config",
        "[default]\nregion = eu-west-1\n"
        "[profile usgs]\nregion = us-west-2\ns3 =\n  region = nested\n"
        "aws_access_key_id = CONFIGID\naws_secret_access_key = config-secret\n");
  EXPECT_EQ(load().region, "eu-west-1");
  set("AWS_PROFILE", "usgs");
  EXPECT_EQ(load().region, "us-west-2");
  EXPECT_EQ(load().credentials->access_key_id, "CONFIGID");
  set("AWS_DEFAULT_REGION", "ca-central-1");
  EXPECT_EQ(load().region, "ca-central-1");
  set("AWS_REGION", "us-east-2");
  EXPECT_EQ(load().region, "us-east-2");
}

TEST_F(AwsFiles, reads_a_credentials_file_at_another_place) {
  write("elsewhere", two_profiles);
  set("AWS_SHARED_CREDENTIALS_FILE", path("elsewhere"));
  EXPECT_EQ(load().credentials->access_key_id, "DEFAULTID");
}

TEST_F(AwsFiles, says_which_profile_is_missing) {
  write("credentials", two_profiles);
  EXPECT_THAT(mistake("nobody"), HasSubstr("'nobody' is neither in"));
}

TEST_F(AwsFiles, says_when_a_profile_has_no_keys) {
  write("config", "[profile sso]\nsso_session = work\n");
  EXPECT_THAT(mistake("sso"), HasSubstr("'sso' holds no access key"));
}

TEST_F(AwsFiles, says_when_half_a_pair_is_set) {
  set("AWS_ACCESS_KEY_ID", "ENVID");
  EXPECT_THAT(mistake(), HasSubstr("only one of"));
}

}  // namespace
}  // namespace hayden::sign
