#include <gmock/gmock.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <tuple>

#include "apps/program.h"

// scripts/findings: its Makefile without running it, and its page on numbers written here.

namespace neurox::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::filesystem::path kFindings = std::filesystem::path(NEUROX_SOURCE) / "scripts" / "findings";

/// Runs a line of shell in a folder.
Outcome run_shell(const TempFolder& folder, const std::string& line) {
  const std::string command =
      "cd '" + folder.path().string() + "' && (" + line + ") >out.txt 2>err.txt </dev/null";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_text(folder / "out.txt"),
          read_text(folder / "err.txt")};
}

/// `make` in scripts/findings, all that is made going to `out`.
Outcome make(const TempFolder& folder, const std::string& arguments) {
  return run_shell(folder, "MAKEFLAGS= make --no-print-directory -f '" + (kFindings / "Makefile").string() +
                               "' OUT=out NEUROX=neurox NEUROX_SHARED=shared NEUROX_MODELS=models " +
                               arguments);
}

bool can_run(const TempFolder& folder) {
  return run_shell(folder, "command -v make && command -v python3").code == 0;
}

/// Empty files and folders in the places of all data and models.
void pretend_data(const TempFolder& folder) {
  const char* files[] = {"data/ud-ewt/en_ewt-ud-train.conllu.gz",
                         "data/ud-ewt/en_ewt-ud-dev.conllu",
                         "data/sst2/train_binary_sent.csv",
                         "data/sst2/dev_binary_sent.csv",
                         "data/sst2/test_binary_sent.csv",
                         "data/tcav-text/neutral.csv",
                         "data/tcav-text/neutral2.csv",
                         "data/tcav-text/neutral3.csv",
                         "data/tcav-text/neutral4.csv",
                         "data/tcav-text/neutral5.csv",
                         "data/war-and-peace/warpeace_input.txt",
                         "data/wikitext-2/test.txt",
                         "data/wordvecs1000/wordvecs1000.json.gz",
                         "data/qa/xquad-en-eval.json",
                         "models/bilstm-pos-ewt/model.ts",
                         "models/bilstm-pos-ewt-seed2/model.ts",
                         "models/cnn-sst2/model.ts",
                         "models/cnn-sst2-seed2/model.ts",
                         "models/cnn-sst2-nodropout/model.ts",
                         "models/minilm-sst2/x",
                         "models/minilm-qa/x",
                         "models/lstm-lm-warpeace/x"};
  for (const char* file : files) {
    std::filesystem::create_directories((folder / "shared" / file).parent_path());
    write_text(folder / "shared" / file, "");
  }
  for (const char* model : {"minilm", "smollm2-135m"})
    std::filesystem::create_directories(folder / "models" / model);
}

TEST(Findings, WhereDataAreMissingEveryTargetSaysSoAndThePageIsMade) {
  const TempFolder folder;
  if (!can_run(folder)) GTEST_SKIP() << "make and python3 are needed";
  const Outcome outcome = make(folder, "-j2 page");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("few-neurons: left out, not found: models/minilm"));
  EXPECT_THAT(outcome.out, HasSubstr("16 cannot be told"));
  const std::string page = read_text(folder / "out" / "findings.html");
  EXPECT_THAT(page,
              HasSubstr("Not run on this machine: left out, not found: shared/models/lstm-lm-warpeace"));
  for (const char* outside : {"http://", "https://", "src=", "@import"})
    EXPECT_THAT(page, Not(HasSubstr(outside)));
}
TEST(Findings, EveryCommandAndOptionThatTheyCallIsThere) {
  const TempFolder folder;
  if (!can_run(folder)) GTEST_SKIP() << "make is needed";
  pretend_data(folder);
  const Outcome outcome = make(folder, "-n page");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, Not(HasSubstr("left out")));
  std::map<std::string, std::set<std::string>> options;
  std::istringstream lines(outcome.out);
  const std::regex option("(?:^| )(--[a-z0-9][a-z0-9-]*)");
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("neurox ", 0) != 0) continue;
    auto& of_command = options[line.substr(7, line.find(' ', 7) - 7)];
    for (std::sregex_iterator i(line.begin(), line.end(), option), end; i != end; ++i)
      of_command.insert((*i)[1]);
  }
  EXPECT_GE(options.size(), 9U);
  for (const auto& [command, used] : options) {
    const Outcome help = run_neurox(folder, command + " --help");
    EXPECT_EQ(help.code, 0) << command;
    for (const std::string& name : used) EXPECT_THAT(help.out, HasSubstr(name)) << command;
  }
}
TEST(Findings, AVerdictFollowsFromTheIntervalOfItsNumber) {
  const TempFolder folder;
  if (!can_run(folder)) GTEST_SKIP() << "python3 is needed";
  std::filesystem::create_directories(folder / "out");
  // Three rankings that share 20, 40 and 20 of 50 neurons; probes on them reach 0.8, 0.8 and 0.6.
  nlohmann::json sets, compared;
  for (const auto& [method, accuracy] : {std::pair{"a", 0.8}, {"b", 0.8}, {"c", 0.6}})
    sets["sets"].push_back({{"method", method}, {"neurons", 50}, {"accuracy", accuracy}, {"random", 0.5}});
  for (const auto& [first, second, share] : {std::tuple{"a", "b", 0.4}, {"a", "c", 0.8}, {"b", "c", 0.4}})
    compared["pairs"].push_back({{"concept", "overall"},
                                 {"first", std::string("disagreement.") + first},
                                 {"second", std::string("disagreement.") + second},
                                 {"overlap@50", share}});
  write_text(folder / "out" / "disagreement.sets.json", sets.dump());
  write_text(folder / "out" / "disagreement.compare.json", compared.dump());
  write_text(folder / "out" / "disagreement.commands",
             "mkdir -p out\nneurox rank out/a.h5ad --json > out/a.json\n");
  const Outcome outcome = run_shell(folder, "python3 '" + (kFindings / "page.py").string() +
                                                "' out --findings disagreement,layers -o out/page.html");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string page = read_text(folder / "out" / "page.html");
  // Mean share that differs (0.6 + 0.2 + 0.6) / 3; mean relative difference of accuracies (0 + 1/4 + 1/4)
  // / 3.
  EXPECT_THAT(page,
              HasSubstr("of the first 50 neurons differ, between two methods</td><td class=num>46.7 %"));
  EXPECT_THAT(page,
              HasSubstr("relative difference of their probes&#x27; accuracies</td><td class=num>16.7 %"));
  EXPECT_THAT(page, HasSubstr("<svg "));
  EXPECT_THAT(page, HasSubstr("<code>neurox rank $OUT/a.h5ad --json &gt; $OUT/a.json</code>"));
  EXPECT_THAT(page, HasSubstr("Not run on this machine: no minilm.Number.rank.csv"));
  EXPECT_EQ(run_shell(folder, "python3 '" + (kFindings / "page.py").string() +
                                  "' out --findings disagreement,layers -o out/again.html")
                .code,
            0);
  EXPECT_EQ(page, read_text(folder / "out" / "again.html")) << "same input, same bytes";
}
TEST(Findings, IntervalsAreThoseOfTheirSources) {
  const TempFolder folder;
  if (!can_run(folder)) GTEST_SKIP() << "python3 is needed";
  write_text(folder / "check.py", R"(
import sys
sys.path.insert(0, sys.argv[1])
import intervals as iv

def near(got, *expected):
    assert all(abs(g - e) < 1e-3 for g, e in zip(got, expected)), (got, expected)

near(iv.mean([1, 2, 3, 4, 5]), 3, 3 - 1.9632, 3 + 1.9632)  # t(4) = 2.7764
near(iv.share(5, 10), 0.5, 0.2366, 0.7634)
near(iv.share_difference(56 / 70, 70, 48 / 80, 80), 0.2, 0.0524, 0.3339)  # Newcombe 1998, table II (a), method 10
near(iv.difference([1, 2, 3, 4], [1, 2, 3, 4]), 0, -2.2337, 2.2337)  # t(6) = 2.4469 * sqrt(2 * 5/3 / 4)
near(iv.spearman([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [2, 1, 4, 3, 6, 5, 8, 7, 10, 9])[:1], 0.939394)
assert iv.above((1, 0.1, 2)) == "holds" and iv.above((-1, -2, -0.1)) == "does not hold"
assert iv.above((1, -1, 3)) == "cannot be told" and iv.below((1, 0.5, 2), 3) == "holds"
assert iv.together(["holds", "cannot be told"]) == "cannot be told"
assert iv.together(["holds", "cannot be told", "does not hold"]) == "does not hold"
)");
  const Outcome outcome = run_shell(folder, "python3 -B check.py '" + kFindings.string() + "'");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

}  // namespace
}  // namespace neurox::testing
