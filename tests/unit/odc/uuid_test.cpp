#include <gtest/gtest.h>

#include <stdexcept>

#include "odc/dataset.hpp"

namespace hayden::odc {
namespace {

TEST(uuid5, equals_the_example_of_the_python_documentation) {
  EXPECT_EQ(uuid5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "python.org"),
            "886313e1-3b8a-5372-9b90-0c9aee199e5d");
}

TEST(uuid5, takes_a_namespace_with_or_without_hyphens_in_any_case) {
  EXPECT_EQ(uuid5("6BA7B8109DAD11D180B400C04FD430C8", "python.org"), "886313e1-3b8a-5372-9b90-0c9aee199e5d");
}

TEST(uuid5, refuses_a_namespace_that_is_no_uuid) {
  EXPECT_THROW(uuid5("6ba7b810", "x"), std::invalid_argument);
  EXPECT_THROW(uuid5("6ba7b810-9dad-11d1-80b4-00c04fd430cg", "x"), std::invalid_argument);
  EXPECT_THROW(uuid5("6ba7b810-9dad-11d1-80b4-00c04fd430c80", "x"), std::invalid_argument);
}

TEST(landsat_dataset_id, equals_the_id_that_eodatasets_gives_the_scene) {
  EXPECT_EQ(landsat_dataset_id("LC08_L1GT_089074_20220506_20220512_02_T2"),
            "5e1359de-0f91-5988-a6f0-8a0a840906f4");
}

}  // namespace
}  // namespace hayden::odc
