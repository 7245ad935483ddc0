#include "mtl/document.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "sample_text.hpp"

namespace hayden::mtl {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string refusal(std::string_view bytes) {
  try {
    parse_mtl(bytes);
  } catch (const Problem& problem) {
    EXPECT_EQ(problem.status(), 422);
    EXPECT_EQ(problem.code(), "InvalidMtl");
    return problem.what();
  }
  return "none";
}

std::string value(std::string_view bytes, std::string_view section, std::string_view key) {
  const Document document = parse_mtl(bytes);
  const std::string* const found = document.find(section, key);
  return found == nullptr ? "(none)" : *found;
}

/// One key in one section.
std::string small(std::string_view line) {
  return "GROUP = R\nGROUP = S\n" + std::string{line} + "\nEND_GROUP = S\nEND_GROUP = R\nEND\n";
}

TEST(Odl, keeps_keys_apart_by_section) {
  EXPECT_EQ(value(level2_sample, "PRODUCT_CONTENTS", "LANDSAT_PRODUCT_ID"),
            "LC08_L2SP_046028_20200904_20200906_02_T1");
  EXPECT_EQ(value(level2_sample, "LEVEL1_PROCESSING_RECORD", "LANDSAT_PRODUCT_ID"),
            "LC08_L1TP_046028_20200904_20200905_02_T1");
}

TEST(Odl, keeps_sections_and_keys_in_file_order) {
  const Document document = parse_odl(level2_sample);
  EXPECT_EQ(document.root, "LANDSAT_METADATA_FILE");
  ASSERT_EQ(document.sections.size(), 8U);
  EXPECT_EQ(document.sections[1].name, "IMAGE_ATTRIBUTES");
  EXPECT_EQ(document.sections[1].values[0].first, "SPACECRAFT_ID");
  EXPECT_EQ(document.sections[1].values[1], (std::pair<std::string, std::string>("SENSOR_ID", "OLI_TIRS")));
}

TEST(Odl, keeps_the_text_of_values) {
  EXPECT_EQ(value(small("K = 029"), "S", "K"), "029");
  EXPECT_EQ(value(small("K = 2.0000E-05"), "S", "K"), "2.0000E-05");
  EXPECT_EQ(value(small("K = \" a = b \""), "S", "K"), " a = b ");
  EXPECT_EQ(value(small("K = \"\""), "S", "K"), "");
  EXPECT_EQ(value(small("K ="), "S", "K"), "");
}

TEST(Odl, takes_null_for_absent) { EXPECT_EQ(value(small("K = NULL"), "S", "K"), "(none)"); }

TEST(Odl, does_not_need_blanks_round_the_equals_sign) {
  EXPECT_EQ(value("GROUP=R\nGROUP=S\nK=1\nEND_GROUP=S\nEND_GROUP=R\nEND", "S", "K"), "1");
}

TEST(Odl, stops_at_padding) {
  std::string padded = level2_sample;
  padded.resize(65'535);
  EXPECT_EQ(parse_mtl(padded), parse_mtl(level2_sample));
}

TEST(Odl, takes_carriage_returns_tabs_and_trailing_blanks) {
  EXPECT_EQ(parse_mtl(replaced(level2_sample, "\n", "\r\n")), parse_mtl(level2_sample));
  EXPECT_EQ(parse_mtl(replaced(level2_sample, "\n", "\t \n")), parse_mtl(level2_sample));
  EXPECT_EQ(parse_mtl(replaced(level2_sample, "    ", "\t")), parse_mtl(level2_sample));
}

TEST(Odl, takes_a_byte_order_mark) {
  EXPECT_EQ(parse_mtl("\xEF\xBB\xBF" + level2_sample), parse_mtl(level2_sample));
}

TEST(Odl, does_not_need_a_final_end) {
  const std::string text = level2_sample.substr(0, level2_sample.rfind("END\n"));
  EXPECT_EQ(parse_mtl(text), parse_mtl(level2_sample));
  EXPECT_EQ(parse_mtl(text.substr(0, text.size() - 1)), parse_mtl(level2_sample));
}

TEST(Odl, reads_nothing_after_end) {
  EXPECT_EQ(parse_mtl(level2_sample + "  \n\n rubbish"), parse_mtl(level2_sample));
}

TEST(Odl, skips_comments_and_blank_lines) {
  EXPECT_EQ(parse_mtl("# a comment\n\n" + replaced(level2_sample, "END_GROUP", " # GROUP = X\n\nEND_GROUP")),
            parse_mtl(level2_sample));
}

TEST(Odl, skips_remarks_after_a_value) {
  EXPECT_EQ(value(small("K = \"LANDSAT_7\"  // changed"), "S", "K"), "LANDSAT_7");
  EXPECT_EQ(value(small("K = 12 // changed"), "S", "K"), "12");
  EXPECT_EQ(value(small("K = https://doi.org/10.5066/X"), "S", "K"), "https://doi.org/10.5066/X");
}

TEST(Odl, gives_the_first_of_a_repeated_key) { EXPECT_EQ(value(small("K = 1\nK = 2"), "S", "K"), "1"); }

TEST(Odl, says_that_a_file_is_empty) {
  EXPECT_EQ(refusal(""), "the file is empty");
  EXPECT_EQ(refusal(" \r\n\t"), "the file is empty");
  EXPECT_EQ(refusal(std::string(65'535, '\0')), "the file is empty");
}

TEST(Odl, says_where_a_file_breaks_off) {
  EXPECT_EQ(refusal("GROUP = R\nGROUP = S\nK = 1\n"), "line 3: the file ends inside section \"S\"");
  EXPECT_EQ(refusal("GROUP = R\nGROUP = S\nEND_GROUP = S\n"), "line 3: the file ends before END_GROUP = R");
  EXPECT_EQ(refusal("GROUP = R\nEND"), "line 2: END comes before END_GROUP = R");
  EXPECT_EQ(refusal(small("K 1")), "line 3: expected NAME = value, found \"K 1\"");
}

TEST(Odl, says_where_groups_are_unbalanced) {
  EXPECT_EQ(refusal("GROUP = R\nGROUP = S\nEND_GROUP = R\n"), "line 3: expected END_GROUP = S, found \"R\"");
  EXPECT_EQ(refusal("END_GROUP = R\n"), "line 1: END_GROUP = \"R\" closes nothing");
  EXPECT_EQ(refusal(replaced(small("K = 1"), "END\n", "GROUP = T\n")), "line 6: a second root group: \"T\"");
}

TEST(Odl, refuses_groups_nested_too_deep) {
  EXPECT_EQ(refusal(small("GROUP = T")),
            "line 3: group \"T\" is inside section \"S\"; sections hold only keys");
}

TEST(Odl, refuses_keys_outside_a_section) {
  EXPECT_THAT(refusal("GROUP = R\nK = 1\n"), StartsWith("line 2: this key is outside a section"));
  EXPECT_THAT(refusal("K = 1\n"), StartsWith("line 1: expected GROUP = NAME"));
}

TEST(Odl, refuses_what_is_no_metadata) {
  EXPECT_THAT(refusal("<?xml version=\"1.0\"?>\n<Error/>"),
              HasSubstr("the root element is \"Error\": no Landsat metadata"));
  EXPECT_THAT(refusal("\x1f\x8b\x08"), HasSubstr("not UTF-8"));
  EXPECT_THAT(refusal(small("K = \xff")), HasSubstr("not UTF-8"));
  EXPECT_THAT(refusal("# only a comment"), HasSubstr("no GROUP = NAME found"));
}

TEST(Odl, shows_foreign_text_short_and_printable) {
  const std::string message = refusal("GROUP = R\n\x01\x02" + std::string(500, 'x'));
  EXPECT_THAT(message, StartsWith("line 2: expected NAME = value, found \"??xxx"));
  EXPECT_LT(message.size(), 120U);
}

TEST(Odl, bounds_size_and_number_of_keys) {
  EXPECT_THAT(refusal(std::string(max_mtl_bytes + 1, 'x')), HasSubstr("at most 1048576 are read"));
  std::string lines;
  for (std::size_t i = 0; i <= max_mtl_keys; ++i) lines += "K = 1\n";
  EXPECT_THAT(refusal(small(lines)), HasSubstr("line 8195: more than 8192 keys"));
}

TEST(JsonMtl, reads_text_and_typed_values) {
  const auto* const json =
      R"({"R": {"S": {"A": "029", "B": 12, "C": -2.5, "D": 2.0000E-05, "E": null, "F": ""}}})";
  EXPECT_EQ(value(json, "S", "A"), "029");
  EXPECT_EQ(value(json, "S", "B"), "12");
  EXPECT_EQ(value(json, "S", "C"), "-2.5");
  EXPECT_EQ(value(json, "S", "D"), "2.0000E-05");
  EXPECT_EQ(value(json, "S", "E"), "(none)");
  EXPECT_EQ(value(json, "S", "F"), "");
}

TEST(JsonMtl, is_recognised_behind_white_space_and_padding) {
  std::string padded = "\xEF\xBB\xBF \n{\"R\": {\"S\": {\"A\": \"1\"}}}\n";
  padded.resize(5000);
  EXPECT_EQ(value(padded, "S", "A"), "1");
}

TEST(JsonMtl, says_where_it_is_broken) {
  EXPECT_THAT(refusal("{\n\"R\": {\n\"S\": {\"A\": 1,, }}}"), StartsWith("line 3: not valid JSON at byte"));
  EXPECT_THAT(refusal(R"({"R": {"S": {"A": "1"}}} x)"), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal("{\"R\": {\"S\": {\"A\": \"\xff\"}}}"), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal(R"({"R": {"S": {"A": 1e999}}})"), HasSubstr("not valid JSON"));
}

TEST(JsonMtl, says_that_it_breaks_off_inside_text) {
  EXPECT_THAT(refusal("{\"R\": {\"S\": \"x"), HasSubstr("not valid JSON: "));
  EXPECT_THAT(refusal("{ <html>\"x"), HasSubstr("not valid JSON: "));
}

TEST(JsonMtl, says_what_is_not_as_in_metadata) {
  EXPECT_EQ(refusal("{}"), "expected one root group such as LANDSAT_METADATA_FILE");
  EXPECT_EQ(refusal(R"({"R": {}, "T": {}})"), "a second root group: \"T\"");
  EXPECT_EQ(refusal(R"({"R": 1})"), "group \"R\" holds a single value; expected a group of keys");
  EXPECT_EQ(refusal(R"({"R": {"S": "x"}})"), "section \"S\" holds a single value; expected a group of keys");
  EXPECT_EQ(refusal(R"({"R": {"S": {"A": {"B": 1}}}})"), "\"S.A\" holds a group; sections hold only keys");
  EXPECT_EQ(refusal(R"({"R": {"S": {"A": [1]}}})"), "\"S.A\" holds a list; expected keys or a value");
  EXPECT_EQ(refusal(R"({"R": {"S": {"A": "\u0000"}}})"), "\"S.A\" holds a NUL character");
}

TEST(JsonMtl, refuses_deep_nesting_without_running_out_of_stack) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "{\"a\":";
  EXPECT_THAT(refusal(deep + "1" + std::string(100'000, '}')), HasSubstr("sections hold only keys"));
  EXPECT_THAT(refusal("{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}"),
              HasSubstr("holds a list"));
  EXPECT_THAT(refusal(deep), HasSubstr("ended early"));
}

TEST(JsonMtl, bounds_the_number_of_keys) {
  std::string json = R"({"R": {"S": {"A": 1)";
  for (std::size_t i = 0; i < max_mtl_keys; ++i) json += ",\"A\":1";
  EXPECT_THAT(refusal(json + "}}}"), HasSubstr("more than 8192 keys"));
}

std::string xml(const std::string& inside) {
  return "<?xml version=\"1.0\"?>\n<LANDSAT_METADATA_FILE>" + inside + "</LANDSAT_METADATA_FILE>";
}

TEST(XmlMtl, reads_sections_of_keys) {
  const auto text =
      xml("\n  <S>\n    <A> 029 </A>\r\n    <B/>\n    <C>NULL</C>\n    <D>a &amp; b</D>\n  </S>\n");
  EXPECT_EQ(parse_mtl(text).root, "LANDSAT_METADATA_FILE");
  EXPECT_EQ(value(text, "S", "A"), "029");
  EXPECT_EQ(value(text, "S", "B"), "");
  EXPECT_EQ(value(text, "S", "C"), "(none)");
  EXPECT_EQ(value(text, "S", "D"), "a & b");
}

TEST(XmlMtl, keeps_bands_and_attributes_of_espa_apart) {
  const auto* const text = R"(<e:espa_metadata version="2.0" xmlns:e="http://espa.cr.usgs.gov/v2">
    <e:global_metadata><wrs system="2" path="46"/>
      <projection_information units="meters"><corner_point location="UL" x="1"/><corner_point location="LR" x="2"/>
      </projection_information></e:global_metadata>
    <bands><band name="a"><file_name>a.tif</file_name><bits><bit num="3">cloud</bit></bits></band>
           <band name="b"><file_name>b.tif</file_name></band></bands></e:espa_metadata>)";
  const Document document = parse_mtl(text);
  EXPECT_EQ(value(text, "global_metadata", "wrs@path"), "46");
  EXPECT_EQ(value(text, "global_metadata", "projection_information/corner_point[LR]@x"), "2");
  EXPECT_EQ(value(text, "global_metadata", "projection_information@units"), "meters");
  ASSERT_EQ(document.sections.size(), 3U);
  EXPECT_EQ(document.sections[2].name, "bands/band");
  EXPECT_EQ(document.sections[2].values[0], (std::pair<std::string, std::string>("@name", "b")));
  EXPECT_EQ(value(text, "bands/band", "bits/bit[3]"), "cloud");
}

TEST(XmlMtl, says_where_it_is_broken) {
  EXPECT_THAT(refusal(xml("\n<S>\n<A>1</B></S>")), StartsWith("line 4: not well-formed XML: "));
  EXPECT_THAT(refusal("<LANDSAT_METADATA_FILE><S>"), HasSubstr("not well-formed XML"));
  EXPECT_THAT(refusal(xml("<S><A>\xff</A></S>")), HasSubstr("line 1: the text is not UTF-8"));
  EXPECT_THAT(refusal(xml("<S/>") + "<S/>"), HasSubstr("a second root element"));
  EXPECT_THAT(refusal(xml("<S><A>&never;</A></S>")), HasSubstr("an entity that is not declared"));
  EXPECT_THAT(refusal("<html><body/></html>"),
              HasSubstr("the root element is \"html\": no Landsat metadata"));
}

TEST(XmlMtl, says_what_is_not_as_in_metadata) {
  EXPECT_THAT(refusal(xml("<S><A><B>1</B></A></S>")),
              HasSubstr("\"S.A\" holds a group; sections hold only keys"));
  EXPECT_THAT(refusal(xml("<S>text</S>")), HasSubstr("text stands beside elements"));
  EXPECT_THAT(refusal(xml("text<S/>")), HasSubstr("text stands beside elements"));
}

TEST(XmlMtl, expands_no_entities) {
  std::string laughs = "<!DOCTYPE LANDSAT_METADATA_FILE [<!ENTITY a \"ha\">";
  for (char name = 'b'; name < 'z'; ++name) {
    const std::string before(1, static_cast<char>(name - 1));
    laughs += std::string("<!ENTITY ") + name + " \"&" + before + ";&" + before + ";&" + before + ";\">";
  }
  laughs += "]><LANDSAT_METADATA_FILE><S><A>&y;</A></S></LANDSAT_METADATA_FILE>";
  EXPECT_THAT(refusal(laughs), HasSubstr("a document type is declared"));
  EXPECT_THAT(refusal("<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><LANDSAT_METADATA_FILE/>"),
              HasSubstr("a document type is declared"));
}

TEST(XmlMtl, bounds_depth_keys_and_names) {
  std::string deep = "<espa_metadata><global_metadata>";
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  for (int i = 0; i < 100'000; ++i) deep += "</a>";
  deep += "</global_metadata></espa_metadata>";
  EXPECT_THAT(refusal(deep), HasSubstr("elements are nested deeper than 8"));
  std::string many;
  for (std::size_t i = 0; i <= max_mtl_keys; ++i) many += "<A>1</A>";
  EXPECT_THAT(refusal(xml("<S>" + many + "</S>")), HasSubstr("more than 8192 keys"));
  EXPECT_THAT(refusal(xml("<S><" + std::string(500, 'A') + "/></S>")), HasSubstr("element is too long"));
}

}  // namespace
}  // namespace hayden::mtl
