#include "crawl/event_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/json.hpp"

namespace hayden::crawl {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto event = R"({"Records":[
  {"eventVersion":"2.1","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"scenes"},
   "object":{"key":"a/X+%C3%A9_MTL.json","size":14000,"eTag":"e1","sequencer":"0"}}},
  {"eventName":"ObjectRemoved:Delete","s3":{"bucket":{"name":"scenes"},"object":{"key":"a/Y_MTL.json"}}}]})";

TEST(EventQueue, reads_events_of_s3_bare_and_as_sns_passes_them_on) {
  const auto wrapped = Json{{"Type", "Notification"}, {"TopicArn", "arn:x"}, {"Message", event}}.dump();
  for (const auto& body : {std::string{event}, wrapped}) {
    const auto events = parse_event_message(body);
    ASSERT_THAT(events, SizeIs(1)) << body;
    EXPECT_EQ(events[0].bucket, "scenes");
    EXPECT_EQ(events[0].object.key, "a/X é_MTL.json");
    EXPECT_EQ(events[0].object.mark, "e1");
    EXPECT_EQ(events[0].object.size, 14000U);
  }
  EXPECT_THAT(parse_event_message(R"({"Service":"Amazon S3","Event":"s3:TestEvent"})"), IsEmpty());
}

TEST(EventQueue, refuses_messages_that_are_no_events) {
  for (const auto* body : {"", "hello", "[]", "1", R"({"Records":[{}]})", R"({"Records":1})",
                           R"({"TopicArn":"x","Message":"hello"})"})
    EXPECT_THROW(parse_event_message(body), ObjectError) << body;
}

TEST(EventQueue, one_file_of_a_scene_announces_it) {
  const std::string c2 = "a/LC08_L2SP_046028_20200904_20200906_02_T1",
                    c1 = "a/LC08_L1TP_046028_20180105_20180118_01_T1";
  EXPECT_TRUE(announces_scene(c2 + "_MTL.json"));
  for (const auto* other : {"_MTL.txt", "_MTL.xml", "_SR_B1.TIF"})
    EXPECT_FALSE(announces_scene(c2 + other)) << other;
  EXPECT_TRUE(announces_scene(c1 + "_MTL.txt"));
  EXPECT_FALSE(announces_scene(c1 + "_MTL.json"));
  EXPECT_TRUE(announces_scene("a/LC80460282018005LGN00_MTL.txt"));
  EXPECT_TRUE(announces_scene("a/LC08_L1TP_046028_20180105_20180118_01_A1.xml"));
}

TEST(EventQueue, wants_a_queue_and_keys) {
  const auto keys = std::make_shared<sign::CredentialsProvider>(sign::Credentials{"AK", "s", ""});
  for (const auto* url :
       {"", "sqs.us-west-2.amazonaws.com/1/q", "https://host", "https://host/", "https://u@host/1/q"})
    EXPECT_THROW(EventQueue({url, "", "b", keys}), SourceError) << url;
  EXPECT_THROW(EventQueue({"https://host/1/q", "", "b", nullptr}), SourceError);
  EXPECT_NO_THROW(EventQueue({"https://host/1/q", "", "b", keys}));
}

}  // namespace
}  // namespace hayden::crawl
