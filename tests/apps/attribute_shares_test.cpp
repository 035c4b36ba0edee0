#include <gmock/gmock.h>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/anndata.h"

/// `neurox attribute --shares`.
namespace neurox::testing {
namespace {

class PairFolder : public TempFolder {
 public:
  PairFolder() {
    tiny_model(*this, "llama-lm");
    write_text(*this / "pairs.tsv", "source\toutput\nthe cat\tsat on\na dog\tran\n");
  }
};

const std::string shares = "attribute model pairs.tsv --text-column source --pair-column output --shares ";

TEST(AttributeShares, EveryOutputTokenHasItsShares) {
  const PairFolder folder;
  const auto said = must_run(folder, shares + "--method integrated-gradients --steps 8 -o s.h5ad");
  const io::AnnData data = io::read_anndata(folder / "s.h5ad");
  ASSERT_EQ(data.var.row_names->at(1), "source");
  ASSERT_EQ(data.X->rows(), said["tokens"].get<Index>());
  for (Index i = 0; i < data.X->rows(); ++i) {
    EXPECT_NEAR((*data.X)(i, 1) + (*data.X)(i, 2) + (*data.X)(i, 3), 1, 1e-5);
  }
  EXPECT_EQ((*data.X)(0, 2), 0) << "nothing is written before the first token";
  EXPECT_NEAR(data.X->col(1).mean(), said["source"].get<double>(), 1e-5);
  EXPECT_EQ(said["positions"][0]["tokens"], 2);
  const std::string bytes = sha256_file(folder / "s.h5ad");
  must_run(folder, shares + "--method integrated-gradients --steps 8 -o s.h5ad --force");
  EXPECT_EQ(sha256_file(folder / "s.h5ad"), bytes);
}

TEST(AttributeShares, WhatDoesNotFitIsRefused) {
  const PairFolder folder;
  write_text(folder / "some.txt", "the cat\n");
  expect_refusal(folder, "attribute model some.txt --shares --method saliency -o out.h5ad", 1,
                 "some.txt:1: no second text; --shares takes a table");
  expect_refusal(folder, shares + "--method conductance -o out.h5ad", 2,
                 "--shares: 'conductance' is no method of words");
  expect_refusal(folder, shares + "--method saliency,occlusion -o out.h5ad", 2,
                 "--shares: 2 methods; give one");
  expect_refusal(folder, shares + "--method saliency --target next -o out.h5ad", 2, "leave --target away");
  const TempFolder bert;
  tiny_model(bert, "bert-sequence");
  write_text(bert / "pairs.tsv", "source\toutput\na\tb\n");
  expect_refusal(bert, shares + "--method saliency -o out.h5ad", 2, "predicts no next token");
}

}  // namespace
}  // namespace neurox::testing
