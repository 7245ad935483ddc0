#include "core/xml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hayden {
namespace {

using ::testing::HasSubstr;

std::string fault(std::string_view text) {
  const XmlDocument document(text);
  return document.fault() ? document.fault()->why : "none";
}

TEST(Xml, reads_names_without_prefix_and_text_in_pieces) {
  const XmlDocument document("<a:r xmlns:a='x'><a:t>one &amp; <!-- no --><![CDATA[<two>]]></a:t><e/></a:r>");
  ASSERT_FALSE(document.fault());
  EXPECT_EQ(xml_local_name(document.root()), "r");
  EXPECT_EQ(xml_text_in(document.root(), "t"), "one & <two>");
  EXPECT_EQ(xml_text_in(document.root(), "e"), "");
  EXPECT_EQ(xml_text_in(document.root(), "missing"), "");
}

TEST(Xml, refuses_what_is_not_one_whole_document) {
  for (const auto* text : {"", "text", "<a>", "<a></b>", "<a/><b/>", "<a", "<a/><!--"})
    EXPECT_THAT(fault(text), HasSubstr("not well-formed XML")) << text;
  EXPECT_THAT(fault("<a>\xff</a>"), HasSubstr("not UTF-8"));
}

TEST(Xml, refuses_document_types_and_entities_that_none_can_declare) {
  EXPECT_THAT(fault("<!DOCTYPE a><a/>"), HasSubstr("document type"));
  EXPECT_THAT(fault("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>"), HasSubstr("document type"));
  EXPECT_THAT(fault("<a>&e;</a>"), HasSubstr("not declared"));
  EXPECT_THAT(fault("<a b='&e;'/>"), HasSubstr("not declared"));
  EXPECT_EQ(fault("<a b='&lt;&#65;'>&amp;&quot;&apos;&gt;<![CDATA[&e;]]><!-- &e; --></a>"), "none");
}

TEST(Xml, says_where_an_element_begins) {
  const XmlDocument document("<a>\n <b/></a>");
  EXPECT_EQ(XmlDocument::offset_of(document.root().first_child()), 6U);
}

TEST(Xml, reads_a_tree_of_any_depth) {
  constexpr int depth = 200'000;
  std::string deep;
  for (int i = 0; i < depth; ++i) deep += "<a>";
  for (int i = 0; i < depth; ++i) deep += "</a>";
  EXPECT_EQ(fault(deep), "none");
}

}  // namespace
}  // namespace hayden
