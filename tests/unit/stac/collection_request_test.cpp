#include "stac/collection_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stac/cql2/encodings.hpp"

namespace hayden::stac {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

CollectionRequest request(const std::string& raw) {
  return CollectionRequest::from_query(parse_query(raw).value());
}

std::string complaint_about(const std::string& raw) {
  try {
    request(raw);
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 400);
    return problem.what();
  }
  return {};
}

TEST(collection_request, reads_every_parameter) {
  const auto all = request(
      "limit=7&bbox=1,2,3,4&datetime=2020-01-01T00:00:00Z/"
      "..&q=a%20b,,c&sortby=-title,id&fields=title&other=1"
      "&filter=id%3D'x'&query=%7B%22gsd%22:%7B%22lt%22:30%7D%7D");
  EXPECT_EQ(all.limit, 7);
  EXPECT_EQ(all.bbox, (Bbox{1, 2, 3, 4}));
  EXPECT_TRUE(all.datetime->start);
  EXPECT_THAT(all.terms, ElementsAre("a b", "c"));
  EXPECT_EQ(all.sort_text(), "collections-title+id");
  EXPECT_TRUE(all.fields);
  EXPECT_EQ(cql2::to_text(*all.filter), R"(("id" = 'x') AND ("gsd" < 30))");
  EXPECT_EQ(
      cql2::to_text(*request("filter=%7B%22op%22:%22isNull%22,%22args%22:%5B%7B%22property%22:%22title%22%7D"
                             "%5D%7D&filter-lang=cql2-json")
                         .filter),
      R"("title" IS NULL)");
  EXPECT_FALSE(request("filter=&query=&filter-lang=cql2-json").filter);
  EXPECT_EQ(request("limit=5&limit=99999999999999999999").limit, largest_collections_limit);
  EXPECT_EQ(request("").limit, default_collections_limit);
  EXPECT_FALSE(request("").fields);
}

TEST(collection_request, the_order_ends_with_the_id) {
  EXPECT_EQ(request("").sort_text(), "collections+id");
  EXPECT_EQ(request("sortby=-id").sort_text(), "collections-id");
  EXPECT_EQ(request("sortby=-title").sort_text(), "collections-title-id");
  EXPECT_EQ(request("sortby= title,-id").sort_text(), "collections+title-id");
  EXPECT_EQ(request("sortby=id,title").sort_text(), "collections+id");
}

TEST(collection_request, names_every_mistake_at_once) {
  EXPECT_THAT(complaint_about("limit=0&bbox=1,2,3&datetime=x&sortby=colour&fields=-&token=x&q=" +
                              std::string(300, 'x') + "&filter=id=&filter-crs=x&query=[]"),
              AllOf(HasSubstr("limit: "), HasSubstr("bbox: "), HasSubstr("datetime: "), HasSubstr("'colour'"),
                    HasSubstr("fields: "), HasSubstr("token: "), HasSubstr("q: "),
                    HasSubstr("filter, character 4: "), HasSubstr("filter-crs: "), HasSubstr("query: ")));
  EXPECT_THAT(complaint_about("filter-lang=sql&filter=x"), HasSubstr("filter-lang: "));
  EXPECT_EQ(complaint_about("limit=&token=&bbox="), "");
  for (const auto* limit : {"-1", "a", "1.5", " 1"}) {
    EXPECT_THAT(complaint_about("limit=" + std::string{limit}), HasSubstr("limit: ")) << limit;
  }
}

TEST(collection_request, a_token_of_another_sort_is_a_mistake) {
  const auto token = PageToken{false, "collections+id", {"a"}, {}, false}.encode();
  EXPECT_EQ(complaint_about("token=" + token), "");
  EXPECT_THAT(complaint_about("sortby=title&token=" + token), HasSubstr("token: "));
  EXPECT_THAT(complaint_about("token=" + PageToken{false, "collections+id", {}, {}, false}.encode()),
              HasSubstr("token: "));
}

TEST(collection_request, fields_of_collections_have_their_own_default) {
  Mistakes mistakes;
  std::string out;
  Fields::from_list("", mistakes, FieldsOf::collection)
      .select(R"({"id":"a","type":"Collection","title":"t","summaries":{},"links":[],"properties":{"x":1}})",
              0, out);
  EXPECT_EQ(out, R"({"id":"a","type":"Collection","title":"t","links":[]})");
  out.clear();
  Fields::from_list("summaries.x,-links", mistakes, FieldsOf::collection)
      .select(R"({"id":"a","summaries":{"x":1,"y":2},"links":[],"properties":{"summaries":1}})", 0, out);
  EXPECT_EQ(out, R"({"id":"a","summaries":{"x":1}})");
}

}  // namespace
}  // namespace hayden::stac
