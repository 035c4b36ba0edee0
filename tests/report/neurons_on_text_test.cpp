#include "neurox/report/neurons_on_text.h"

#include <gmock/gmock.h>

#include "neurox/io/activation_reader.h"
#include "neurox/io/activation_writer.h"
#include "report/sample_files.h"
#include "support.h"

namespace neurox {
namespace {

std::string shown_text(const Context& c) {
  std::string out;
  for (const ShadedPiece& p : c.pieces) out += p.text;
  return out;
}

/// Two pairs of texts, a row each, as `extract --unit sentence --pair-column` writes them.
void write_pairs(const std::filesystem::path& path) {
  io::ActivationWriterOptions options;
  options.provenance = testing::sample_provenance("activations");
  options.provenance.settings = {{"unit", "sentence"}};
  io::ActivationWriter out(path, testing::sample_axis(), options);
  out.add_sentence("محمد", "mah");
  out.add_sentence("علي", "al");
  io::TokenRows rows;
  rows.token = {"محمد", "علي"}, rows.sentence = {0, 1}, rows.position = {0, 0};
  rows.char_begin = {0, 0}, rows.char_end = {4, 3}, rows.pieces = {1, 1};
  rows.status = {io::TokenStatus::Ok, io::TokenStatus::Ok};
  out.add_rows(rows);
  out.seal();
  MatrixF X = MatrixF::Zero(2, 6);
  X(0, 1) = 3;
  out.write_rows(0, X);
  out.commit(io::Tree::object());
  out.finish();
}

TEST(NeuronsOnText, ARowOfAPairShowsBothItsTexts) {
  const testing::TempFolder folder;
  write_pairs(folder / "p.h5ad");
  const auto file = io::ActivationReader::open((folder / "p.h5ad").string());
  const auto found = neurons_on_text(*file, {1}, {});
  ASSERT_EQ(found.size(), 1U);
  ASSERT_EQ(found[0].top.size(), 2U);
  EXPECT_EQ(shown_text(found[0].top[0]), "محمد | mah");
  EXPECT_EQ(found[0].top[0].value, 3);
  EXPECT_EQ(shown_text(found[0].top[1]), "علي | al");
}

TEST(NeuronsOnText, AWordShowsItsSentenceAlone) {
  const testing::TempFolder folder;
  testing::write_sample_activations(folder / "a.h5ad");
  const auto file = io::ActivationReader::open((folder / "a.h5ad").string());
  const auto found = neurons_on_text(*file, {0}, {});
  EXPECT_EQ(shown_text(found[0].top[0]), "ä cat");
}

}  // namespace
}  // namespace neurox
