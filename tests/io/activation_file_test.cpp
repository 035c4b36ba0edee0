#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "neurox/core/hash.h"
#include "neurox/io/activation_reader.h"
#include "neurox/io/activation_writer.h"
#include "neurox/io/anndata.h"
#include "small_activations.h"
#include "support.h"

namespace neurox::io {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::refusal;
using testing::TempFolder;

TEST(ActivationFile, WhatIsWrittenIsReadBack) {
  TempFolder folder;
  const Index rows = 2500, width = 150;
  const MatrixF X = small_values(rows, 2 * width);
  write_small(folder / "a.h5ad", X, {});
  const auto file = ActivationReader::open(folder / "a.h5ad");
  EXPECT_EQ(file->rows(), rows);
  EXPECT_EQ(file->cols(), 2 * width);
  EXPECT_EQ(file->neurons(), small_axis(2 * width));
  MatrixF back(rows, 2 * width);
  file->read(0, back);
  EXPECT_EQ(back, X);
  EXPECT_THAT(file->label_sets(), ElementsAre("upos"));
  EXPECT_EQ(file->sentences().size(), 250U);
  EXPECT_EQ(file->sentences()[3], "sentence 3");
  EXPECT_TRUE(file->second_sentences().empty());
  const Table& obs = file->obs();
  EXPECT_EQ(obs.rows, rows);
  EXPECT_EQ(obs.strings("token", "x")[17], "w7");
  EXPECT_EQ(obs.numbers("sentence", "x")[17], 1);
  EXPECT_EQ(obs.numbers("position", "x")[17], 7);
  EXPECT_EQ(obs.strings("status", "x")[17], "ok");
  EXPECT_EQ(obs.strings("upos", "x")[17], "NOUN");
  EXPECT_EQ(obs.strings("upos", "x")[18], "");
  EXPECT_EQ(file->provenance().model, "tiny");
  EXPECT_FALSE(file->half());
}

TEST(ActivationFile, StatisticsAreOfTheRowsThatHaveValues) {
  TempFolder folder;
  MatrixF X = small_values(2500, 300);
  X.row(5).setConstant(1e6F);  // of a dropped word, see small_activations.h
  write_small(folder / "a.h5ad", X, {.dropped_row = 5});
  const auto file = ActivationReader::open(folder / "a.h5ad");
  MatrixD kept(2499, 300);
  kept << X.topRows(5).cast<double>(), X.bottomRows(2494).cast<double>();
  const auto mean = file->var().numbers("mean", "x"), variance = file->var().numbers("variance", "x"),
             max = file->var().numbers("max", "x"), nonpositive = file->var().numbers("nonpositive", "x");
  for (Index j = 0; j < 300; ++j) {
    const auto column = kept.col(j).array();
    const auto k = static_cast<std::size_t>(j);
    EXPECT_NEAR(mean[k], column.mean(), 1e-12);
    EXPECT_NEAR(variance[k], (column - column.mean()).square().mean(), 1e-12);
    EXPECT_EQ(max[k], column.maxCoeff());
    EXPECT_DOUBLE_EQ(nonpositive[k], static_cast<double>((column <= 0).count()) / 2499.0);
  }
}

TEST(ActivationFile, HowRowsAreHandedOverDoesNotShowInTheBytes) {
  TempFolder folder;
  const MatrixF X = small_values(2500, 300);
  for (const bool half : {false, true}) {
    write_small(folder / "a.h5ad", X, {.half = half, .step = 2500, .force = true});
    write_small(folder / "b.h5ad", X, {.half = half, .step = 7, .commit_every = 3, .force = true});
    EXPECT_EQ(sha256_file(folder / "a.h5ad"), sha256_file(folder / "b.h5ad"));
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 2);
}

TEST(ActivationFile, HalfPrecisionRoundsToNearest) {
  TempFolder folder;
  const MatrixF X = small_values(1500, 300);
  write_small(folder / "a.h5ad", X, {.half = true});
  const auto file = ActivationReader::open(folder / "a.h5ad");
  EXPECT_TRUE(file->half());
  MatrixF back(1500, 300);
  file->read(0, back);
  EXPECT_LE(((back - X).array() / (X.array().abs() + 1e-4F)).abs().maxCoeff(), 1.0F / 2048);
}

TEST(ActivationFile, AnySelectionEqualsTheSameOfTheWholeMatrix) {
  TempFolder folder;
  const MatrixF X = small_values(2500, 600);
  write_small(folder / "a.h5ad", X, {});
  const auto file = ActivationReader::open(folder / "a.h5ad");
  const std::vector<std::int64_t> columns = {599, 0, 1, 2, 255, 256, 300, 3, 0};
  const auto some = file->columns(columns);
  MatrixF found(1100, 9);
  some->read(1000, found);
  EXPECT_EQ(found, MatrixF(X(Eigen::seqN(1000, 1100), columns)));
  const std::vector<std::int64_t> rows = {2499, 0, 1023, 1024, 5, 5, 2047};
  const auto part = file->select_rows(rows, columns);
  MatrixF at_once(7, 9), two(2, 9);
  part->read(0, at_once);
  EXPECT_EQ(at_once, MatrixF(X(rows, columns)));
  part->read(3, two);
  EXPECT_EQ(two, MatrixF(at_once.middleRows(3, 2)));
  const auto all = file->select_rows(rows);
  MatrixF wide(7, 600);
  all->read(0, wide);
  EXPECT_EQ(wide, MatrixF(X(rows, Eigen::all)));
  EXPECT_EQ(refusal([&] { file->columns({600}); }), "neuron 600 asked for, but there are 600");
  EXPECT_EQ(refusal([&] { file->select_rows({-1}); }), "row -1 asked for, but there are 2500");
}

TEST(ActivationFile, ThreadsReadAtTheSameTime) {
  TempFolder folder;
  const MatrixF X = small_values(2500, 300);
  write_small(folder / "a.h5ad", X, {});
  const auto file = ActivationReader::open(folder / "a.h5ad");
  std::vector<std::thread> threads;
  std::array<bool, 4> equal{};
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      MatrixF band(500, 300);
      file->read(static_cast<Index>(500 * t), band);
      equal[t] = band == X.middleRows(static_cast<Index>(500 * t), 500) && file->obs().rows == 2500;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(equal, ::testing::Each(true));
}

TEST(ActivationFile, ForeignAnnDataIsReadToo) {
  TempFolder folder;
  AnnData data;
  data.obs.add("cell_type", categorical({"T", "B", "T"}));
  data.var.rows = 2;
  data.X = MatrixF{{1, 2}, {3, 4}, {5, 6}};
  write_anndata(folder / "a.h5ad", data, {});
  const auto file = ActivationReader::open(folder / "a.h5ad");
  MatrixF back(3, 1);
  file->columns({1})->read(0, back);
  EXPECT_EQ(back, MatrixF(data.X->col(1)));
  EXPECT_EQ(file->neurons().address(1), "X:1");
  EXPECT_THAT(file->label_sets(), ElementsAre("cell_type"));
  EXPECT_TRUE(file->sentences().empty());
}

TEST(ActivationFile, FilesWithoutActivationsAreRefused) {
  TempFolder folder;
  AnnData data;
  data.uns["neurox"] = {{"kind", "ranking"}};
  write_anndata(folder / "a.h5ad", data, {});
  EXPECT_THAT(refusal([&] { ActivationReader::open(folder / "a.h5ad"); }),
              HasSubstr("a.h5ad: holds no activations, it is a file of kind ranking"));
  std::ofstream(folder / "b.txt") << "words";
  EXPECT_THAT(refusal([&] { ActivationReader::open(folder / "b.txt"); }),
              HasSubstr("b.txt: is not a file of activations"));
}

TEST(ActivationFile, TruncatedFilesAreRefused) {
  TempFolder folder;
  write_small(folder / "a.h5ad", small_values(2500, 300), {});
  std::filesystem::resize_file(folder / "a.h5ad", std::filesystem::file_size(folder / "a.h5ad") / 2);
  EXPECT_THAT(refusal([&] { ActivationReader::open(folder / "a.h5ad"); }), HasSubstr("truncated file"));
}

TEST(ActivationFile, ValuesThatAreNoNumbersAreRefusedWithTheirPlace) {
  TempFolder folder;
  MatrixF X = small_values(2000, 300);
  X(1500, 160) = std::nanf("");
  const std::string path = (folder / "a.h5ad").string();
  EXPECT_EQ(refusal([&] { write_small(path, X, {.commit_every = 1}); }),
            path + ": NaN at row 1500 of blocks.1.hook_resid_post:10");
  X(1500, 160) = -INFINITY;
  EXPECT_EQ(refusal([&] { write_small(path, X, {}); }),
            path + ": infinity at row 1500 of blocks.1.hook_resid_post:10");
  X(1500, 160) = 70000.0F;
  EXPECT_EQ(refusal([&] { write_small(path, X, {.half = true}); }),
            path + ": 70000 at row 1500 of blocks.1.hook_resid_post:10 is too large for f16; store f32");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(ActivationFile, AnEmptyOrUnfinishedFileIsNoFile) {
  TempFolder folder;
  {
    ActivationWriter out(folder / "a.h5ad", small_axis(4), {});
    EXPECT_THAT(refusal([&] { out.seal(); }), HasSubstr("a.h5ad: no rows to write"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(ActivationFile, FewerRowsThanABandAndPairsOfTexts) {
  TempFolder folder;
  ActivationWriterOptions options;
  options.truncated_rows_have_values = true;
  ActivationWriter out(folder / "a.h5ad", small_axis(3), options);
  out.add_sentence("a premise", "a hypothesis");
  out.add_rows({.token = {"a premise"},
                .sentence = {0},
                .position = {0},
                .char_begin = {0},
                .char_end = {9},
                .pieces = {2},
                .status = {TokenStatus::Truncated},
                .labels = {}});
  out.seal();
  out.write_rows(0, MatrixF{{1, 0, -2}});
  out.finish();
  const auto file = ActivationReader::open(folder / "a.h5ad");
  EXPECT_THAT(file->second_sentences(), ElementsAre("a hypothesis"));
  EXPECT_EQ(file->obs().strings("status", "x")[0], "truncated");
  EXPECT_EQ(file->var().numbers("mean", "x"), (std::vector<double>{1, 0, -2}));
  EXPECT_EQ(file->var().numbers("zero", "x"), (std::vector<double>{0, 1, 0}));
}

/// anndata itself, where NEUROX_PYTHON names a Python that has it.
TEST(ActivationFile, PythonReadsWhatIsWritten) {
  NEUROX_NEED(python, testing::python_with("anndata"));
  TempFolder folder;
  const MatrixF X = small_values(2500, 600);
  write_small(folder / "f32.h5ad", X, {});
  write_small(folder / "f16.h5ad", X, {.half = true});
  std::ofstream(folder / "check.py") << R"(
import sys, anndata, numpy as np
for name, dtype in (("f32", "float32"), ("f16", "float16")):
    for backed in (None, "r"):
        a = anndata.read_h5ad(f"{sys.argv[1]}/{name}.h5ad", backed=backed)
        X = np.asarray(a.X[:])
        assert X.dtype == dtype and X.shape == (2500, 600), (X.dtype, X.shape)
        assert np.allclose(X[:, 7].astype("f8").mean(), a.var["mean"].iloc[7], atol=1e-6)
        assert a.var_names[599] == "blocks.1.hook_resid_post:299"
        assert a.obs["token"].iloc[17] == "w7" and a.obs_names[17] == "17"
        assert a.obs["upos"].iloc[17] == "NOUN" and a.obs["upos"].isna().sum() > 0
        assert len(a.uns["sentences"]) == 250 and a.uns["sentences"][3] == "sentence 3"
        assert a.uns["neurox"]["model"] == "tiny"
)";
  const std::string command =
      fmt::format("{} {} {} 2>&1", python.string(), (folder / "check.py").string(), folder.path().string());
  EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace neurox::io
