#include "crawl/directory_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace hayden::crawl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> keys_of(DirectoryStore& store) {
  std::vector<std::string> keys;
  store.list(
      [&](const Page& page, MtlFilter& /*filter*/) {
        for (const auto& object : page.objects) keys.push_back(object.key);
        return true;
      },
      {});
  return keys;
}

TEST(DirectoryStore, lists_keys_in_the_byte_order_a_bucket_has) {
  const TemporaryFolder folder;
  for (const auto* name : {"b", "a/z", "a-b", "a.txt", "a/b/c", "é", "Z"}) folder.write(name, "x");
  DirectoryStore store(folder.path());
  EXPECT_THAT(keys_of(store), ElementsAre("Z", "a-b", "a.txt", "a/b/c", "a/z", "b", "é"));
}

TEST(DirectoryStore, gives_pages_and_ends_when_told) {
  const TemporaryFolder folder;
  for (int i = 0; i < 2500; ++i) folder.write(std::to_string(i), "");
  DirectoryStore store(folder.path());
  EXPECT_EQ(keys_of(store).size(), 2500U);
  std::size_t seen = 0;
  store.list(
      [&](const Page& page, MtlFilter& /*filter*/) {
        seen += page.objects.size();
        return false;
      },
      {});
  EXPECT_EQ(seen, 1000U);
}

TEST(DirectoryStore, reads_what_it_lists_under_the_same_mark) {
  const TemporaryFolder folder;
  folder.write("scene/x_MTL.txt", "GROUP = 1");
  DirectoryStore store(folder.path());
  store.list(
      [&](const Page& page, MtlFilter& /*filter*/) {
        EXPECT_EQ(page.objects.at(0).size, 9U);
        const auto blob = store.get(page.objects.at(0).key, {});
        EXPECT_EQ(blob.bytes, "GROUP = 1");
        EXPECT_EQ(blob.mark, page.objects.at(0).mark);
        return true;
      },
      {});
}

TEST(DirectoryStore, gives_another_mark_when_a_file_changes) {
  const TemporaryFolder folder;
  folder.write("x", "one");
  DirectoryStore store(folder.path());
  const auto before = store.get("x", {}).mark;
  folder.write("x", "longer");
  const auto longer = store.get("x", {}).mark;
  EXPECT_NE(longer, before);
  std::filesystem::last_write_time(folder.path() / "x",
                                   std::filesystem::file_time_type::clock::now() + std::chrono::hours{1});
  EXPECT_NE(store.get("x", {}).mark, longer);
}

TEST(DirectoryStore, follows_links_but_never_in_a_circle) {
  const TemporaryFolder folder, elsewhere;
  elsewhere.write("y", "");
  folder.write("a/x", "");
  std::filesystem::create_directory_symlink(folder.path(), folder.path() / "a/up");
  std::filesystem::create_directory_symlink(elsewhere.path(), folder.path() / "linked");
  DirectoryStore store(folder.path());
  EXPECT_THAT(keys_of(store), ElementsAre("a/x", "linked/y"));
}

TEST(DirectoryStore, names_files_that_cannot_be_keys_and_goes_on) {
  const TemporaryFolder folder;
  folder.write("bad\xff", "");
  folder.write("good", "");
  DirectoryStore store(folder.path());
  std::vector<std::string> unreadable;
  std::vector<std::string> keys;
  store.list(
      [&](const Page& page, MtlFilter& /*filter*/) {
        unreadable.insert(unreadable.end(), page.unreadable.begin(), page.unreadable.end());
        for (const auto& object : page.objects) keys.push_back(object.key);
        return true;
      },
      {});
  EXPECT_THAT(keys, ElementsAre("good"));
  EXPECT_THAT(unreadable, ElementsAre(HasSubstr("cannot be read")));
}

TEST(DirectoryStore, its_pages_cover_all_keys_without_a_gap) {
  const TemporaryFolder folder;
  for (int i = 0; i < 2500; ++i) folder.write(std::to_string(i), "");
  DirectoryStore store(folder.path());
  std::string covered;
  store.list(
      [&](const Page& page, MtlFilter& /*filter*/) {
        EXPECT_EQ(page.covers.value().after, covered);
        covered = page.covers->until;
        for (const auto& object : page.objects) EXPECT_LE(object.key, covered);
        return true;
      },
      {});
  EXPECT_EQ(covered, end_of_prefix(""));
  EXPECT_TRUE(store.finish());
}

TEST(DirectoryStore, claims_to_cover_nothing_behind_what_it_cannot_read) {
  const TemporaryFolder folder;
  folder.write("bad\xff", "");
  folder.write("good", "");
  DirectoryStore store(folder.path());
  store.list(
      [&](const Page& page, MtlFilter& /*filter*/) {
        EXPECT_FALSE(page.covers);
        return true;
      },
      {});
  EXPECT_FALSE(store.finish());
}

TEST(DirectoryStore, makes_file_urls) {
  const TemporaryFolder folder;
  folder.write("a b+é/x_MTL.txt", "");
  const DirectoryStore store(folder.path() / "a b+é");
  EXPECT_EQ(store.name(), "file://" + folder.path().string() + "/a%20b%2B%C3%A9");
  EXPECT_EQ(store.href("x_MTL.txt"), store.name() + "/x_MTL.txt");
}

TEST(DirectoryStore, says_what_is_wrong_with_the_folder) {
  const TemporaryFolder folder;
  folder.write("file", "");
  EXPECT_THROW(DirectoryStore{folder.path() / "missing"}, SourceError);
  EXPECT_THROW(DirectoryStore{folder.path() / "file"}, SourceError);
}

TEST(DirectoryStore, refuses_what_is_gone_or_too_large) {
  const TemporaryFolder folder;
  folder.write("large", std::string(largest_object + 1, 'x'));
  DirectoryStore store(folder.path());
  EXPECT_THROW(store.get("missing", {}), ObjectError);
  EXPECT_THROW(store.get("large", {}), ObjectError);
}

}  // namespace
}  // namespace hayden::crawl
