#include "sandbox/infer.hpp"

#include <gtest/gtest.h>

#include "sandbox/schema.hpp"
#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;

TEST(infer, takes_the_types_from_a_row) {
  auto row = test::read(
    R"({"s":"x","i":1,"f":1.5,"b":true,"n":null,"r":{"x":1},"l":[2],"e":[]})");
  auto fields = infer_schema(row.root());
  auto schema = std::get<columns>(read_schema(fields));
  column_type types[]
    = {column_type::string,  column_type::integer, column_type::floating,
       column_type::boolean, column_type::string,  column_type::record,
       column_type::integer, column_type::string};
  ASSERT_EQ(schema.size(), 8u);
  for (std::size_t i = 0; i < 8; ++i)
    EXPECT_EQ(schema[i].type, types[i]) << schema[i].name;
  EXPECT_EQ(schema[6].mode, column_mode::repeated);
  EXPECT_EQ(schema[7].mode, column_mode::repeated);
}

} // namespace
