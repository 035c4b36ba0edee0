#include <gmock/gmock.h>

#include <set>
#include <sstream>

#include "apps/program.h"
#include "neurox/io/activation_reader.h"

namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

TEST(CommandExport, NeuroXFilesHoldTheSameNumbersAndCanBeProbed) {
  const PipelineFolder folder;
  must_run(folder, "extract model dev.conllu -o dev.h5ad");
  must_run(folder, "export dev.h5ad -o dev.hdf5");
  const auto ours = io::ActivationReader::open(folder / "dev.h5ad"),
             theirs = io::ActivationReader::open(folder / "dev.hdf5");
  MatrixF a(ours->rows(), ours->cols()), b(theirs->rows(), theirs->cols());
  ours->read(0, a);
  theirs->read(0, b);
  EXPECT_EQ(a, b);
}
TEST(CommandExport, ARankingBecomesATable) {
  const PipelineFolder folder;
  folder.make_ranking();
  must_run(folder, "export v.rank.h5ad -o r.csv");
  const std::string csv = read_text(folder / "r.csv");
  EXPECT_THAT(csv.substr(0, csv.find('\n')), HasSubstr("site,block,neuron"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 48);
}
TEST(CommandExport, ALayerTakesThePlaceOfTheScores) {
  const PipelineFolder folder;
  folder.make_ranking();
  must_run(folder, "export v.rank.h5ad --layer rank -o r.csv");
  std::istringstream csv(read_text(folder / "r.csv"));
  std::string line;
  std::getline(csv, line);
  EXPECT_THAT(line, HasSubstr(",overall"));
  std::set<double> places;  // the last column is `overall`: each place from 1 to 48 once
  while (std::getline(csv, line)) places.insert(std::stod(line.substr(line.rfind(',') + 1)));
  EXPECT_EQ(places.size(), 48U);
  EXPECT_EQ(*places.begin(), 1);
  EXPECT_EQ(*places.rbegin(), 48);
  expect_refusal(folder, "export v.rank.h5ad --layer rang -o x.csv", 1,
                 "there is no layer 'rang' (did you mean 'rank'?); it has rank", "x.csv");
  expect_refusal(folder, "export dev.h5ad --layer rank -o x.json", 2, "--layer is of tables", "x.json");
}
TEST(CommandExport, ATableBesideTheRowsIsWrittenByItsName) {
  const PipelineFolder folder;
  must_run(folder, "extract model train.conllu -o train.h5ad");
  must_run(folder, "rank train.h5ad --label upos --method gaussian --count 5 -o g.h5ad");
  must_run(folder, "export g.h5ad --table selection -o s.csv");
  const std::string csv = read_text(folder / "s.csv");
  EXPECT_THAT(csv.substr(0, csv.find('\n')), HasSubstr("held_out_accuracy"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 5);
  expect_refusal(folder, "export g.h5ad --table selections -o x.csv", 1,
                 "there is no table 'selections' (did you mean 'selection'?)", "x.csv");
}
TEST(CommandExport, AnEndingThatNamesNoFormatIsRefused) {
  const PipelineFolder folder;
  expect_refusal(folder, "export dev.h5ad -o out.xyz", 2, "names no format", "out.xyz");
}

}  // namespace
}  // namespace neurox::testing
