#include "neurox/io/anndata.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "neurox/core/hash.h"
#include "support.h"

namespace neurox::io {
namespace {

using ::testing::HasSubstr;
using testing::refusal;
using testing::TempFolder;

AnnData small() {
  AnnData data;
  data.obs.add("site", Categorical{{0, 1, -1}, {"a", "b"}});
  data.obs.add("block", std::vector<std::int32_t>{0, 0, 1});
  data.obs.add("count", std::vector<std::int64_t>{1, 1LL << 40, -3});
  data.obs.add("score", std::vector<float>{0.5F, -1.0F, 2.25F});
  data.obs.add("p", std::vector<double>{0.1, 1e-300, 1.0});
  data.obs.add("kept", std::vector<bool>{true, false, true});
  data.obs.add("note", std::vector<std::string>{"x", "", "caf\xC3\xA9"});
  data.obs.row_names = {"blocks.0.hook_resid_post:0", "blocks.0.hook_resid_post:1", "r"};
  data.var.rows = 2;
  data.var.row_names = {"NOUN", "VERB"};
  data.X = MatrixF{{1, 2}, {3, 4}, {5, 6.5F}};
  data.layers = {{"p", MatrixF{{0, 1}, {0, 1}, {1, 0}}}, {"rank", MatrixF{{1, 1}, {2, 2}, {3, 3}}}};
  data.uns = Tree::parse(R"({
    "accuracy": 0.875, "classes": ["NOUN", "VERB"], "confusion": [[3, 1], [0, 4]], "empty": [], "flags": [true, false],
    "grid": [[0.5, 1.5, 2.5]], "n": 7, "name": "probe", "nested": {"deep": {"x": 1}}, "nothing": {},
    "ragged": [[1], [2, 3]], "seed": 18446744073709551615, "table": [{"k": 1}, {"k": "two"}], "yes": true})");
  return data;
}

void expect_equal(const AnnData& found, const AnnData& expected) {
  EXPECT_EQ(found.obs, expected.obs);
  EXPECT_EQ(found.var, expected.var);
  ASSERT_EQ(found.X.has_value(), expected.X.has_value());
  if (expected.X) {
    EXPECT_EQ(*found.X, *expected.X);
  }
  EXPECT_EQ(found.layers, expected.layers);
  EXPECT_EQ(found.uns.dump(), expected.uns.dump());
}

TEST(AnnData, WhatIsWrittenIsReadBack) {
  TempFolder folder;
  write_anndata(folder / "a.h5ad", small(), {});
  expect_equal(read_anndata(folder / "a.h5ad"), small());
}

TEST(AnnData, TheSameContentGivesTheSameBytes) {
  TempFolder folder;
  write_anndata(folder / "a.h5ad", small(), {});
  // Other values in memory that was freed must not show.
  for (int i = 0; i < 50; ++i) std::vector<char> dirt(static_cast<std::size_t>(100 << (i % 12)), 'x');
  write_anndata(folder / "b.h5ad", small(), {});
  EXPECT_EQ(sha256_file(folder / "a.h5ad"), sha256_file(folder / "b.h5ad"));
}

TEST(AnnData, MatrixLayersAndColumnsMayBeAbsent) {
  TempFolder folder;
  AnnData data;
  data.obs.rows = 0;
  data.var.rows = 0;
  write_anndata(folder / "a.h5ad", data, {});
  expect_equal(read_anndata(folder / "a.h5ad"), data);
  data.obs.rows = 3;  // rows without columns and names
  write_anndata(folder / "b.h5ad", data, {});
  expect_equal(read_anndata(folder / "b.h5ad"), data);
}

TEST(AnnData, KeysWithASlashAndTheKeyDotComeBack) {
  TempFolder folder;
  AnnData data;
  data.obs.add("and/or", std::vector<std::int32_t>{1});
  data.uns = {{".", 1}, {"a/b", "x"}};
  write_anndata(folder / "a.h5ad", data, {});
  expect_equal(read_anndata(folder / "a.h5ad"), data);
}

TEST(AnnData, ManyCategoriesTakeWiderCodes) {
  TempFolder folder;
  for (const int n : {127, 128, 32767, 32768}) {
    std::vector<std::string> values;
    for (int i = 0; i < n; ++i) values.push_back(std::to_string(i));
    AnnData data;
    data.obs.add("c", categorical(values));
    write_anndata(folder / "a.h5ad", data, {.force = true});
    expect_equal(read_anndata(folder / "a.h5ad"), data);
  }
}

TEST(AnnData, NullIsLeftOutAndInListsOfNumbersNotANumber) {
  TempFolder folder;
  AnnData data;
  data.uns = Tree::parse(R"({"gone": null, "list": [1.5, null]})");
  write_anndata(folder / "a.h5ad", data, {});
  const Tree back = read_anndata(folder / "a.h5ad").uns;
  EXPECT_FALSE(back.contains("gone"));
  EXPECT_EQ(back["list"][0], 1.5);
  EXPECT_TRUE(std::isnan(back["list"][1].get<double>()));
}

TEST(AnnData, SizesThatDoNotFitAreRefusedAndLeaveNothing) {
  TempFolder folder;
  AnnData data = small();
  data.X = MatrixF::Zero(2, 2);
  EXPECT_THAT(refusal([&] { write_anndata(folder / "a.h5ad", data, {}); }),
              HasSubstr("a.h5ad: X is 2 x 2, but obs x var is 3 x 2"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(AnnData, DamagedFilesAreRefusedByName) {
  TempFolder folder;
  write_anndata(folder / "a.h5ad", small(), {});
  std::filesystem::resize_file(folder / "a.h5ad", std::filesystem::file_size(folder / "a.h5ad") - 500);
  EXPECT_THAT(refusal([&] { read_anndata(folder / "a.h5ad"); }),
              HasSubstr("a.h5ad: cannot be opened: truncated file"));
  std::ofstream(folder / "b.h5ad") << "no HDF5 at all";
  EXPECT_THAT(refusal([&] { read_anndata(folder / "b.h5ad"); }), HasSubstr("b.h5ad: is not an HDF5 file"));
  EXPECT_THAT(refusal([&] { read_anndata(folder / "c.h5ad"); }), HasSubstr("c.h5ad: no such file"));
}

TEST(AnnData, CategoriesAreInByteOrderAndEmptyIsMissing) {
  const Categorical c = categorical({"b", "", "a", "b"});
  EXPECT_EQ(c.categories, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(c.codes, (std::vector<std::int32_t>{1, -1, 0, 1}));
}

TEST(AnnData, AColumnThatIsNotThereIsNamedWithTheNearest) {
  const AnnData data = small();
  EXPECT_EQ(refusal([&] { data.obs.numbers("blok", "f.h5ad"); }),
            "f.h5ad: no column 'blok' (did you mean 'block'?)");
  EXPECT_EQ(refusal([&] { data.obs.numbers("note", "f.h5ad"); }),
            "f.h5ad: column 'note' is text, not numbers");
}

/// anndata itself, where NEUROX_PYTHON names a Python that has it.
TEST(AnnData, PythonReadsWhatIsWritten) {
  NEUROX_NEED(python, testing::python_with("anndata"));
  TempFolder folder;
  write_anndata(folder / "a.h5ad", small(), {});
  AnnData empty = small();
  empty.X.reset();
  empty.layers.clear();
  write_anndata(folder / "b.h5ad", empty, {});
  std::ofstream(folder / "check.py") << R"(
import sys, anndata, numpy as np
for backed in (None, "r"):
    a = anndata.read_h5ad(sys.argv[1], backed=backed)
    assert a.shape == (3, 2), a.shape
    assert np.array_equal(np.asarray(a.X[:]), np.array([[1, 2], [3, 4], [5, 6.5]], "f4"))
    assert list(a.obs["site"].astype(object).fillna("?")) == ["a", "b", "?"], a.obs["site"]
    assert str(a.obs["site"].dtype) == "category"
    assert list(a.obs["kept"]) == [True, False, True] and a.obs["kept"].dtype == bool
    assert list(a.obs["note"]) == ["x", "", "caf\u00e9"]
    assert a.obs_names[2] == "r" and list(a.var_names) == ["NOUN", "VERB"]
    assert a.uns["confusion"].tolist() == [[3, 1], [0, 4]] and a.uns["name"] == "probe"
    assert a.uns["seed"] == 18446744073709551615 and bool(a.uns["yes"]) is True
    assert list(a.uns["classes"]) == ["NOUN", "VERB"]
    assert a.layers["rank"][2, 1] == 3
b = anndata.read_h5ad(sys.argv[2])
assert b.X is None and b.shape == (3, 2)
a = anndata.read_h5ad(sys.argv[1])
a.write_h5ad(sys.argv[3])
)";
  const std::string command =
      fmt::format("{} {} {} {} {} 2>&1", python.string(), (folder / "check.py").string(),
                  (folder / "a.h5ad").string(), (folder / "b.h5ad").string(), (folder / "c.h5ad").string());
  ASSERT_EQ(std::system(command.c_str()), 0);
  // What anndata wrote of it is read back as it was.
  AnnData back = read_anndata(folder / "c.h5ad");
  back.uns["table"] = Tree::parse(back.uns["table"].get<std::string>());
  back.uns["ragged"] = Tree::parse(back.uns["ragged"].get<std::string>());
  expect_equal(back, small());
}

}  // namespace
}  // namespace neurox::io
