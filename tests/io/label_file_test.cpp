#include "neurox/io/label_file.h"

#include <gmock/gmock.h>

#include <cmath>

#include "io/small_activations.h"
#include "neurox/io/labelled_rows.h"
#include "support.h"

namespace neurox::io {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::refusal;
using testing::TempFolder;

/// Thirty words w0..w9 in three sentences, upos X but NOUN at 7 and none at 8; word 5 has no activation.
class LabelsOfThirtyWords : public ::testing::Test {
 protected:
  LabelsOfThirtyWords() {
    write_small(folder_ / "a.h5ad", small_values(30, 4), {.dropped_row = 5});
    file_ = ActivationReader::open(folder_ / "a.h5ad");
    labels_.provenance.kind = "labels";
    std::vector<std::string> token, genre;
    std::vector<std::int32_t> sentence, position;
    std::vector<double> length;
    for (int i = 0; i < 30; ++i) {
      token.push_back("w" + std::to_string(i % 10));
      sentence.push_back(i / 10);
      position.push_back(i % 10);
      genre.emplace_back(i < 10 ? "web" : "mail");
      length.push_back(i == 3 ? std::nan("") : i);
    }
    labels_.obs.add("token", categorical(token));
    labels_.obs.add("sentence", sentence);
    labels_.obs.add("position", position);
    labels_.obs.add("genre", categorical(genre));
    labels_.obs.add("length", length);
  }
  std::filesystem::path write() const {
    write_anndata(folder_ / "l.h5ad", to_anndata(labels_), {.force = true});
    return folder_ / "l.h5ad";
  }
  template <class T>
  T& column(const char* name) {
    for (Column& c : labels_.obs.columns)
      if (c.name == name) return std::get<T>(c.data);
    throw std::logic_error(name);
  }
  TempFolder folder_;
  std::shared_ptr<const ActivationReader> file_;
  LabelFile labels_;
  StringIds words_;
};

TEST_F(LabelsOfThirtyWords, AreReadAsTheyWereWritten) {
  column<std::vector<double>>("length")[3] = 3;  // NaN is not equal to itself
  const LabelFile read = read_label_file(write());
  EXPECT_EQ(read.obs, labels_.obs);
  EXPECT_THAT(label_columns(read.obs), ElementsAre("genre", "length"));
}
TEST_F(LabelsOfThirtyWords, StandBesideThoseOfTheActivations) {
  const LabelColumns columns(*file_, {write()});
  EXPECT_THAT(columns.names(), ::testing::IsSupersetOf({"upos", "genre", "length", "position"}));
  EXPECT_TRUE(columns.is_number("length"));
  EXPECT_FALSE(columns.is_number("genre"));
  EXPECT_EQ(columns.numbers("length")[29], 29);
  EXPECT_EQ(columns.numbers("position")[29], 9);
  EXPECT_EQ(columns.categories("genre").codes[9], 1);
  EXPECT_THAT(refusal([&] { columns.categories("gerne"); }),
              HasSubstr("no labels 'gerne' (did you mean 'genre'?)"));
  EXPECT_THAT(refusal([&] { columns.categories("length"); }),
              HasSubstr("'length' holds numbers, not classes"));
}
TEST_F(LabelsOfThirtyWords, AreRefusedAtTheFirstRowThatDiffers) {
  column<std::vector<std::int32_t>>("position")[12] = 7;
  EXPECT_THAT(
      refusal([&] { LabelColumns(*file_, {write()}); }),
      HasSubstr("l.h5ad: row 12 (sentence 1, position 7) 'w2' is row 12 (sentence 1, position 2) 'w2' in"));
  column<std::vector<std::int32_t>>("position")[12] = 2;
  column<Categorical>("token").codes[29] = 0;
  EXPECT_THAT(refusal([&] { LabelColumns(*file_, {write()}); }),
              HasSubstr("row 29 (sentence 2, position 9) 'w0'"));
}
TEST_F(LabelsOfThirtyWords, AreNumbersOfTheRowsThatHaveOne) {
  const NumberedRows rows = numbered_rows(LabelColumns(*file_, {write()}), "length", words_);
  EXPECT_EQ(rows.rows.size(), 28U);  // 3 has no number, 5 no activation
  EXPECT_EQ(rows.unlabelled, 1);
  EXPECT_EQ(rows.without_activation, 1);
  EXPECT_EQ(rows.rows[3], 4);
  EXPECT_EQ(rows.numbers[3], 4);
  EXPECT_EQ(rows.sentences.back(), 2);
  EXPECT_EQ(rows.words[0], rows.words[8]);  // w0 again
}
TEST_F(LabelsOfThirtyWords, NumbersThatAreInfiniteOrAllEqualAreRefused) {
  column<std::vector<double>>("length")[7] = INFINITY;
  EXPECT_THAT(refusal([&] { numbered_rows(LabelColumns(*file_, {write()}), "length", words_); }),
              HasSubstr("label 'length' is infinite at row 7"));
  column<std::vector<double>>("length").assign(30, 4);
  EXPECT_THAT(refusal([&] { numbered_rows(LabelColumns(*file_, {write()}), "length", words_); }),
              HasSubstr("label 'length' is 4 in all 29 rows"));
  EXPECT_THAT(refusal([&] { numbered_rows(LabelColumns(*file_), "upos", words_); }),
              HasSubstr("labels 'upos' are no numbers: 'X' at row 0"));
}
TEST_F(LabelsOfThirtyWords, CategoriesThatAreNumbersAreReadAsNumbers) {
  std::vector<std::string> depth;
  for (int i = 0; i < 30; ++i) depth.push_back(i == 2 ? "" : std::to_string(i % 3));
  labels_.obs.add("depth", categorical(depth));
  const NumberedRows rows = numbered_rows(LabelColumns(*file_, {write()}), "depth", words_);
  EXPECT_EQ(rows.unlabelled, 1);
  EXPECT_EQ(rows.numbers[1], 1);
}
TEST_F(LabelsOfThirtyWords, ClassesAreChosenSplitAndBalanced) {
  const LabelColumns columns(*file_, {write()});
  const LabelledRows all = labelled_rows(columns, {.label = "upos"}, words_);
  EXPECT_THAT(class_sizes(all), ElementsAre(ClassSize{"NOUN", 3}, ClassSize{"X", 23}));
  EXPECT_EQ(all.unlabelled, 3);
  const LabelledRows split = labelled_rows(columns, {.label = "upos", .split_by = "genre"}, words_);
  EXPECT_THAT(class_sizes(split), ElementsAre(ClassSize{"NOUN|mail", 2}, ClassSize{"NOUN|web", 1},
                                              ClassSize{"X|mail", 16}, ClassSize{"X|web", 7}));
  const LabelledRows some =
      labelled_rows(columns, {.label = "upos", .split_by = "genre", .min_class = 3}, words_);
  EXPECT_THAT(some.classes, ElementsAre("X|mail", "X|web"));
  EXPECT_THAT(some.too_small, ElementsAre(ClassSize{"NOUN|mail", 2}, ClassSize{"NOUN|web", 1}));
  const LabelledRows even = labelled_rows(columns, {.label = "upos", .balance = true, .seed = 1}, words_);
  EXPECT_THAT(class_sizes(even), ElementsAre(ClassSize{"NOUN", 3}, ClassSize{"X", 3}));
  EXPECT_EQ(even.sampled_away, 20);
  EXPECT_TRUE(std::is_sorted(even.rows.begin(), even.rows.end()));
}
TEST_F(LabelsOfThirtyWords, AreNumberedByKnownClassesWithoutThoseLeftOut) {
  const LabelColumns columns(*file_, {write()});
  const LabelledRows known = labelled_rows(columns, {.label = "upos", .known = {"X", "Y"}}, words_);
  EXPECT_EQ(std::count(known.y.begin(), known.y.end(), 0), 23);
  EXPECT_EQ(std::count(known.y.begin(), known.y.end(), -1), 3);  // NOUN
  const LabelledRows left =
      labelled_rows(columns, {.label = "upos", .known = {"X", "Y"}, .leave = {"NOUN"}}, words_);
  EXPECT_EQ(left.y.size(), 23U);
}

}  // namespace
}  // namespace neurox::io
