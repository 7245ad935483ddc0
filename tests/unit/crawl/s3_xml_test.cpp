#include "crawl/s3_xml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace hayden::crawl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string listing(const std::string& inside) {
  return "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" +
         inside + "</ListBucketResult>";
}

TEST(S3Xml, reads_keys_marks_and_sizes) {
  const auto found = read_s3_listing(listing(
      "<Name>b</Name><IsTruncated>true</IsTruncated><NextContinuationToken>a/b==</NextContinuationToken>"
      "<Contents><Key>k/1</Key><ETag>&quot;e1&quot;</ETag><Size>14005</Size><Owner><ID>x</ID></Owner></"
      "Contents>"
      "<Contents><Size>5000000000</Size><ETag>e2-3</ETag><Key>k/2</Key></Contents>"));
  ASSERT_TRUE(found);
  ASSERT_THAT(found->page.objects, SizeIs(2));
  EXPECT_EQ(found->page.objects[0].key, "k/1");
  EXPECT_EQ(found->page.objects[0].mark, "e1");
  EXPECT_EQ(found->page.objects[0].size, 14005U);
  EXPECT_EQ(found->page.objects[1].mark, "e2-3");
  EXPECT_EQ(found->page.objects[1].size, 5'000'000'000U);
  EXPECT_TRUE(found->truncated);
  EXPECT_EQ(found->next_token, "a/b==");
}

TEST(S3Xml, decodes_keys_only_when_the_answer_says_they_are_encoded) {
  const std::string contents = "<Contents><Key>a+b%2Bc%20%C3%A9&amp;</Key></Contents>";
  EXPECT_EQ(read_s3_listing(listing("<EncodingType>url</EncodingType>" + contents))->page.objects.at(0).key,
            "a b+c é&");
  EXPECT_EQ(read_s3_listing(listing(contents + "<EncodingType>url</EncodingType>"))->page.objects.at(0).key,
            "a b+c é&");
  EXPECT_EQ(read_s3_listing(listing(contents))->page.objects.at(0).key, "a+b%2Bc%20%C3%A9&");
}

TEST(S3Xml, names_keys_that_are_not_utf8_and_keeps_the_others) {
  const auto found =
      read_s3_listing(listing("<EncodingType>url</EncodingType><Contents><Key>a%FF</Key></"
                              "Contents><Contents><Key>b</Key></Contents>"));
  EXPECT_THAT(found->page.objects, SizeIs(1));
  EXPECT_THAT(found->page.unreadable, ElementsAre(HasSubstr("a%FF")));
}

TEST(S3Xml, reads_any_namespace_prefix_and_passes_over_further_elements) {
  const auto found = read_s3_listing(
      "<s3:ListBucketResult "
      "xmlns:s3=\"x\"><s3:New><s3:Key>no</s3:Key></s3:New><s3:CommonPrefixes><s3:Prefix>p/"
      "</s3:Prefix></s3:CommonPrefixes><s3:Contents><s3:Key>yes</s3:Key></s3:Contents></"
      "s3:ListBucketResult>");
  ASSERT_TRUE(found);
  ASSERT_THAT(found->page.objects, SizeIs(1));
  EXPECT_EQ(found->page.objects[0].key, "yes");
}

TEST(S3Xml, an_empty_bucket_is_a_listing) {
  const auto found = read_s3_listing(listing(""));
  ASSERT_TRUE(found);
  EXPECT_THAT(found->page.objects, IsEmpty());
  EXPECT_FALSE(found->truncated);
}

TEST(S3Xml, no_cut_answer_is_taken_for_a_listing) {
  const auto whole = listing("<Contents><Key>k/1</Key><Size>1</Size></Contents>");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(read_s3_listing(whole.substr(0, size))) << size;
  }
  EXPECT_TRUE(read_s3_listing(whole));
}

TEST(S3Xml, garbage_is_no_listing) {
  for (const auto* text :
       {"", "<html><body>Sign in</body></html>", "{\"a\":1}", "<Error><Code>X</Code></Error>", "\xff\xfe\x00",
        "<ListBucketResult>&undefined;</ListBucketResult>"}) {
    EXPECT_FALSE(read_s3_listing(text)) << text;
  }
}

TEST(S3Xml, declared_entities_are_refused) {
  EXPECT_FALSE(
      read_s3_listing("<!DOCTYPE x [<!ENTITY a \"aaaa\">]><ListBucketResult>&a;</ListBucketResult>"));
  EXPECT_FALSE(
      read_s3_listing("<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><ListBucketResult></ListBucketResult>"));
}

TEST(S3Xml, reads_errors) {
  const auto error = read_s3_error(
      "<?xml version=\"1.0\"?><Error><Code>PermanentRedirect</Code><Message>Look elsewhere</Message>"
      "<Endpoint>b.s3.eu-west-1.amazonaws.com</Endpoint><Region>eu-west-1</Region></Error>");
  EXPECT_EQ(error.code, "PermanentRedirect");
  EXPECT_EQ(error.message, "Look elsewhere");
  EXPECT_EQ(error.endpoint, "b.s3.eu-west-1.amazonaws.com");
  EXPECT_EQ(error.region, "eu-west-1");
  EXPECT_EQ(read_s3_error("<html>502 Bad Gateway").code, "");
}

TEST(S3Xml, reads_the_real_root_listing_of_landsat_pds) {
  for (const auto& path : fixture_files("listings", "landsat-pds_root_listv2_2020-06.xml")) {
    const auto found = read_s3_listing(read_file(path));
    ASSERT_TRUE(found);
    ASSERT_THAT(found->page.objects, SizeIs(5));
    EXPECT_EQ(found->page.objects[4].key, "scene_list.gz");
    EXPECT_EQ(found->page.objects[4].mark, "39c34d489777a595b36d0af5726007db");
    EXPECT_EQ(found->page.objects[4].size, 45'603'307U);
    EXPECT_FALSE(found->truncated);
  }
}

TEST(S3Xml, reads_the_folders_of_a_listing_with_a_delimiter) {
  const auto listing = read_s3_listing(
      "<ListBucketResult><EncodingType>url</EncodingType><CommonPrefixes><Prefix>a%20b/</Prefix></"
      "CommonPrefixes>"
      "<CommonPrefixes><Prefix>c/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>no</Prefix></"
      "CommonPrefixes>"
      "</ListBucketResult>");
  ASSERT_TRUE(listing);
  EXPECT_EQ(listing->folders, (std::vector<std::string>{"a b/", "c/"}));
}

}  // namespace
}  // namespace hayden::crawl
